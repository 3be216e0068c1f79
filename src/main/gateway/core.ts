import { dirname } from 'node:path'
import { GatewayError } from '../../shared/errors'
import type { CatalogTool, PolicyDecision, ServerRecord } from '../../shared/records'
import { version } from '../../shared/version'
import { createAccess, type Access } from './access'
import { placeOf } from './call-hash'
import { createCatalog, type Catalog } from './catalog'
import { createClients, type ClientRegistry } from './clients'
import type { ConfigSource } from './config'
import { createEvents, type Events } from './events'
import type { GatewayOptions } from './gateway'
import { createGroups, type GroupRegistry } from './groups'
import type { CallTool, Hooks, ToolCall } from './hooks'
import { createHost } from './host'
import type { Log } from './log'
import { upstreamCaller } from './mcp/call-tool'
import { createCapableTools, type CapableTools } from './mcp/capable-tools'
import type { DownstreamParts } from './mcp/downstream'
import type { Incoming, OpenLink } from './mcp/link'
import { createListChanges, type ListChanges } from './mcp/list-changes'
import { notificationText } from './mcp/message'
import { createOpenLink } from './mcp/open-link'
import { Relay } from './mcp/relay'
import type { Session } from './mcp/session'
import { resubscribe } from './mcp/session-links'
import { Sessions } from './mcp/sessions'
import { sharedHandshake } from './mcp/supervision'
import type { RelayParts } from './mcp/turn'
import { createUpstream, trustHash, type Upstream, type UpstreamParts, type UpstreamStatus } from './mcp/upstream'
import { createHttpConnector, type HttpConnector } from './mcp/upstream-http'
import { createMetaTools } from './meta-tools'
import { OwnTimes } from './own-times'
import { createPause, type Pause } from './pause'
import type { PipelineParts } from './pipeline'
import { collectHooks, requireEnforced, startPlugins, wrapCall, type MetaTool, type PluginHost, type Plugins, type Subject } from './plugin'
import { refersTo, watchVault } from './secret-book'
import type { Vault } from './secrets'
import { createServers, type ServerRegistry } from './servers'
import type { Store } from './store/store'
import { resolveTarget } from './target'

/** What every part stands on. */
export interface Ground {
  readonly options: GatewayOptions
  readonly source: ConfigSource
  readonly store: Store
  readonly log: Log
  /** The newest lines of the log, oldest first. */
  logLines(): readonly string[]
}

const noPlugins: Plugins = { contributions: [], close: () => Promise.resolve() }

/** The parts of one gateway, wired in the order in which they need each other. Plugins join in `start`; hooks are frozen then. */
export class Core {
  readonly events: Events
  readonly connector: HttpConnector
  readonly clients: ClientRegistry
  readonly groups: GroupRegistry
  readonly servers: ServerRegistry
  readonly catalog: Catalog
  readonly sessions: Sessions
  readonly relay: Relay
  readonly downstream: DownstreamParts
  readonly host: PluginHost
  readonly pause: Pause
  readonly vault: Vault | null
  readonly access: Access
  readonly ownTimes = new OwnTimes()
  plugins = noPlugins
  private pipeline: PipelineParts
  private readonly openLink: OpenLink
  private readonly capableTools: CapableTools
  /** Filled when plugins have joined; the catalogue reads it at every compilation. */
  private readonly listHooks: Hooks['preListTools'][] = []
  private readonly metaTools = new Map<string, MetaTool>()
  private readonly listChanges: ListChanges
  private readonly configListeners = new Set<() => void>()
  private policyVersion = 1
  private closing = false
  private startedSafe = false

