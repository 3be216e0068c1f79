import { openShop } from './catalog-doubles'
import { aServerRecord } from './records'
import { GatewayError } from '../../src/shared/errors'
import type { EventName, GatewayEvents } from '../../src/shared/events'
import type { GatewayStatus, ServerView } from '../../src/shared/records'
import type { AdminParts } from '../../src/main/gateway/admin'
import { configFromValues } from '../../src/main/gateway/config-file'
import { createHeldChanges } from '../../src/main/gateway/held-changes'
import { createEvents } from '../../src/main/gateway/events'
import type { Clients, Groups, Servers } from '../../src/main/gateway/gateway'
import type { Principal } from '../../src/main/gateway/plugin'
import { createSecrets } from '../../src/main/gateway/secret-book'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import type { Table } from '../../src/main/gateway/store/store'

/** A table in memory. `failing` makes its writes fail, as on a full disk. */
export function tableOf<Row extends { readonly id: string }>(...rows: Row[]): Table<Row> & { failing: boolean; writes: number } {
  const kept = new Map(rows.map((row) => [row.id, row]))
  const write = (table: { failing: boolean; writes: number }) => {
    if (table.failing) throw new GatewayError('store.unavailable', 'The disk is full.')
    table.writes += 1
  }
  return {
    failing: false,
    writes: 0,
    list: () => structuredClone([...kept.values()]),
    get: (id) => structuredClone(kept.get(id)),
    put(row) {
      write(this)
      kept.set(row.id, structuredClone(row))
    },
    remove(id) {
      write(this)
      return kept.delete(id)
    },
  }
}

/** An emitter that remembers what it told. */
export function rememberingEmitter() {
  const told: { event: EventName; data: unknown }[] = []
  return { told, emit: <Name extends EventName>(event: Name, data: GatewayEvents[Name]) => void told.push({ event, data }) }
}

/** The code of the GatewayError that this throws, or undefined. */
export function codeOf(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code
    throw thrown
  }
}

export function serverView(id: string, name: string): ServerView {
  const { trusted_hash: _hash, ...record } = aServerRecord({ id, name, sharing: 'per_session' })
  const now = { state: 'ready', state_reason: null, state_since: record.updated_at } as const
  return { ...record, ...now, trusted: true, trust_hash: null, tool_count: 2, catalog_problems: [] }
}

/** Servers kept in a list; an upstream named `dead` cannot be reached. */
export function listedServers(...views: ServerView[]): Servers & { trusted: string[] } {
  const require = (id: string) => {
    const found = views.find((view) => view.id === id)
    if (!found) throw new GatewayError('server.not_found', `There is no server ${id}.`)
    return found
  }
  const reach = (id: string) => {
    if (require(id).name === 'dead') throw new GatewayError('upstream.unreachable', 'Nothing listens there; start the server.')
  }
  const trusted: string[] = []
  return {
    trusted,
    list: () => views,
    get: require,
    async create(draft) {
      if (views.some((view) => view.name === draft.name)) throw new GatewayError('server.name_taken', `There is a server ${draft.name}.`)
      const view = serverView(`id-of-${draft.name}`, draft.name)
      views.push(view)
      return view
    },
    patch: async (id, patch) => Object.assign(require(id), patch),
    async remove(id) {
      views.splice(views.indexOf(require(id)), 1)
    },
    async tools(id) {
      reach(id)
      return [{ name: 'echo', inputSchema: { type: 'object' }, 'x-odd': [1] }]
    },
    test: async (id) => (require(id).name === 'dead' ? { ok: false, error: 'Nothing listens there.' } : { ok: true, tool_count: 2 }),
    testDraft: async ({ name }) => ({ ok: false, code: 'upstream.unreachable', error: `${name} does not answer.`, remedy: 'Start it.' }),
    refresh: async (id) => ({ status: 'refreshed', server_id: require(id).id, degraded: false }),
    async trust(id, hash) {
      if (hash !== 'right') throw new GatewayError('server.trust_stale', 'The command has changed; read it again.')
      trusted.push(id)
      return require(id)
    },
  }
}

/** No groups and no clients, and none can be made. */
export const noGroups: Groups = {
  list: () => [],
  get: () => refuse(),
  create: () => refuse(),
  patch: () => refuse(),
  setServers: () => refuse(),
  remove: () => refuse(),
}
export const noClients: Clients = {
  list: () => [],
  create: () => refuse(),
  rotate: () => refuse(),
  patch: () => refuse(),
  remove: () => refuse(),
}

function refuse(): never {
  throw new GatewayError('input.invalid', 'This test has none.')
}

export const statusNow: GatewayStatus = {
  name: 'MCP Gateway',
  version: '1.2.3',
  started_at: '2026-01-01T00:00:00.000Z',
  uptime_seconds: 1,
  endpoint: null,
  safe_mode: false,
  config_file: null,
  config_error: null,
  vault: 'memory',
  sessions: 0,
  calls_in_flight: 0,
  approvals_pending: 0,
  paused_since: null,
  servers: [],
  memory_bytes: 1,
}

/** Everything that the admin API asks for; `lines` is what it wrote to the log. */
export function adminParts(changes: Partial<AdminParts> = {}) {
  const events = createEvents()
  const lines: { level: string; message: string; facts: Record<string, unknown> | undefined }[] = []
  const at = (level: string) => (message: string, facts?: Record<string, unknown>) => void lines.push({ level, message, facts })
  const parts: AdminParts = {
    servers: listedServers(serverView('a1', 'alpha')),
    groups: noGroups,
    clients: noClients,
    secrets: createSecrets(null, () => []),
    plugins: [],
    status: () => statusNow,
    reload: async () => ({ status: 'reloaded', degraded: ['dead'] }),
    pause: () => undefined,
    resume: () => undefined,
    held: createHeldChanges(events),
    hold: null,
    onEvent: events.on,
    log: { info: at('info'), error: at('error') },
    config: configFromValues({}),
    catalog: openShop([], []).catalog,
    access: { hiddenBy: () => null },
    explain: () => ({ effect: 'allow', rule: 'default', reason: 'No rule of the policy is against it.' }),
    store: createMemoryStore(),
    ownMs: () => null,
    logLines: () => [],
    version: '1.2.3',
    prefix: '/admin',
    ...changes,
  }
  return { parts, events, lines }
}

/** An app asked in process, by one principal. */
export const askAs =
  (app: { request(path: string, init: RequestInit, env: { principal: Principal }): Response | Promise<Response> }, principal: Principal) =>
  async (method: string, path: string, sent?: unknown) =>
    app.request(
      path,
      { method, ...(sent === undefined ? {} : { body: JSON.stringify(sent), headers: { 'content-type': 'application/json' } }) },
      { principal },
    )
