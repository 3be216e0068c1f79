import type { Command } from 'commander'
import type { ServerView } from '../../shared/records'
import { read } from './client'
import { examples, onGateway } from './options'
import { hint, print } from './terminal'
import { table } from './text'
import { addressOf, stateCell } from './server-words'

export function defineList(command: Command): void {
  onGateway(command, async (gateway, options) => {
    const servers = await read(gateway.admin.servers.$get())
    print(options, servers, () => (servers.length === 0 ? 'There are no servers yet.' : serverTable(servers)))
    if (servers.length === 0) hint(options, 'Add one: fast-gateway add NAME URL, or fast-gateway add NAME -- COMMAND ARGS…')
  }).addHelpText('after', examples('list', 'ls --json'))
}

const serverTable = (servers: readonly ServerView[]) =>
  table(
    ['NAME', 'TRANSPORT', 'STATE', 'TOOLS', 'ADDRESS', 'WHY'],
    servers.map((server) => [
      server.name,
      server.transport,
      stateCell(server.state),
      String(server.tool_count),
      addressOf(server),
      server.state_reason ?? '',
    ]),
  )