  constructor(readonly ground: Ground) {
    const { store, log, source, options } = ground
    this.vault = options.vault ? watchVault(options.vault, (name) => this.secretChanged(name)) : null
    this.events = createEvents((cause, event) => log.error('A listener of events failed.', { event, cause }))
    this.connector = createHttpConnector({ log })
    this.capableTools = createCapableTools({ catalog: () => this.catalog, upstream: (id) => this.servers.upstream(id), log })
    this.openLink = createOpenLink({ http: this.connector.openLink })
    this.pipeline = this.wirePipeline(() => Promise.reject(notStarted()))
    const emit: Events['emit'] = (event, data) => this.events.emit(event, data)
    const onChange = () => this.invalidate()
    this.pause = createPause({ store, log, emit, contributions: () => this.plugins.contributions })
    this.clients = createClients({ store, emit, log, onChange: () => undefined, onRevoked: (client) => this.endSessionsOf(client.id) })
    this.groups = createGroups({ store, emit, onChange, clients: this.clients, servers: { list: () => this.servers.records() } })
    this.access = createAccess({
      server: (name) => this.servers.byName(name),
      group: (name) => this.groups.find(name),
      denies: this.denies(),
    })
    this.catalog = this.wireCatalog()
    this.servers = createServers({
      ...{ store, emit, log, onChange, trustHash, handshake: sharedHandshake, catalog: this.catalog, connectAfter: options.connectAfter },
      forgetServer: (id) => this.groups.forgetServer(id),
      createUpstream: (record, onStatus) => this.wireUpstream(record, onStatus),
      createProbe: (record) => this.wireProbe(record),
    })
    this.sessions = new Sessions(store.sessions, (session) => emit('session.closed', { session_id: session.id }))
    this.relay = new Relay(this.relayParts())
    this.listChanges = createListChanges({ sessions: this.sessions, catalog: this.catalog, log })
    this.downstream = this.wireDownstream()
    this.host = this.wireHost()
    source.onChange(() => this.configChanged())
  }

  /** Plugins first, since they govern; then upstreams, whose catalogue is known from the last time. */
  async start(): Promise<void> {
    const { options, source } = this.ground
    this.catalog.load()
    this.plugins = await startPlugins(options.plugins ?? [], this.host)
    const { contributions } = this.plugins
    this.listHooks.push(...collectHooks(options.hooks ?? {}, contributions).preListTools)
    this.pipeline = this.wirePipeline(wrapCall(upstreamCaller(this.relayParts()), contributions))
    if (!source.safeMode) requireEnforced(source.policy(), this.pipeline.hooks, contributions)
    for (const tool of [...this.ownTools(), ...this.pluginTools()]) this.metaTools.set(tool.definition.name, tool)
    this.invalidate()
    if (options.demo) await this.servers.seedDemo()
    this.startedSafe = source.safeMode
    await this.servers.start(source.safeMode ? 'skip' : source.current().startup_catalog)
  }

  /** From now on every call is refused, and those that wait for a person are given up. */
  refuseCalls(): void {
    this.closing = true
    this.events.emit('gateway.closing', {})
    this.relay.giveUpHeld()
  }

  /** Ends what `start` began, in reverse; each step in its own try. */
  async stop(): Promise<void> {
    this.listChanges.close()
    this.capableTools.close()
    this.sessions.close()
    await this.servers.close()
    await this.plugins.close()
    await this.connector.close()
    this.clients.flush()
    this.ground.source.close()
    this.ground.store.close()
  }

  /** Lists and decisions are computed anew, and clients whose lists differ are told. */
  invalidate(): void {
    this.policyVersion++
    this.access.reset()
    this.catalog.invalidate()
  }

  /** The strongest of what plugins say of this tool to this caller, the first among equals. */
  explain(tool: CatalogTool, caller: Pick<Subject, 'client' | 'group'>): PolicyDecision {
    const said = this.plugins.contributions.flatMap((contribution) => contribution.explain?.(tool, caller) ?? [])
    const strongest = (['deny', 'ask', 'allow'] as const).flatMap((effect) => said.find((decision) => decision.effect === effect) ?? [])
    return strongest[0] ?? { effect: 'allow', rule: 'none', reason: 'No policy is asked.' }
  }

