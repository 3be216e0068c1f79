import type { Command } from 'commander'
import type { ServerView, UpstreamState } from '../../shared/records'
import { read } from './client'
import { examples, onGateway } from './options'
import { hint, print } from './terminal'
import { table } from './text'
import { addressOf, stateCell, stateSentence } from './server-words'

export function defineList(command: Command): void {
  onGateway(command, async (gateway, options) => {
    const servers = await read(gateway.admin.servers.$get())
    print(options, servers, () => (servers.length === 0 ? 'There are no servers yet.' : words(servers)))
    if (servers.length === 0) hint(options, 'Add one: fast-gateway add NAME URL, or fast-gateway add NAME -- COMMAND ARGS…')
  }).addHelpText('after', examples('list', 'ls --json'))
}

/** What is wrong stands below: a sentence and what to do next need more room than a column has. */
const words = (servers: readonly ServerView[]) =>
  [serverTable(servers), ...servers.filter(({ state }) => troubled.has(state)).map(stateSentence)].join('\n\n')

const troubled: ReadonlySet<UpstreamState> = new Set<UpstreamState>(['needs_trust', 'needs_login', 'degraded', 'failed'])

const serverTable = (servers: readonly ServerView[]) =>
  table(
    ['NAME', 'TRANSPORT', 'STATE', 'TOOLS', 'ADDRESS'],
    servers.map((server) => [server.name, server.transport, stateCell(server.state), String(server.tool_count), addressOf(server)]),
  )
