import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GatewayError } from '../../shared/errors'
import type { GatewayEvent } from '../../shared/events'
import type {
  CatalogTool,
  ClientDraft,
  ClientPatch,
  ClientView,
  ClientWithToken,
  GatewayStatus,
  GroupDraft,
  GroupPatch,
  GroupRecord,
  ServerDraft,
  ServerPatch,
  ServerView,
} from '../../shared/records'
import { version } from '../../shared/version'
import type { ConfigSource, GatewayConfig } from './config'
import { configFromValues } from './config-file'
import { Core } from './core'
import type { Arguments, CallToolResult, Hooks } from './hooks'
import { callFor, requireGroup } from './host'
import { createDoors, isLoopback, type Doors } from './http/doors'
import { createServer } from './http/node-http'
import { keepLines, silentLog, type Log } from './log'
import { Asker } from './mcp/caller'
import type { Client, ClientCapabilities } from './mcp/sdk'
import type { Plugin, Principal } from './plugin'
import type { Vault } from './secrets'
import type { TestDraft } from './server-drafts'
import { statusOf } from './status'
import { createMemoryStore } from './store/memory'
import type { Store } from './store/store'

/** One function or several for each seam, run in this order before any plugin's. */
export type HookOptions = { readonly [Seam in keyof Hooks]?: Hooks[Seam] | readonly Hooks[Seam][] }

/** What a gateway is made of. Everything has a default: `createGateway()` is an empty gateway that forgets. */
export interface GatewayOptions {
  /** Default: a MemoryStore. */
  readonly store?: Store
  /** Asked before those of any plugin. */
  readonly hooks?: HookOptions
  /** Started in this order. Without `policyPlugin`, `approvalsPlugin` and `auditPlugin` there is no policy but your hooks, nobody to ask and no audit. */
  readonly plugins?: readonly Plugin[]
  /** Values of `gateway.json`, or an opened config file. `startup_catalog` defaults to `refresh` for values. */
  readonly config?: Partial<GatewayConfig> | ConfigSource
  /** What `${keychain:NAME}` draws on. Default: none, such a reference fails. */
  readonly vault?: Vault
  /** Default: silent. */
  readonly log?: Log
  /** Opens the admin API. Default: `admin_token` of the config unless it is a reference; without either the admin API answers 401 to everyone. */
  readonly adminToken?: string
  /** Decides approvals and trust. Default: nobody can over HTTP. */
  readonly approverToken?: string
  /**
   * Privileged changes that come over HTTP wait until a person confirms them over the in-process door (`admin(request, 'desktop')`,
   * `POST /changes/{id}/confirm`), for programs that have such a person. Default false.
   */
  readonly holdChanges?: boolean
  /** Adds the bundled demo server when the registry is new. Default false. */
  readonly demo?: boolean
  /**
   * With `startup_catalog: background`, servers are connected after this: what a program's person waits for may go first. A server
   * that is needed before is connected then. Default: at once.
   */
  readonly connectAfter?: Promise<unknown> | undefined
  /** `Host` values that the embedding program answers to besides loopback, such as `gateway.internal:8443`. */
  readonly allowedHosts?: readonly string[]
}

/** Where the gateway listens. */
export interface Listening {
  readonly host: string
  readonly port: number
  /** `http://127.0.0.1:PORT/mcp` */
  readonly endpoint: string
  /** `http://127.0.0.1:PORT/admin` */
  readonly adminUrl: string
  /** `http://127.0.0.1:PORT/docs` */
  readonly docsUrl: string
  /** `http://127.0.0.1:PORT/ui/` */
  readonly uiUrl: string
}

