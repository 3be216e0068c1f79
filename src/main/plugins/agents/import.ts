import type { AgentId, ImportRequest, ImportResult, ImportSource } from '../../../shared/agents'
import { GatewayError, toGatewayError } from '../../../shared/errors'
import { rememberSecret } from '../../../shared/known-secrets'
import type { PluginHost } from '../../gateway/plugin'
import { candidateOf, type Candidate, type FoundServer } from './candidate'
import { changedSince, readConfig, versionOf } from './config-file'
import { configFormats, fieldsOf, serversIn } from './config-format'
import { serverNameOf, uniqueNames } from './names'
import { isOwnEntry, type Endpoint } from './ours'
import { pastedServers } from './pasted'
import { agentPlaces, type AgentPlace, type Machine } from './places'
import { unreadable } from './unreadable'

/** What importing needs. */
export interface ImportParts {
  readonly machine: Machine
  readonly endpoint: Endpoint
  readonly host: Pick<PluginHost, 'servers' | 'vault' | 'log'>
}

/** Servers of the agents' configs and of pasted text, made servers of the gateway. */
export interface Imports {
  /** What the config files of this machine name; a file that cannot be used says why, and is in nobody's way. */
  sources(): Promise<ImportSource[]>
  parse(text: string): Promise<ImportSource>
  /** @throws GatewayError `agent.not_found`, `agent.unreadable`, `agent.changed`; what fails for one server stands in the result */
  run(request: ImportRequest): Promise<ImportResult>
}

/** Servers of one file, or of one text, that are looked at; as many as a gateway can have. */
const mostCandidates = 1000

/** A source as it was read, before anything is made of it. */
interface Read extends Pick<ImportSource, 'id' | 'agent' | 'title' | 'file' | 'error'> {
  readonly found: readonly FoundServer[]
  readonly version?: string
}

export function createImports(parts: ImportParts): Imports {
  let latest: Promise<unknown> = Promise.resolve()
  const show = async (read: Read): Promise<ImportSource> => {
    const { found: _found, ...source } = read
    return { ...source, candidates: (await candidatesIn(read, parts)).map(({ shown }) => shown) }
  }
  return {
    sources: () =>
      Promise.all(
        agentPlaces(parts.machine)
          .flatMap((place) => readPlace(place) ?? [])
          .map(show),
      ),
    parse: (text) => show(readText(text)),
    run(request) {
      // One after the other: two at once could find the same name free.
      const result = latest.then(() => runImport(request, parts))
      latest = result.catch(() => undefined)
      return result
    },
  }
}

const pasted = { id: 'text', agent: null, title: 'Pasted text', file: null }

function readText(text: string): Read {
  try {
    return { ...pasted, error: null, found: distinct(pastedServers(text)) }
  } catch (thrown) {
    return { ...pasted, error: toGatewayError(thrown).message, found: [] }
  }
}

/** @returns null where the agent has no file */
function readPlace(place: AgentPlace): Read | null {
  const { id, title, file } = place
  const source = { id, agent: id, title, file }
  try {
    const found = readConfig(file)
    return found && { ...source, error: null, found: distinct(serversOf(place, found.text)), version: versionOf(found) }
  } catch (thrown) {
    return { ...source, error: toGatewayError(thrown).message, found: [] }
  }
}

/** A key is one server's: whoever was shown the one is not given the other. */
function distinct(found: readonly FoundServer[]): readonly FoundServer[] {
  if (found.length > mostCandidates) throw unreadable(`It names ${found.length} servers; more than ${mostCandidates} are not read.`)
  const keys = new Set<string>()
  for (const { key } of found) {
    if (keys.has(key)) throw unreadable(`Two of its servers would be called ${JSON.stringify(key.slice(0, 64))}; rename one of them there.`)
    keys.add(key)
  }
  return found
}

function serversOf({ id, format, section }: AgentPlace, text: string): FoundServer[] {
  const root = configFormats[format].parse(text)
  const own = serversIn(root, section).map(([key, entry]) => ({ key, entry, project: null }))
  return id === 'claude-code' ? [...own, ...projectServers(root, section)] : own
}

