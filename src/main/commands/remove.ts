import type { Command } from 'commander'
import { findServer } from './lookup'
import { examples, onGateway } from './options'
import { print } from './terminal'

export function defineRemove(command: Command): void {
  command.argument('<name>', 'server').addHelpText('after', examples('remove deepwiki', 'rm deepwiki --json'))
  onGateway<object, [string]>(command, async (gateway, options, name) => {
    const { id } = await findServer(gateway, name)
    await gateway.admin.servers[':id'].$delete({ param: { id } })
    print(options, { removed: true, id, name }, () => `Removed ${name}. Its tools are gone from every agent's list.`)
  })
}