/** What the admin routes for servers need. Every change applies at once. */
export interface Servers {
  list(): ServerView[]
  get(id: string): ServerView
  create(draft: ServerDraft): Promise<ServerView>
  patch(id: string, patch: ServerPatch): Promise<ServerView>
  remove(id: string): Promise<void>
  /** Asks the upstream now; raw, unfiltered. @throws GatewayError `upstream.*` */
  tools(id: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Connects on a connection of its own and counts the tools. Never throws for an upstream's failure. */
  test(id: string): Promise<{ ok: true; tool_count: number } | { ok: false; error: string }>
  /** Connects as a draft says, without storing it. A failing server is a result. @throws GatewayError `input.invalid`, `auth.approver_required` for a command without a person, `limit.in_flight` */
  readonly testDraft: TestDraft
  /** Reconnects and re-introspects one server. */
  refresh(id: string): Promise<{ status: 'refreshed'; server_id: string; degraded: boolean }>
  /** Binds a person's trust to this hash of argv, env and cwd. @throws GatewayError `server.trust_stale` when it is not the present one */
  trust(id: string, hash: string): Promise<ServerView>
}

/** Groups, and who is in them. Every change applies at once. @throws GatewayError `group.not_found`, `group.name_taken`, `input.invalid` */
export interface Groups {
  list(): GroupRecord[]
  get(id: string): GroupRecord
  create(draft: GroupDraft): GroupRecord
  patch(id: string, patch: GroupPatch): GroupRecord
  setServers(id: string, serverIds: readonly string[]): GroupRecord
  remove(id: string): void
}

/** Agents and their tokens. @throws GatewayError `client.not_found`, `client.name_taken` */
export interface Clients {
  list(): ClientView[]
  create(draft: ClientDraft): ClientWithToken
  rotate(id: string): ClientWithToken
  /** What its token opens from now on; its sessions end. */
  patch(id: string, patch: ClientPatch): ClientView
  remove(id: string): void
}

/** Who calls, through which view, and for how long. */
export interface CallOptions {
  /** Only what this group shows. Default: everything. */
  readonly group?: string
  /** The name that policy and audit know the caller by. Default `library`. */
  readonly client?: string
  /** Aborting it cancels the call, upstream too. */
  readonly signal?: AbortSignal
  /** Milliseconds until the call is given up. Default: the server's `timeout_seconds` without any word from it. */
  readonly timeoutMs?: number
}

/** How an in-process client appears, and what it can be asked. */
export interface ClientOptions {
  readonly group?: string
  /** The name that policy and audit know it by. Default `library`. */
  readonly name?: string
  /** Declared to upstreams, such as `{ elicitation: {}, sampling: {} }`; set the handlers (`setRequestHandler`) before the first call. */
  readonly capabilities?: ClientCapabilities
}

/** A running gateway: one endpoint for every door, and everything that governs it. */
export interface Gateway {
  /** Resolves when plugins and upstreams have started; rejects with what kept them from it. Every other promise waits for it. */
  readonly ready: Promise<void>
  readonly servers: Servers
  readonly groups: Groups
  readonly clients: Clients
  status(): GatewayStatus
  /**
   * A node:http listener for every path of the gateway, relative to where it is mounted: in Express `app.use('/gateway', gateway.handler)`.
   * A body that a parser has read already (`req.body`) is taken from there. `this` is not needed. Answers 503 once the gateway is closed.
   */
  handler(req: IncomingMessage, res: ServerResponse): void
  /** A server of its own, once; port and host by default from the config, port 0 takes a free one. @throws the system's error, such as `EADDRINUSE` */
  listen(options?: { readonly host?: string; readonly port?: number }): Promise<Listening>
  /** The admin API in process: the door of the desktop app and of embedders. */
  admin(request: Request, principal: Principal): Promise<Response>
  /** What this caller sees; the answer comes from memory. @throws GatewayError `group.not_found` */
  listTools(options?: { readonly group?: string; readonly client?: string }): Promise<readonly CatalogTool[]>
  /** Through the whole pipeline. @throws GatewayError when refused or failed */
  callTool(name: string, args?: Arguments, options?: CallOptions): Promise<CallToolResult>
  /** An SDK client on an in-process session, initialized. Close it when done. @throws GatewayError `group.not_found`, `gateway.closing` */
  client(options?: ClientOptions): Promise<Client>
  /** Reconnects and re-introspects every server. */
  reload(): Promise<{ status: 'reloaded'; degraded: string[] }>
  /**
   * Refuses every new call of every door, and denies those that wait for a person, until `resume`; also over a restart. Lists go on,
   * and so do calls that an upstream is working on.
   */
  pause(): void
  /** @throws GatewayError `store.unavailable`; calls are then still paused */
  resume(): void
  /** Every event from now on. @returns the way to stop it */
  onEvent(listener: (event: GatewayEvent) => void): () => void
  /** Refuses new calls, waits for the running ones (at most `drainMs`, default 5,000), closes everything in reverse. */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

/** How long `close` waits for running calls unless told otherwise. */
export const drainMs = 5_000

/**
 * A gateway, wired and starting. Opens the store at once; plugins and upstreams start in the background (`ready`).
 * @throws GatewayError `store.locked`, `store.newer`, `store.unavailable`, `config.invalid`
 */
export function createGateway(options: GatewayOptions = {}): Gateway {
  const { log, lines: logLines } = keepLines(options.log ?? silentLog)
  const source = isSource(options.config) ? options.config : configFromValues({ startup_catalog: 'refresh', ...options.config })
  const store = options.store ?? createMemoryStore()
  store.open()
  const core = new Core({ options, source, store, log, logLines })
  const ready = core.start()
  ready.catch((cause: unknown) => log.error('The gateway could not start.', { cause }))
  return new RunningGateway(core, ready)
}

const isSource = (config: GatewayOptions['config']): config is ConfigSource =>
  typeof (config as ConfigSource | undefined)?.current === 'function'

class RunningGateway implements Gateway {
  readonly servers: Servers
  readonly groups: Groups
  readonly clients: Clients
  private readonly doors: Doors
  private readonly startedAt = new Date()
  private server: Server | undefined
  private listening: Listening | undefined
  private closed: Promise<void> | undefined
  private started = false
  private ended = false