  private configChanged(): void {
    this.invalidate()
    this.leaveSafeMode()
    for (const listener of this.configListeners) listener()
    this.events.emit('config.changed', { error: this.ground.source.error })
  }

  /** Upstreams were left alone in safe mode; a mended config starts them. */
  private leaveSafeMode(): void {
    const { source, log } = this.ground
    if (!this.startedSafe || source.safeMode || this.closing) return
    this.startedSafe = false
    this.servers
      .start(source.current().startup_catalog)
      .catch((cause: unknown) => log.error('Servers could not be started after safe mode.', { cause }))
  }

  /** Who uses it connects anew: the old value may be worth nothing by now. */
  private secretChanged(name: string): void {
    this.events.emit('secrets.changed', {})
    if (this.closing || this.ground.source.safeMode) return
    const users = this.servers.records().filter((record) => refersTo(record, name))
    for (const { id } of users) void this.servers.upstream(id)?.reconnect()
  }

  private wirePipeline(callUpstream: CallTool): PipelineParts {
    const hooks = collectHooks(this.ground.options.hooks ?? {}, this.plugins.contributions)
    return { hooks, callUpstream, callHash: (call) => this.host.callHash(call) }
  }

  private endSessionsOf(clientId: string): void {
    this.sessions
      .endClient(clientId)
      .catch((cause: unknown) => this.ground.log.error('Sessions of a client could not be ended.', { cause }))
  }

  /** Plugins join after `access` was made, so they are asked through this one. */
  private denies(): ((subject: Subject) => boolean)[] {
    return [(subject) => this.plugins.contributions.some((contribution) => contribution.denies?.(subject) === true)]
  }

  private wireCatalog(): Catalog {
    const { store, log, source } = this.ground
    return createCatalog({
      store: store.catalog,
      servers: { list: () => this.servers.records(), get: (id) => this.servers.record(id) },
      authorize: (subject) => this.access.authorize(subject),
      preListTools: this.listHooks,
      metaTools: () => [...this.metaTools.values()].map((tool) => tool.definition),
      pluginTools: () => this.pluginTools().map((tool) => tool.definition),
      listMode: () => source.current().list_mode,
      log,
      onChange: (serverIds) => this.catalogChanged(serverIds),
    })
  }

  private catalogChanged(serverIds: readonly string[]): void {
    this.access.reset()
    this.listChanges.changed()
    if (serverIds.length > 0) this.events.emit('catalog.changed', { server_ids: serverIds })
  }

  private wireUpstream(record: ServerRecord, onStatus: (status: UpstreamStatus) => void): Upstream {
    return createUpstream(record, {
      ...this.connecting(),
      onStatus: (status) => {
        onStatus(status)
        if (status.state === 'ready') this.resubscribe(record.id)
      },
      onCatalog: (catalog) => {
        this.catalog.put(catalog)
        this.capableTools.look(record.id)
      },
      onMessage: (incoming) => this.hearShared(record.id, incoming),
      onConnectError: (error) => void this.observeConnectError(error, record),
    })
  }

  /** A connection as any server's, of which nobody hears. */
  private wireProbe(record: ServerRecord): Upstream {
    const nothing = () => undefined
    return createUpstream(record, {
      ...this.connecting(),
      ...{ onStatus: nothing, onCatalog: nothing, onMessage: nothing, onConnectError: nothing },
    })
  }

  private connecting(): Pick<UpstreamParts, 'resolveTarget' | 'openLink' | 'log'> {
    const { log, source } = this.ground
    const folder = folderOf(source)
    return {
      resolveTarget: (server, context) =>
        resolveTarget({ hooks: this.pipeline.hooks, config: () => source.current(), vault: this.vault, folder }, server, context),
      openLink: this.openLink,
      log,
    }
  }

  private resubscribe(serverId: string): void {
    const upstream = this.servers.upstream(serverId)
    if (upstream) resubscribe(upstream, this.sessions.all()).catch(() => undefined) // lost again: its next "ready" tries anew
  }

