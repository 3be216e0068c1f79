import { Option, type Command } from 'commander'
import { AuditOutcome, type AuditEntry } from '../../shared/records'
import { read, type GatewayClient } from './client'
import { Failure, misuse } from './failure'
import { examples, onGateway, whole, type GatewayOptions } from './options'
import { timeOf } from './past-time'
import { printLine } from './terminal'
import { moment, styled, table, visible, type Cell, type Style } from './text'

interface AuditOptions {
  readonly client?: string
  readonly server?: string
  readonly tool?: string
  readonly outcome?: AuditEntry['outcome']
  readonly since?: string
  readonly limit: number
  readonly follow?: boolean
}

const largestPage = 1000

export function defineAudit(command: Command): void {
  command
    .argument('[words]', 'full text: client, server, tool, arguments, error')
    .option('--client <name>', 'only of this client')
    .option('--server <name>', 'only to this server')
    .option('--tool <name>', "only of this tool, by the server's own name")
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices(AuditOutcome.options))
    .option('--since <time>', 'not older: 30m, 12h, 7d, or an ISO time')
    .option('--limit <number>', 'how many', whole(1, 1_000_000), 50)
    .option('-f, --follow', 'go on with what happens from now on')
    .addHelpText(
      'after',
      `\nWith --json, one JSON object on each line, newest first.\n${examples('audit', 'audit --outcome denied --since 7d', 'audit "report.pdf" --client claude-code', 'audit --follow --json')}`,
    )
  onGateway<AuditOptions, [string | undefined]>(command, audit)
}

async function audit(gateway: GatewayClient, options: GatewayOptions & AuditOptions, words: string | undefined): Promise<void> {
  const query = queryOf(options, words)
  if (options.follow && words !== undefined) throw misuse('--follow goes with --client, --server, --tool and --outcome, not with words.')
  if (options.follow) return follow(gateway, options, query)
  const entries = await pages(gateway, query, options.limit)
  if (options.json) for (const entry of entries) printLine(entry)
  else process.stdout.write(`${entries.length === 0 ? 'Nothing was called that fits.' : auditTable(entries)}\n`)
}

type Query = Readonly<Record<string, string>>

function queryOf(options: AuditOptions, q: string | undefined): Query {
  const { client, server, tool, outcome } = options
  const since = options.since === undefined ? undefined : timeOf(options.since)
  return Object.fromEntries(
    Object.entries({ q, client, server, tool, outcome, since }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}

async function pages(gateway: GatewayClient, query: Query, limit: number): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  let cursor: string | null = null
  do {
    const page: { entries: AuditEntry[]; next_cursor: string | null } = await read(
      gateway.audit.index.$get({
        query: { ...query, limit: String(Math.min(largestPage, limit - entries.length)), ...(cursor === null ? {} : { cursor }) },
      }),
    )
    entries.push(...page.entries)
    cursor = page.next_cursor
  } while (cursor !== null && entries.length < limit)
  return entries
}

/** What is there, oldest first, then what comes; each entry once its outcome is known. */
async function follow(gateway: GatewayClient, options: GatewayOptions & AuditOptions, query: Query): Promise<void> {
  const show = (entry: AuditEntry) => (options.json ? printLine(entry) : void process.stdout.write(`${followLine(entry)}\n`))
  const shown = new Set<number>()
  const present = async () => {
    const entries = (await pages(gateway, query, options.limit)).filter(({ outcome }) => outcome !== 'running').reverse()
    for (const entry of entries) {
      shown.add(entry.id)
      show(entry)
    }
  }
  for await (const { event, data } of gateway.events(present)) {
    if (event !== 'audit.appended' || data.entry.outcome === 'running' || shown.has(data.entry.id)) continue
    if (fits(data.entry, options)) show(data.entry)
  }
  throw new Failure('The gateway has ended; follow again when it is back.', 'gateway.closing')
}

const fits = (entry: AuditEntry, { client, server, tool, outcome }: AuditOptions) =>
  (client ?? entry.client) === entry.client &&
  (server ?? entry.server) === entry.server &&
  (tool ?? entry.tool) === entry.tool &&
  (outcome ?? entry.outcome) === entry.outcome

const styles: Readonly<Record<AuditEntry['outcome'], Style>> = {
  running: 'yellow',
  ok: 'green',
  tool_error: 'yellow',
  error: 'red',
  denied: 'red',
  cancelled: 'dim',
  interrupted: 'dim',
}

/** An approval or a grant is known by the first eight characters of its id. */
const restOfId = /(?<=:[\da-f]{8})-[\da-f-]{27}/

const row = (entry: AuditEntry): Cell[] => [
  moment(entry.at),
  entry.client,
  `${entry.server}_${entry.tool}`,
  `${entry.decision} (${entry.decided_by.replace(restOfId, '')})`,
  { text: entry.outcome, style: styles[entry.outcome] },
  entry.duration_ms === null ? '' : `${Math.round(entry.duration_ms)} ms`,
  entry.error ?? entry.arguments,
]

const auditTable = (entries: readonly AuditEntry[]) =>
  table(['TIME', 'CLIENT', 'TOOL', 'DECISION', 'OUTCOME', 'TOOK', 'ERROR OR ARGUMENTS'], entries.map(row))

const followLine = (entry: AuditEntry) =>
  row(entry)
    .map((cell) => (typeof cell === 'string' ? visible(cell) : styled(cell.style, visible(cell.text))))
    .join('  ')
