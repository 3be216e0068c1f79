import type { ServerRecord, UpstreamCatalog } from '../../../shared/records'
import type { CatalogServers } from '../catalog'
import { buildEntries, type ServerEntries, type ToolEntry } from './entries'
import type { Log } from '../log'
import type { CatalogTable } from '../store/store'

export interface OfferParts {
  readonly store: CatalogTable
  readonly servers: CatalogServers
  /** Names that no upstream's tool may have. */
  readonly reserved: () => readonly string[]
  readonly log: Log
  readonly warnOnce: (message: string, facts: Record<string, unknown>) => void
}

/** What each server offers: the rows of the store, and the entries built from them when first needed. */
export interface Offers {
  load(): void
  /** @returns whether anything differs from before */
  put(fresh: UpstreamCatalog): boolean
  remove(serverId: string): void
  of(serverId: string): UpstreamCatalog | undefined
  /** Enabled servers in the order of their creation. */
  enabled(): readonly ServerEntries[]
  /** Those of servers that are switched off. */
  disabled(): readonly ServerEntries[]
  /** Every tool of every enabled server by its exposed name, in order; built anew at every call. */
  buildIndex(): ReadonlyMap<string, ToolEntry>
}

export function createOffers(parts: OfferParts): Offers {
  const rows = new Map<string, UpstreamCatalog>()
  const entriesOf = entryBuilder(rows)
  const entriesWhere = (isEnabled: boolean) =>
    parts.servers.list().flatMap((record) => (record.enabled === isEnabled ? (entriesOf.get(record) ?? []) : []))
  const enabled = () => entriesWhere(true)

  function put(given: UpstreamCatalog): boolean {
    // A late answer of a server that was removed meanwhile.
    if (!parts.servers.get(given.server_id)) return false
    const before = rows.get(given.server_id)
    const fresh = withCapableTools(given, before)
    if (before && offerText(before) === offerText(fresh)) {
      rows.set(fresh.server_id, fresh)
      return false
    }
    persist(parts, fresh)
    rows.set(fresh.server_id, fresh)
    return true
  }

  function remove(serverId: string): void {
    parts.store.remove(serverId)
    rows.delete(serverId)
    entriesOf.forget(serverId)
  }

  return {
    load: () => parts.store.list().forEach((row) => rows.set(row.server_id, row)),
    put,
    remove,
    of: (serverId) => rows.get(serverId),
    enabled,
    disabled: () => entriesWhere(false),
    buildIndex: () => buildIndex(enabled(), parts),
  }
}

/** What only capable clients see is asked for apart (capable-tools.ts) and stays until it is asked for again. */
function withCapableTools(given: UpstreamCatalog, before: UpstreamCatalog | undefined): UpstreamCatalog {
  const known = given.capable_tools ?? before?.capable_tools
  if (!known) return given
  const plain = new Set(given.tools.map(({ name }) => name))
  return { ...given, capable_tools: known.filter(({ name }) => !plain.has(name)) }
}

function entryBuilder(rows: ReadonlyMap<string, UpstreamCatalog>) {
  const built = new Map<string, ServerEntries>()
  let tokens = 0
  const nextToken = () => String(++tokens)
  function get(record: ServerRecord): ServerEntries | undefined {
    const source = rows.get(record.id)
    const before = built.get(record.id)
    if (!source || (before?.source === source && before.server === record.name)) return source && before
    const fresh = buildEntries(source, record, nextToken, before)
    built.set(record.id, fresh)
    return fresh
  }
  return { get, forget: (serverId: string) => built.delete(serverId) }
}

function buildIndex(servers: readonly ServerEntries[], parts: OfferParts): ReadonlyMap<string, ToolEntry> {
  const reserved = new Set(parts.reserved())
  const entries = new Map<string, ToolEntry>()
  for (const entry of servers.flatMap((server) => server.tools.get())) {
    if (!reserved.has(entry.key) && !entries.has(entry.key)) entries.set(entry.key, entry)
    else
      parts.warnOnce('A tool is left out, because its exposed name is taken; rename its server.', {
        tool: entry.key,
        server: entry.owner.server,
      })
  }
  return entries
}

/** What upstreams say is served even where it cannot be written: it is asked for again at the next start. */
function persist({ store, log }: OfferParts, fresh: UpstreamCatalog): void {
  try {
    store.put(fresh)
  } catch (error) {
    log.error('A catalogue could not be stored; it is served from memory.', { server_id: fresh.server_id, error })
  }
}

const offerText = (row: UpstreamCatalog): string =>
  JSON.stringify([row.initialize, row.tools, row.prompts, row.resources, row.resource_templates, row.problems, row.capable_tools])
