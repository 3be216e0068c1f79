import type { Handshake, Link, OpenLink, Reply } from '../../src/main/gateway/mcp/link'
import { createDemoConnector } from '../../src/main/gateway/mcp/upstream-demo'
import { createUpstream, trustHash, type Upstream, type UpstreamParts } from '../../src/main/gateway/mcp/upstream'
import { createServers, type ServerParts, type ServerRegistry } from '../../src/main/gateway/servers'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import type { Store } from '../../src/main/gateway/store/store'
import { GatewayError } from '../../src/shared/errors'
import type { ServerRecord, UpstreamCatalog } from '../../src/shared/records'
import { recordedLog, type RecordedLog } from './catalog-doubles'

const handshake: Handshake = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }

/** Opens the demo server for `builtin` and whatever `openOther` opens for the rest. */
function connector(openOther: OpenLink): OpenLink {
  const demo = createDemoConnector()
  return (target, ...rest) => (target.transport === 'builtin' ? demo : openOther)(target, ...rest)
}

const unreachable: OpenLink = async (target) => Promise.reject(new GatewayError('upstream.unreachable', `${target.name} does not answer.`))

function upstreamParts(openLink: OpenLink, log: RecordedLog, onCatalog: UpstreamParts['onCatalog']): Omit<UpstreamParts, 'onStatus'> {
  return {
    resolveTarget: async (record) =>
      Promise.resolve({
        transport: record.transport,
        name: record.name,
        url: record.url,
        headers: {},
        command: record.command,
        args: [],
        env: {},
        cwd: null,
        handshakeTimeoutMs: 5000,
      }),
    openLink,
    onCatalog,
    onMessage: () => undefined,
    onConnectError: () => undefined,
    log,
  }
}

export interface Registry {
  readonly servers: ServerRegistry
  readonly store: Store
  readonly offers: Map<string, UpstreamCatalog>
  readonly log: RecordedLog
  /** What was told and done, in order: events, `changed`, `forgot ID`, `uncatalogued ID`. */
  readonly trace: string[]
  readonly events: { readonly name: string; readonly data: unknown }[]
}

/** A registry over a memory store with real supervised upstreams; only what connects them is a double. */
export function openRegistry(
  options: { readonly store?: Store; readonly openLink?: OpenLink; readonly parts?: Partial<ServerParts> } = {},
): Registry {
  const store = options.store ?? createMemoryStore()
  const [offers, log, trace, events] = [new Map<string, UpstreamCatalog>(), recordedLog(), [] as string[], [] as Registry['events']]
  const parts = upstreamParts(connector(options.openLink ?? unreachable), log, (catalog) => offers.set(catalog.server_id, catalog))
  const servers = createServers({
    store,
    catalog: { of: (id) => offers.get(id), remove: (id) => trace.push(`uncatalogued ${id}`) && offers.delete(id) },
    createUpstream: (record: ServerRecord, onStatus): Upstream => createUpstream(record, { ...parts, onStatus }),
    createProbe: (record): Upstream => createUpstream(record, { ...parts, onStatus: () => undefined }),
    trustHash,
    handshake,
    forgetServer: (id) => trace.push(`forgot ${id}`),
    emit: (name, data) => {
      events.push({ name, data })
      trace.push(name)
    },
    log,
    onChange: () => trace.push('changed'),
    ...options.parts,
  })
  return { servers, store, offers, log, trace, events }
}

/** A link that answers by method; what is not named is refused as unknown. */
export function linkDouble(answers: Readonly<Record<string, (params: unknown) => unknown>>, onClose: () => void = () => undefined): Link {
  const answer = (method: string, params: unknown): Reply =>
    answers[method] ? { result: JSON.stringify(answers[method](params)) } : { error: { code: -32601, message: 'Method not found' } }
  return {
    initialized: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'double', version: '1' } },
    request: async (method, params) => Promise.resolve(answer(method, params)),
    notify: async () => Promise.resolve(),
    respond: async () => Promise.resolve(),
    close: async () => Promise.resolve(onClose()),
  }
}
