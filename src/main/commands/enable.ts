import type { Command } from 'commander'
import { read } from './client'
import { findServer } from './lookup'
import { examples, onGateway } from './options'
import { stateSentence } from './server-words'
import { print, tell } from './terminal'
import { settled } from './waiting'

export const defineEnable = (command: Command): void => define(command, true)
export const defineDisable = (command: Command): void => define(command, false)

function define(command: Command, enabled: boolean): void {
  const word = enabled ? 'enable' : 'disable'
  command.argument('<name>', 'server').addHelpText('after', examples(`${word} deepwiki`))
  onGateway<object, [string]>(command, async (gateway, options, name) => {
    const { id } = await findServer(gateway, name)
    const server = await settled(gateway, await read(gateway.admin.servers[':id'].$patch({ param: { id }, json: { enabled } })))
    print(options, server, () => (enabled ? `Enabled ${name}.` : `Disabled ${name}. Its tools are gone from every agent's list.`))
    if (enabled && !options.json) tell(stateSentence(server))
  })
}
