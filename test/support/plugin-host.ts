import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import { canonicalJson } from '../../src/shared/canonical-json'
import { GatewayError, toGatewayError } from '../../src/shared/errors'
import type { EventName, GatewayEvent, GatewayEvents } from '../../src/shared/events'
import { PolicyDocument, type CatalogTool } from '../../src/shared/records'
import { createAdmin } from '../../src/main/gateway/admin'
import { GatewayConfig } from '../../src/main/gateway/config'
import type { Arguments, RequestContext, ToolCall } from '../../src/main/gateway/hooks'
import { loadRoutes, type AdminEnv, type Contribution, type Plugin, type PluginHost, type Principal } from '../../src/main/gateway/plugin'
import { adminParts } from './admin-doubles'
import { pluginStore, type PluginStore } from './plugin-store'

type Emitted = { [Name in EventName]: { readonly event: Name; readonly data: GatewayEvents[Name] } }[EventName]

/** A gateway as a plugin sees it; what it was told can be read, what it answers can be set. */
export interface FakeHost extends PluginHost {
  readonly tables: PluginStore
  readonly events: Emitted[]
  readonly logged: { readonly level: string; readonly message: string; readonly facts: Record<string, unknown> | undefined }[]
  settings: GatewayConfig
  rules: PolicyDocument
  version: number
  tools: CatalogTool[]
  /** Where servers have moved to, by name. */
  readonly places: Record<string, string>
  readonly listeners: Set<Parameters<PluginHost['onEvent']>[0]>
}

export interface FakeHostOptions {
  readonly hil?: Partial<GatewayConfig['hil']>
  readonly audit?: Partial<GatewayConfig['audit']>
  readonly policy?: Partial<PolicyDocument>
  readonly tables?: PluginStore
  readonly callTool?: PluginHost['callTool']
}

export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const tables = options.tables ?? pluginStore()
  const host: FakeHost = {
    tables,
    store: tables,
    vault: null,
    servers: {
      list: () => [],
      create: () => Promise.reject(new Error('no registry here')),
      remove: () => Promise.resolve(),
      refresh: (id) => Promise.resolve({ status: 'refreshed', server_id: id, degraded: false }),
    },
    resolveSecret: (text) => Promise.resolve(text),
    events: [],
    logged: [],
    settings: GatewayConfig.parse({ hil: options.hil ?? {}, audit: options.audit ?? {} }),
    rules: PolicyDocument.parse(options.policy ?? {}),
    version: 1,
    tools: [],
    places: {},
    listeners: new Set(),
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    config: () => host.settings,
    policy: () => host.rules,
    savePolicy: async (policy) => void (host.rules = policy),
    onConfigChange: () => () => undefined,
    invalidate: () => undefined,
    policyVersion: () => host.version,
    callHash: (call) => hashOf(call, host.version),
    nameHash: (names) => `${names.client} ${names.group} ${names.server} at ${host.places[names.server] ?? 'home'}`,
    onEvent(listener) {
      host.listeners.add(listener)
      return () => host.listeners.delete(listener)
    },
    emit(event, data) {
      host.events.push({ event, data } as Emitted)
      for (const listener of host.listeners) listener({ event, at: new Date().toISOString(), data } as GatewayEvent)
    },
    catalogTools: () => host.tools,
    listTools: async () => host.tools,
    callTool: options.callTool ?? (async () => ({ content: [] })),
    requireGroup(name) {
      if (name !== 'readonly') throw new GatewayError('group.not_found', `There is no group "${name}".`)
    },
  }
  function note(level: string) {
    return (message: string, facts?: Record<string, unknown>) => void host.logged.push({ level, message, facts })
  }
  return host
}

const hashOf = (call: ToolCall, version: number) =>
  createHash('sha256')
    .update(
      canonicalJson([
        call.context.client,
        call.context.group,
        call.server,
        call.tool,
        call.arguments,
        call.definition.definition_hash,
        version,
      ]),
    )
    .digest('hex')

export function fakeTool(name: string): CatalogTool {
  const [namespace = '', bare_name = ''] = name.split('_', 2)
  const shown = { title: null, description: null, tags: [], parameters: { type: 'object' }, output_schema: null, annotations: null }
  return { server_id: namespace, namespace, name, bare_name, ...shown, definition_hash: `definition of ${name}` }
}

export interface FakeCallOptions extends Partial<RequestContext> {
  readonly arguments?: Arguments
  readonly signal?: AbortSignal
  readonly tellsProgress?: boolean
  readonly name?: string
  /** The tool's input schema. */
  readonly parameters?: CatalogTool['parameters']
}

/** A call of `github_delete` by claude through MCP, unless said otherwise. */
export function fakeCall({
  arguments: args = {},
  signal = new AbortController().signal,
  tellsProgress = true,
  name = 'github_delete',
  parameters = { type: 'object' },
  ...context
}: FakeCallOptions = {}): ToolCall {
  const definition = { ...fakeTool(name), parameters }
  return {
    server: definition.namespace,
    tool: definition.bare_name,
    exposedName: name,
    definition,
    arguments: args,
    context: { client: 'claude', group: null, sessionId: 'session-1', door: 'mcp', headers: {}, ...context },
    signal,
    tellsProgress,
  }
}

export interface FakeAdmin {
  readonly contribution: Contribution
  /** Asks the plugin's routes through the admin API, as one principal. */
  ask(principal: Principal | 'nobody', method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Answer>
  /** Asks the routes themselves, as if the admin API had let the request pass. @returns the status and the error's code */
  askPast(principal: Principal | 'nobody', method: string, path: string): Promise<{ status: number; text: string }>
}
interface Answer {
  readonly status: number
  readonly text: string
  readonly body: unknown
}

export async function started(plugin: Plugin, host: PluginHost): Promise<FakeAdmin> {
  const contribution = await plugin.contribute(host)
  const [{ routes } = { routes: new Hono<AdminEnv>() }] = await loadRoutes({ contributions: [{ ...contribution, name: plugin.name }] })
  const admin = createAdmin(adminParts({ plugins: [{ name: plugin.name, routes }] }).parts)
  const unguarded = new Hono<AdminEnv>().onError((thrown, c) => c.text(toGatewayError(thrown).code, 403)).route('/', routes)
  const env = (principal: Principal | 'nobody') => (principal === 'nobody' ? {} : { principal })
  return {
    contribution,
    async ask(principal, method, path, body, headers = {}) {
      const url = `http://127.0.0.1/${plugin.name}${path}`
      const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }) })
      const response = await admin.request(request, undefined, env(principal))
      const text = await response.text()
      return { status: response.status, text, body: /[/+]json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text }
    },
    async askPast(principal, method, path) {
      const response = await unguarded.request(path, { method }, env(principal))
      return { status: response.status, text: await response.text() }
    },
  }
}