  /** A shared connection belongs to no session: what cannot be attributed goes no further. */
  private hearShared(serverId: string, incoming: Incoming): void {
    if (incoming.kind !== 'notification' || incoming.method !== 'notifications/resources/updated') return
    // With a connection of its own a session hears it there.
    if (this.servers.record(serverId)?.sharing !== 'shared') return
    const uri = incoming.params?.uri
    const text = notificationText(incoming.method, incoming.params)
    for (const session of this.sessions.all())
      if (typeof uri === 'string' && session.subscriptions.get(uri) === serverId) session.tell(text)
  }

  private async observeConnectError(error: GatewayError, record: ServerRecord): Promise<void> {
    await Promise.allSettled(this.pipeline.hooks.connectError.map(async (hook) => hook(error, record)))
  }

  private relayParts(): RelayParts {
    return {
      catalog: this.catalog,
      upstream: (id) => this.servers.upstream(id),
      pipeline: () => this.pipeline,
      metaTool: (name) => this.metaTools.get(name),
      refusal: () => this.refusal(),
      paused: () => this.pause.refusal(),
      ownTimes: this.ownTimes,
      log: this.ground.log,
    }
  }

  private refusal(): GatewayError | undefined {
    if (this.closing) return new GatewayError('gateway.closing', 'The gateway is closing; call again when it is back.')
    if (!this.ground.source.safeMode) return undefined
    return new GatewayError(
      'config.safe_mode',
      `The gateway denies everything because its config cannot be read: ${this.ground.source.error ?? 'unknown reason'}`,
    )
  }

  private wireDownstream(): DownstreamParts {
    const { source, log } = this.ground
    return {
      sessions: this.sessions,
      relay: this.relay,
      serverInfo: () => ({ name: 'fast-gateway', title: source.current().name, version }),
      onOpened: (session) => this.sessionOpened(session),
      instructions: () => (source.current().list_mode === 'meta' ? metaInstructions : undefined),
      maxBodyBytes: () => source.current().max_body_mb * 1024 * 1024,
      log,
    }
  }

  private sessionOpened(session: Session): void {
    this.events.emit('session.opened', { session_id: session.id, client: session.client, group: session.group })
  }

  private wireHost(): PluginHost {
    const { store, log, source } = this.ground
    return createHost({
      ...{
        store,
        log,
        source,
        vault: this.vault,
        servers: this.servers,
        clients: this.clients,
        events: this.events,
        groups: this.groups,
        catalog: this.catalog,
        relay: this.relay,
      },
      folder: folderOf(source),
      policyVersion: () => this.policyVersion,
      rulesFor: (call) => this.rulesFor(call),
      invalidate: () => this.invalidate(),
      onConfigChange: (listener) => {
        this.configListeners.add(listener)
        return () => this.configListeners.delete(listener)
      },
    })
  }

  private rulesFor({ server, context }: ToolCall): unknown {
    const record = this.servers.byName(server)
    const group = context.group === null ? undefined : this.groups.find(context.group)
    const { id = '', enabled, allow, deny } = record ?? {}
    return [record && placeOf(record), enabled, allow, deny, group?.allow, group?.deny, group?.member_server_ids.includes(id)]
  }

  private pluginTools(): readonly MetaTool[] {
    return this.plugins.contributions.flatMap((contribution) => contribution.tools ?? [])
  }

  private ownTools(): readonly MetaTool[] {
    return createMetaTools({
      search: (query) => this.ground.store.catalog.search(query),
      view: (context) => this.catalog.view(context),
      callTool: (name, args, context, options) => this.host.callTool(name, args, context, options),
    })
  }
}

const folderOf = ({ file }: Pick<ConfigSource, 'file'>) => (file === null ? process.cwd() : dirname(file))

const metaInstructions = 'Tools are not listed here. Find them with search_tools, read one with describe_tool, run it with invoke_tool.'

const notStarted = () => new GatewayError('gateway.closing', 'The gateway has not started yet; try again in a moment.')
