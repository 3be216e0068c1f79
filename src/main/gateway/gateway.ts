import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { GatewayEvent } from '../../shared/events'
import type {
  CatalogTool,
  ClientDraft,
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
import type { ConfigSource, GatewayConfig } from './config'
import type { Arguments, CallToolResult, Hooks } from './hooks'
import type { Log } from './log'
import type { Plugin, Principal } from './plugin'
import type { Vault } from './secrets'
import type { Store } from './store/store'

/** One function or several for each seam, run in this order before any plugin's. */
export type HookOptions = { readonly [Seam in keyof Hooks]?: Hooks[Seam] | readonly Hooks[Seam][] }

export interface GatewayOptions {
  /** Default: a MemoryStore. */
  readonly store?: Store
  readonly hooks?: HookOptions
  readonly plugins?: readonly Plugin[]
  /** Values of `gateway.json`, or an opened config file. `startup_catalog` defaults to `refresh` for values. */
  readonly config?: Partial<GatewayConfig> | ConfigSource
  readonly vault?: Vault
  readonly log?: Log
  /** Opens the admin API. Default: `admin_token` of the config; without either the admin API answers 401 to everyone. */
  readonly adminToken?: string
  /** Decides approvals and trust. Default: nobody can over HTTP. */
  readonly approverToken?: string
  /** Adds the bundled demo server when the registry is new. Default false. */
  readonly demo?: boolean
}

export interface Listening {
  readonly host: string
  readonly port: number
  /** `http://127.0.0.1:PORT/mcp` */
  readonly endpoint: string
  readonly adminUrl: string
  readonly docsUrl: string
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
  /** Reconnects and re-introspects one server. */
  refresh(id: string): Promise<{ status: 'refreshed'; server_id: string; degraded: boolean }>
  /** Binds a person's trust to this hash of argv, env and cwd. @throws GatewayError `server.trust_stale` when it is not the present one */
  trust(id: string, hash: string): Promise<ServerView>
}

export interface Groups {
  list(): GroupRecord[]
  get(id: string): GroupRecord
  create(draft: GroupDraft): GroupRecord
  patch(id: string, patch: GroupPatch): GroupRecord
  setServers(id: string, serverIds: readonly string[]): GroupRecord
  remove(id: string): void
}

export interface Clients {
  list(): ClientView[]
  create(draft: ClientDraft): ClientWithToken
  rotate(id: string): ClientWithToken
  remove(id: string): void
}

export interface Gateway {
  readonly servers: Servers
  readonly groups: Groups
  readonly clients: Clients
  status(): GatewayStatus
  /** A node:http listener for every path of the gateway; mountable in Express, Fastify or Hono. */
  handler(req: IncomingMessage, res: ServerResponse): void
  listen(options?: { readonly host?: string; readonly port?: number }): Promise<Listening>
  /** The admin API in process: the door of the desktop app and of embedders. */
  admin(request: Request, principal: Principal): Promise<Response>
  listTools(options?: { readonly group?: string; readonly client?: string }): Promise<readonly CatalogTool[]>
  /** Through the whole pipeline. @throws GatewayError when refused or failed */
  callTool(name: string, args?: Arguments, options?: { readonly group?: string; readonly client?: string; readonly signal?: AbortSignal; readonly timeoutMs?: number }): Promise<CallToolResult>
  /** An SDK client on an in-process session. Close it when done. */
  client(options?: { readonly group?: string; readonly name?: string }): Promise<Client>
  /** Reconnects and re-introspects every server. */
  reload(): Promise<{ status: 'reloaded'; degraded: string[] }>
  /** @returns the way to stop it */
  onEvent(listener: (event: GatewayEvent) => void): () => void
  /** Refuses new calls, waits for the running ones (at most `drainMs`, default 5,000), closes everything in reverse. */
  close(options?: { readonly drainMs?: number }): Promise<void>
}