  constructor(
    private readonly core: Core,
    readonly ready: Promise<void>,
  ) {
    this.servers = core.servers
    this.groups = core.groups
    this.clients = core.clients
    this.doors = createDoors(core, this)
    void ready.then(() => (this.started = true)).catch(() => undefined)
  }

  handler = (req: IncomingMessage, res: ServerResponse): void => {
    if (this.ended) notRunning(res)
    else if (this.started) this.doors.listener(req, res)
    else void this.ready.then(() => this.doors.listener(req, res)).catch(() => notRunning(res))
  }

  async listen(where: { readonly host?: string; readonly port?: number } = {}): Promise<Listening> {
    this.requireOpen()
    if (this.listening) throw new GatewayError('input.invalid', `The gateway listens already, at ${this.listening.endpoint}.`)
    const config = this.core.ground.source.current()
    const host = where.host ?? config.host
    refuseOpenDoor(host, config)
    this.doors.bind(host)
    const server = createServer(this.handler)
    const port = await bind(server, host, where.port ?? config.port)
    this.server = server
    const base = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    this.listening = {
      host,
      port,
      endpoint: base + config.mcp_path,
      adminUrl: base + config.admin_prefix,
      docsUrl: `${base}/docs`,
      uiUrl: `${base}/ui/`,
    }
    await this.ready
    return this.listening
  }

  async admin(request: Request, principal: Principal): Promise<Response> {
    await this.ready
    return (await this.doors.admin()).fetch(request, { principal })
  }

  async listTools({ group, client }: { readonly group?: string; readonly client?: string } = {}): Promise<readonly CatalogTool[]> {
    await this.ready
    return (await this.core.catalog.view(this.askerFor(group, client))).tools
  }

  async callTool(name: string, args: Arguments = {}, options: CallOptions = {}): Promise<CallToolResult> {
    await this.ready
    return callFor(this.core.relay, name, args, this.askerFor(options.group, options.client), options)
  }

  async client({ group, name = 'library', capabilities = {} }: ClientOptions = {}): Promise<Client> {
    await this.ready
    this.requireOpen()
    if (group !== undefined) requireGroup(this.core.groups, group)
    const [{ Client }, { InProcessTransport }] = await Promise.all([import('./mcp/sdk'), import('./mcp/in-process')])
    const client = new Client({ name, version }, { capabilities })
    await client.connect(new InProcessTransport(this.core.downstream, { client: name, group: group ?? null }))
    return client
  }

  async reload(): Promise<{ status: 'reloaded'; degraded: string[] }> {
    await this.ready
    return { status: 'reloaded', degraded: await this.core.servers.reload() }
  }

  pause(): void {
    this.core.pause.pause()
  }

  resume(): void {
    this.core.pause.resume()
  }

  onEvent(listener: (event: GatewayEvent) => void): () => void {
    return this.core.events.on(listener)
  }

  status(): GatewayStatus {
    return statusOf(this.core, this.startedAt, this.listening)
  }

  close(options: { readonly drainMs?: number } = {}): Promise<void> {
    this.closed ??= this.shutDown(options.drainMs ?? drainMs)
    return this.closed
  }

  private async shutDown(patienceMs: number): Promise<void> {
    this.core.refuseCalls()
    await this.ready.catch(() => undefined)
    await drained(() => this.core.relay.callsInFlight(), patienceMs)
    this.server?.close()
    await this.core.stop()
    this.ended = true
    this.server?.closeAllConnections()
  }

  private requireOpen(): void {
    if (this.closed) throw new GatewayError('gateway.closing', 'The gateway is closed; create another one.')
  }

  private askerFor(group: string | undefined, client = 'library'): Asker {
    if (group !== undefined) requireGroup(this.core.groups, group)
    return new Asker(client, group ?? null, 'library', undefined, undefined, {})
  }
}

/** @throws GatewayError `config.invalid` when the endpoint would be open to a network without tokens */
function refuseOpenDoor(host: string, config: GatewayConfig): void {
  if (isLoopback(host) || config.mcp_auth === 'token') return
  throw new GatewayError('config.invalid', `Refusing to listen on ${host} without tokens: set "mcp_auth": "token", or listen on 127.0.0.1.`)
}

const notRunning = (res: ServerResponse): void => void res.writeHead(503, { connection: 'close' }).end('The gateway is not running.\n')

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Looks every 20 ms whether nothing runs any more. */
async function drained(running: () => number, patienceMs: number): Promise<void> {
  const end = Date.now() + patienceMs
  while (running() > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
}
