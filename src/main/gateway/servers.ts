import { GatewayError, toGatewayError } from '../../shared/errors'
import type { ServerRecord, ServerView } from '../../shared/records'
import type { Catalog } from './catalog'
import type { GatewayConfig } from './config'
import type { Events } from './events'
import type { Servers } from './gateway'
import type { Log } from './log'
import type { Handshake } from './mcp/link'
import type { TrustHash, Upstream } from './mcp/upstream'
import { createNamedRows, type NamedRows } from './named-rows'
import { createFleet, type Fleet, type FleetParts } from './server-fleet'
import { createDraftTest, type DraftParts } from './server-drafts'
import { countTools, toolsNow } from './server-probe'
import { createServerPlans, requireServer, type ServerPlans } from './server-plans'
import { serverLimits } from './server-record'
import type { Store } from './store/store'

/** What the registry of servers needs of the gateway. */
export interface ServerParts {
  readonly store: Pick<Store, 'servers' | 'getMeta' | 'setMeta'>
  readonly catalog: Pick<Catalog, 'of' | 'remove'>
  readonly createUpstream: FleetParts['createUpstream']
  /** For testing what is not stored. */
  readonly createProbe: DraftParts['createUpstream']
  readonly trustHash: TrustHash
  /** As whom the gateway itself connects, to test a server. */
  readonly handshake: Handshake
  /** A server is gone: no group names it any more. */
  readonly forgetServer: (serverId: string) => void
  readonly emit: Events['emit']
  readonly connectAfter?: FleetParts['connectAfter']
  readonly log: Log
  /** What lists and decisions are compiled from has changed. */
  onChange(): void
}

/** The servers, with what the rest of the core asks of them. Records are the registry's own: read them, do not change them. */
export interface ServerRegistry extends Servers {
  readonly plans: ServerPlans
  /** In the order of their creation. */
  records(): readonly ServerRecord[]
  record(id: string): ServerRecord | undefined
  /** By exact name. */
  byName(name: string): ServerRecord | undefined
  upstream(id: string): Upstream | undefined
  /** Adds the bundled demo server once in the life of a store: who removes it does not get it back. */
  seedDemo(): Promise<void>
  start(mode: GatewayConfig['startup_catalog']): Promise<void>
  /** Asks every enabled server anew, some at a time. @returns the names of those that are not ready after it */
  reload(): Promise<string[]>
  close(): Promise<void>
}

/** What the parts below share. */
interface Registry {
  readonly parts: ServerParts
  readonly rows: NamedRows<ServerRecord>
  readonly fleet: Fleet
  readonly plans: ServerPlans
  require(id: string): ServerRecord
  view(record: ServerRecord): ServerView
  /** Writes what was planned, then it is in force. */
  save(record: ServerRecord): Promise<ServerView>
}

/** Every change is checked, written, then in force; `server.changed` and `server.removed` tell of it. */
export function createServers(parts: ServerParts): ServerRegistry {
  const registry = createRegistry(parts)
  const { rows, fleet, plans, view } = registry
  return {
    plans,
    ...changes(registry),
    ...questions(registry),
    testDraft: createDraftTest({ ...parts, createUpstream: parts.createProbe }),
    list: () => rows.all().map(view),
    get: (id) => view(registry.require(id)),
    records: () => rows.all(),
    record: (id) => rows.get(id),
    byName: (name) => rows.named(name),
    upstream: (id) => fleet.get(id),
    seedDemo: () => seedDemo(registry),
    async start(mode) {
      const unknown = rows.all().filter((record) => !fleet.get(record.id))
      await Promise.all(unknown.map((record) => fleet.take(record)))
      await fleet.start(mode)
    },
    close: () => fleet.close(),
  }
}

