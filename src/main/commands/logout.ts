import type { Command } from 'commander'
import { read, type GatewayClient } from './client'
import { findServer } from './lookup'
import { examples, onGateway, type GatewayOptions } from './options'
import { withAnyGateway } from './own-gateway'
import { hint, print } from './terminal'

export function defineLogout(command: Command): void {
  command.argument('<name>', 'server').addHelpText('after', examples('logout datadog'))
  onGateway<object, [string]>(command, (gateway, options, name) => withAnyGateway(gateway, options, (any) => logOut(any, options, name)))
}

async function logOut(gateway: GatewayClient, options: GatewayOptions, name: string): Promise<void> {
  const server = await findServer(gateway, name)
  const result = await read(gateway.oauth[':server_id'].logout.$post({ param: { server_id: server.id } }))
  print(options, result, () => (result.was_logged_in ? `Logged out of ${name}.` : `Nobody was logged in to ${name}.`))
  if (result.was_logged_in && !result.revoked)
    hint(options, 'The tokens are forgotten here. The other side could not be told: end the access there too, if it matters.')
}
