import { createReadStream, statSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import { Option, type Command } from 'commander'
import { AgentId, type ImportCandidate, type ImportResult, type ImportSource } from '../../shared/agents'
import { read, type GatewayClient } from './client'
import { Failure, misuse } from './failure'
import { examples, onGateway, type GatewayOptions } from './options'
import { confirm, isInteractive, print, tell } from './terminal'
import { table, visible } from './text'

interface ImportOptions {
  readonly from?: AgentId
  readonly file?: string
  readonly dryRun?: boolean
  readonly all?: boolean
}

/** A source, and the text that it was read from when no file of an agent is meant. */
interface Source {
  readonly shown: ImportSource
  readonly text?: string
}

/** What came of one source. */
interface Imported extends ImportResult {
  readonly source: string
}

const largestFile = 1_000_000

export function defineImport(command: Command): void {
  command
    .argument('[keys...]', 'only these servers, as the file names them')
    .addOption(new Option('--from <agent>', 'only from this agent (default: from all that have a config file)').choices(AgentId.options))
    .addOption(new Option('--file <file>', 'from this file, JSON or TOML; "-" reads standard input').conflicts('from'))
    .option('--dry-run', 'only show what would be imported')
    .option('--all', 'do not ask: import everything that can be (of the servers that are named)')
    .addHelpText(
      'after',
      `\nSecrets that stand in a file go to the vault. Commands are started only once\nthey are trusted: fast-gateway trust NAME\n${examples(
        'import --dry-run',
        'import --from cursor',
        'import github files --from claude-code --all',
        'import --file .mcp.json --all',
      )}`,
    )
  onGateway<ImportOptions, [string[]]>(command, importServers)
}

async function importServers(gateway: GatewayClient, options: GatewayOptions & ImportOptions, keys: readonly string[]): Promise<void> {
  const sources = await sourcesOf(gateway, options)
  const picked = sources.map((source) => ({ ...source, picks: picksOf(source.shown, keys) }))
  requireKnown(sources, keys)
  const shown = sources.map((source) => source.shown)
  if (options.dryRun || !(await isWanted(options, shown, picked.flatMap(({ picks }) => picks).length))) {
    if (options.dryRun || options.json) print(options, { sources: shown, imported: [] }, () => wordsOf(shown))
    return
  }
  const imported: Imported[] = []
  for (const { shown: source, text, picks } of picked) if (picks.length > 0) imported.push(await importFrom(gateway, source, text, picks))
  print(options, { sources: shown, imported }, () => imported.flatMap(resultLines).join('\n'))
  if (imported.some(({ failed }) => failed.length > 0)) process.exitCode = 1
}

async function sourcesOf(gateway: GatewayClient, { from, file }: ImportOptions): Promise<Source[]> {
  if (file !== undefined) {
    const text = await textOf(file)
    const shown = { ...(await read(gateway.agents.import.parse.$post({ json: { text } }))), title: file === '-' ? 'standard input' : file }
    if (shown.error !== null) throw new Failure(`${visible(shown.title)}: ${shown.error}`, 'agent.unreadable')
    return [{ shown, text }]
  }
  const all = await read(gateway.agents.import.$get())
  const wanted = all.filter(({ agent }) => from === undefined || agent === from)
  if (wanted.length === 0)
    throw new Failure(`There is no config file of ${from ?? 'an agent that is known'} here; name one with --file.`, 'agent.not_found')
  return wanted.map((shown) => ({ shown }))
}

async function textOf(file: string): Promise<string> {
  try {
    if (file !== '-' && statSync(file).size > largestFile) throw misuse(`${visible(file)} is too large to be a config.`)
    const text = await readAll(file === '-' ? process.stdin : createReadStream(file))
    if (text.trim() === '') throw misuse(`${file === '-' ? 'Standard input' : visible(file)} is empty.`)
    return text
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    throw misuse(`${visible(file)} cannot be read (${(thrown as NodeJS.ErrnoException).code ?? 'unknown reason'}).`)
  }
}

const picksOf = ({ candidates }: ImportSource, keys: readonly string[]): { key: string; name: string }[] =>
  candidates
    .filter(({ key, problem }) => problem === null && (keys.length === 0 || keys.includes(key)))
    .map(({ key, draft }) => ({ key, name: draft.name }))

function requireKnown(sources: readonly Source[], keys: readonly string[]): void {
  const known = new Set(sources.flatMap(({ shown }) => shown.candidates.map(({ key }) => key)))
  const strange = keys.find((key) => !known.has(key))
  if (strange !== undefined)
    throw new Failure(`No server is called ${visible(strange)} there; --dry-run shows which there are.`, 'server.not_found')
}

/** Shows everything first; `--all`, or an answer to the question, is the yes. */
async function isWanted({ all, json }: GatewayOptions & ImportOptions, sources: readonly ImportSource[], count: number): Promise<boolean> {
  if (!json) tell(wordsOf(sources))
  if (count === 0) {
    if (!json) tell('There is nothing to import.')
    return false
  }
  if (all) return true
  if (!isInteractive()) throw new Failure('Nobody can be asked here; add --all to import what is listed, or --dry-run to look.', 'usage', 2)
  if (await confirm(`Import ${count === 1 ? 'this server' : `these ${count} servers`}?`)) return true
  throw new Failure('Nothing was imported.', 'cancelled')
}

async function importFrom(
  gateway: GatewayClient,
  { id, title, version }: ImportSource,
  text: string | undefined,
  picks: { key: string; name: string }[],
): Promise<Imported> {
  const source = text === undefined ? id : { text }
  const answer = await read(gateway.agents.import.$post({ json: { source, picks, ...(version === undefined ? {} : { version }) } }))
  return { source: title, ...answer }
}

const wordsOf = (sources: readonly ImportSource[]): string => sources.map(sourceWords).join('\n\n')

function sourceWords({ title, file, error, candidates }: ImportSource): string {
  const heading = file === null ? visible(title) : `${title} (${visible(file)})`
  if (error !== null) return `${heading}: ${visible(error)}`
  if (candidates.length === 0) return `${heading}: no servers besides this gateway`
  return `${heading}\n${table(['SERVER', 'NAME HERE', 'WHERE', 'NOTE'], candidates.map(row))}`
}

const row = (candidate: ImportCandidate): string[] => [candidate.key, candidate.draft.name, whereOf(candidate), noteOf(candidate)]

const whereOf = ({ draft }: ImportCandidate): string => draft.url ?? [draft.command ?? '-', ...(draft.args ?? [])].join(' ')

function noteOf({ draft, problem, secrets }: ImportCandidate): string {
  if (problem !== null) return problem
  const kept = secrets.map(({ name }) => name)
  return [
    ...(kept.length > 0 ? [`to the vault: ${kept.join(', ')}`] : []),
    ...(draft.transport === 'stdio' ? ['must be trusted'] : []),
  ].join('; ')
}

const resultLines = ({ added, failed }: Imported): string[] => [
  ...added.map(({ key, name }) => `Imported ${visible(key)}${key === name ? '' : ` as ${name}`}.`),
  ...failed.map(({ key, error }) => `Not imported: ${visible(key)}: ${visible(error)}`),
]