function createRegistry(parts: ServerParts): Registry {
  const rows = createNamedRows(parts.store.servers)
  const fleet = createFleet({ ...parts, onStatus: (id) => tell(rows.get(id)) })
  const view = (record: ServerRecord) => viewOf(record, parts, fleet.get(record.id))
  const tell = (record: ServerRecord | undefined) => record && parts.emit('server.changed', { server: view(record) })

  async function save(record: ServerRecord): Promise<ServerView> {
    rows.put(record)
    parts.onChange()
    await fleet.take(record)
    const latest = rows.get(record.id)
    tell(latest)
    return view(latest ?? record)
  }

  const plans = createServerPlans(rows, parts.trustHash)
  return { parts, rows, fleet, plans, require: (id) => requireServer(rows, id), view, save }
}

function changes({ parts, rows, fleet, plans, require, save }: Registry): Pick<Servers, 'create' | 'patch' | 'remove' | 'trust'> {
  return {
    create: async (draft) => save(plans.create(draft)),
    patch: async (id, patch) => save(plans.patch(id, patch)),
    trust: async (id, hash) => save(plans.trust(id, hash)),
    async remove(id) {
      const { name } = require(id)
      rows.remove(id)
      const closed = fleet.drop(id)
      parts.onChange()
      sweep(parts, id)
      parts.emit('server.removed', { id, name })
      await closed
    },
  }
}

function questions({ parts, rows, fleet, require }: Registry): Pick<ServerRegistry, 'tools' | 'test' | 'refresh' | 'reload'> {
  function upstreamOf(id: string): Upstream {
    const { name } = require(id)
    const upstream = fleet.get(id)
    if (!upstream) throw new GatewayError('gateway.closing', `"${name}" is not connected, because the gateway is not running.`)
    return upstream
  }
  return {
    tools: async (id) => toolsNow(upstreamOf(id)),
    async test(id) {
      const upstream = upstreamOf(id)
      try {
        return { ok: true, tool_count: await countTools(upstream, parts.handshake) }
      } catch (thrown) {
        const error = toGatewayError(thrown)
        if (error.code === 'internal')
          parts.log.error('Testing a server failed inside the gateway.', { server: upstream.record().name, error: thrown })
        return { ok: false, error: error.message }
      }
    },
    async refresh(id) {
      const ready = await upstreamOf(id).refresh()
      return { status: 'refreshed', server_id: id, degraded: !ready && rows.get(id)?.enabled === true }
    },
    async reload() {
      const unready = new Set(await fleet.refreshAll())
      return rows.all().flatMap((record) => (unready.has(record.id) ? record.name : []))
    },
  }
}

/** The server is gone for good: what is left of it elsewhere may not keep its removal from taking effect. */
function sweep({ forgetServer, catalog, log }: ServerParts, id: string): void {
  for (const step of [() => forgetServer(id), () => catalog.remove(id)]) {
    try {
      step()
    } catch (error) {
      log.error('Something of a removed server could not be cleared away; it has no effect.', { server_id: id, error })
    }
  }
}

const demoKey = 'demo_seeded'

async function seedDemo({ parts, rows, plans, save }: Registry): Promise<void> {
  if (parts.store.getMeta(demoKey) !== undefined) return
  const isRoom = rows.all().length < serverLimits.servers
  if (isRoom && !rows.alike('demo', '')) await save(plans.create({ name: 'demo', transport: 'builtin', url: 'builtin:demo' }))
  parts.store.setMeta(demoKey, now())
}

function viewOf(record: ServerRecord, parts: ServerParts, upstream: Upstream | undefined): ServerView {
  const { trusted_hash, ...shown } = structuredClone(record)
  const hash = parts.trustHash(record)
  const offer = parts.catalog.of(record.id)
  const status = upstream?.status() ?? { state: record.enabled ? 'connecting' : 'disabled', reason: null, since: record.updated_at }
  return {
    ...shown,
    state: status.state,
    state_reason: status.reason,
    state_code: status.code ?? null,
    state_since: status.since,
    trusted: hash === trusted_hash || hash === null,
    trust_hash: hash,
    tool_count: offer?.tools.length ?? 0,
    catalog_problems: [...(offer?.problems ?? [])],
  }
}

const now = () => new Date().toISOString()