/** Claude Code keeps servers of single projects (its local scope) in the user's file too. */
function projectServers(root: unknown, section: string): FoundServer[] {
  const projects = Object.entries(fieldsOf(fieldsOf(root).projects))
  return projects.flatMap(([project, settings]) =>
    Object.entries(fieldsOf(fieldsOf(settings)[section])).map(([key, entry]) => ({ key: `${key} (${project})`, entry, project })),
  )
}

/** Our own entry would be the gateway behind itself. */
async function candidatesIn({ found }: Read, { machine, endpoint, host }: ImportParts): Promise<Candidate[]> {
  const vault = await vaultNow(host.vault)
  const serverName = uniqueNames(
    host.servers.list().map(({ name }) => name),
    48,
  )
  const secretName = uniqueNames(vault.names, 128)
  return found
    .filter(({ entry }) => !isOwnEntry(entry, endpoint()))
    .map((each) => {
      const wanted = serverNameOf(each.project === null ? each.key : each.key.slice(0, -` (${each.project})`.length))
      const name = serverName(wanted)
      const origin = { machine, project: each.project }
      return candidateOf(each, { origin, name, renamed: name !== wanted, secretName, vaultProblem: vault.problem })
    })
}

async function vaultNow(vault: PluginHost['vault']): Promise<{ readonly names: string[]; readonly problem: string | null }> {
  const closed = (why: string) => ({ names: [], problem: `It holds a secret, and there is no vault to keep it in: ${why}` })
  if (!vault)
    return closed('no keychain is open here. Write the secret as ${env:NAME} in the file, and set that variable where the gateway runs.')
  const { state, detail } = await vault.status()
  if (state !== 'ready') return closed(detail ?? `the vault is ${state}. Try again when it is open.`)
  try {
    return { names: (await vault.list()).map(({ name }) => name), problem: null }
  } catch (thrown) {
    return closed(toGatewayError(thrown).message)
  }
}

async function runImport(request: ImportRequest, parts: ImportParts): Promise<ImportResult> {
  const read = readRequested(request, parts.machine)
  const candidates = new Map((await candidatesIn(read, parts)).map((candidate) => [candidate.shown.key, candidate]))
  const result: ImportResult = { added: [], failed: [] }
  for (const { key, name } of request.picks) {
    try {
      const { id } = await addOne(candidates.get(key), name, parts.host)
      candidates.delete(key)
      result.added.push({ key, server_id: id, name })
    } catch (thrown) {
      result.failed.push({ key, error: toGatewayError(thrown).message })
    }
  }
  parts.host.log.info('Servers were imported.', { from: read.title, added: result.added.length, failed: result.failed.length })
  return result
}

function readRequested({ source, version }: ImportRequest, machine: Machine): Read {
  const read = typeof source === 'string' ? readAgent(source as AgentId, machine) : readText(source.text)
  if (read.error !== null) throw unreadable(read.error)
  if (version !== undefined && read.version !== version) throw changedSince(read.file ?? read.title)
  return read
}

function readAgent(id: AgentId, machine: Machine): Read {
  const place = agentPlaces(machine).find((each) => each.id === id)
  const read = place ? readPlace(place) : null
  if (!read)
    throw new GatewayError('agent.not_found', 'There is no such config file on this machine any more. Look at the list of files again.')
  return read
}

/** Its secrets first: a server never refers to what is not there. When it cannot be added, they go again. */
async function addOne(candidate: Candidate | undefined, name: string, { servers, vault, log }: ImportParts['host']) {
  if (!candidate) throw new GatewayError('server.not_found', 'There is no such server in it (any more).')
  const { shown, secrets } = candidate
  if (shown.problem !== null) throw unreadable(shown.problem)
  const kept: string[] = []
  try {
    for (const secret of secrets) {
      rememberSecret(secret.value)
      await vault?.set(secret.name, secret.value)
      kept.push(secret.name)
    }
    return await servers.create({ ...shown.draft, name })
  } catch (thrown) {
    for (const each of kept)
      await vault
        ?.remove(each)
        .catch((error: unknown) =>
          log.warn('A secret of a server that could not be imported stays in the vault.', { name: each, error: String(error) }),
        )
    throw thrown
  }
}
