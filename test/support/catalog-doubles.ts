import { aServerRecord } from './records'
import { createCatalog, type Catalog, type CatalogParts } from '../../src/main/gateway/catalog'
import type { RequestContext } from '../../src/main/gateway/hooks'
import type { Log } from '../../src/main/gateway/log'
import type { CatalogTable } from '../../src/main/gateway/store/store'
import type { ServerRecord, UpstreamCatalog } from '../../src/shared/records'

const longAgo = '2026-01-01T00:00:00.000Z'

/** A server as stored; its id is its name unless said otherwise. */
export const serverRecord = (name: string, fields: Partial<ServerRecord> = {}): ServerRecord => aServerRecord({ id: name, name, ...fields })

/** What an upstream offers; tools, prompts, resources and templates by what identifies them. */
export const offer = (serverId: string, fields: Partial<UpstreamCatalog> = {}): UpstreamCatalog => ({
  server_id: serverId,
  fetched_at: longAgo,
  initialize: {},
  tools: [],
  prompts: [],
  resources: [],
  resource_templates: [],
  problems: [],
  ...fields,
})

export const tool = (name: string, fields: Record<string, unknown> = {}) => ({ name, inputSchema: { type: 'object' }, ...fields })

export const caller = (client = 'agent', group: string | null = null): RequestContext => ({
  client,
  group,
  sessionId: null,
  door: 'mcp',
  headers: {},
})

export interface RecordedLog extends Log {
  readonly lines: string[]
}
export function recordedLog(): RecordedLog {
  const lines: string[] = []
  const say = (message: string) => void lines.push(message)
  return { lines, debug: say, info: say, warn: say, error: say }
}

export interface CatalogTableDouble extends CatalogTable {
  readonly rows: Map<string, UpstreamCatalog>
  writes: number
}
export function catalogTable(rows: readonly UpstreamCatalog[] = []): CatalogTableDouble {
  const kept = new Map(rows.map((row) => [row.server_id, row]))
  const table: CatalogTableDouble = {
    rows: kept,
    writes: 0,
    list: () => [...kept.values()],
    put: (row) => {
      table.writes++
      kept.set(row.server_id, structuredClone(row))
    },
    remove: (serverId) => kept.delete(serverId),
    search: () => [],
  }
  return table
}

export interface Shop {
  readonly catalog: Catalog
  readonly servers: ServerRecord[]
  readonly table: CatalogTableDouble
  readonly log: RecordedLog
  readonly changes: (readonly string[])[]
}
/** A loaded catalogue over these servers and offers; everything is permitted unless `parts` says otherwise. */
export function openShop(servers: ServerRecord[], offers: readonly UpstreamCatalog[], parts: Partial<CatalogParts> = {}): Shop {
  const table = catalogTable(offers)
  const log = recordedLog()
  const changes: (readonly string[])[] = []
  const catalog = createCatalog({
    store: table,
    servers: { list: () => servers, get: (id) => servers.find((server) => server.id === id) },
    authorize: () => true,
    preListTools: [],
    metaTools: () => [],
    listMode: () => 'all',
    log,
    onChange: (ids) => changes.push(ids),
    ...parts,
  })
  catalog.load()
  return { catalog, servers, table, log, changes }
}
