import type { AgentEntry, AgentId, AgentPreview, AgentView } from '../../../shared/agents'
import { configEntries } from '../../../shared/connect-snippets'
import { GatewayError, toGatewayError } from '../../../shared/errors'
import type { Backup, Backups } from './backups'
import { bytesOf, changedSince, readConfig, replaceConfig, versionOf, type FoundConfig } from './config-file'
import { configFormats, editConfig, serversIn } from './config-format'
import { isOwnEntry, isOwnUrl, type Endpoint } from './ours'
import { agentPlaces, type AgentPlace, type Machine } from './places'

/** What connecting needs. */
export interface ConnectParts {
  readonly machine: Machine
  readonly backups: Backups
  readonly endpoint: Endpoint
}

/** The gateway in the agents' own config files. */
export interface Connections {
  list(): AgentView[]
  /** @throws GatewayError `agent.unreadable` */
  preview(id: AgentId, entry: AgentEntry): AgentPreview
  /** @throws GatewayError `agent.changed` when the file is not the one that was looked at, `agent.unreadable` */
  write(id: AgentId, entry: AgentEntry): AgentView
  /** @throws GatewayError `agent.changed` when every byte was to be put back and somebody else has written since */
  undo(id: AgentId, what: 'file' | 'entry'): AgentView
}

const maskedToken = '••••••••'

/** Everything is read, checked and written without a pause: no other request of this gateway comes between. */
export function createConnections({ machine, backups, endpoint }: ConnectParts): Connections {
  const seen = new Map<AgentId, string>()
  const place = (id: AgentId) => placeOf(machine, id)
  const view = (id: AgentId) => viewOf(place(id), backups.latest(id), endpoint())
  return {
    list: () => agentPlaces(machine).map(({ id }) => view(id)),
    preview(id, entry) {
      const { file, format } = place(id)
      const found = readConfig(file)
      const version = versionOf(found)
      requireOwn(entry, endpoint())
      const after = written(place(id), found, { ...entry, token: maskedToken })
      seen.set(id, version)
      const { mask } = configFormats[format]
      return { file, before: found && mask(found.text), after: mask(after), version }
    },
    write(id, entry) {
      const { file } = place(id)
      const found = readConfig(file)
      const expected = entry.version ?? seen.get(id)
      if (expected !== undefined && expected !== versionOf(found)) throw changedSince(file)
      requireOwn(entry, endpoint())
      writeKept(backups, place(id), found, entry)
      seen.delete(id)
      return view(id)
    },
    undo(id, what) {
      const backup = backups.latest(id)
      if (!backup)
        throw new GatewayError(
          'agent.not_found',
          `The gateway has written nothing into the config of ${place(id).title} that could be undone.`,
        )
      if (what === 'file') restoreFile(backup)
      else takeEntryOut(place(id), backup)
      backup.forget()
      return view(id)
    },
  }
}

function placeOf(machine: Machine, id: AgentId): AgentPlace {
  const found = agentPlaces(machine).find((place) => place.id === id)
  if (!found) throw new GatewayError('agent.not_found', `No agent is called ${id}.`)
  return found
}

function viewOf({ id, title, file, format, section }: AgentPlace, backup: Backup | null, endpoint: string | null): AgentView {
  const own = { id, title, file, written_at: backup?.record.written_at ?? null }
  try {
    const found = readConfig(file)
    const entries = found ? serversIn(configFormats[format].parse(found.text), section).map(([, entry]) => isOwnEntry(entry, endpoint)) : []
    const servers = entries.filter((isOwn) => !isOwn).length
    return { ...own, exists: found !== null, error: null, connected: servers < entries.length, servers }
  } catch (thrown) {
    return { ...own, exists: true, error: toGatewayError(thrown).message, connected: false, servers: 0 }
  }
}

/** Nothing but this gateway is written into anybody's config, whoever asks. @throws GatewayError `input.invalid` */
function requireOwn({ url }: AgentEntry, endpoint: string | null): void {
  if (isOwnUrl(url, endpoint)) return
  const own = endpoint === null ? 'It listens nowhere now.' : `That is ${endpoint}, or ${endpoint}/g/GROUP.`
  throw new GatewayError('input.invalid', `Only the address of this gateway is written into an agent's config. ${own}`)
}

/** The config with the gateway in it. */
function written({ id, format, section }: AgentPlace, found: FoundConfig | null, { name, url, token, remove }: AgentEntry): string {
  if (!/^[\w-]+$/.test(name)) throw new GatewayError('input.invalid', 'The name of the entry takes letters, digits, "-" and "_".')
  const value = configEntries[id]({ name, url, token, open: false })
  return editConfig(configFormats[format], found?.text ?? '', {
    section,
    set: [[name, value]],
    remove: remove.filter((key) => key !== name),
  })
}

/** The backup before the write; when the write fails there is nothing to undo. */
function writeKept(backups: Backups, place: AgentPlace, found: FoundConfig | null, entry: AgentEntry): void {
  const bytes = bytesOf(written(place, found, entry), found)
  const record = {
    ...{ agent: place.id, file: place.file, written_at: new Date().toISOString(), version: versionOf({ bytes }) },
    ...{ name: entry.name, removed: entry.remove.filter((key) => key !== entry.name), existed: found !== null },
  }
  const backup = backups.keep(record, found?.bytes ?? null)
  try {
    replaceConfig(place.file, found, bytes)
  } catch (thrown) {
    backup.forget()
    throw thrown
  }
}

/** @throws GatewayError `agent.changed` that says what can be done instead */
function restoreFile(backup: Backup): void {
  const { file, version, name } = backup.record
  const found = readConfig(file)
  if (versionOf(found) !== version) {
    const copy = backup.bytesFile === null ? 'There was no file before.' : `The file as it was before lies at ${backup.bytesFile}.`
    throw new GatewayError(
      'agent.changed',
      `${file} has been changed since the gateway wrote it, so putting the old one back would lose that. Take only the entry "${name}" out instead. ${copy}`,
    )
  }
  replaceConfig(file, found, backup.bytes())
}

/** Ours goes, what we took out comes back, everything else stays as it is now. */
function takeEntryOut({ format, section }: AgentPlace, backup: Backup): void {
  const { file, name, removed } = backup.record
  const found = readConfig(file)
  if (!found) return
  const rules = configFormats[format]
  const before = new Map(serversIn(rules.parse(textOf(backup)), section))
  const present = new Set(serversIn(rules.parse(found.text), section).map(([key]) => key))
  const back = [name, ...removed].filter((key) => before.has(key) && (key === name || !present.has(key)))
  const set = back.map((key) => [key, before.get(key)] as const)
  const remove = present.has(name) && !back.includes(name) ? [name] : []
  replaceConfig(file, found, bytesOf(editConfig(rules, found.text, { section, set, remove }), found))
}

const textOf = (backup: Backup): string => (backup.bytes()?.toString('utf8') ?? '').replace(/^\uFEFF/, '')
