import type { Hono } from 'hono'
import type { HeldChange } from '../../shared/changes'
import { GatewayError } from '../../shared/errors'
import type { GatewayEvent, GatewayEvents, EventName } from '../../shared/events'
import type { CatalogTool, PolicyDecision, PolicyDocument } from '../../shared/records'
import type { GatewayConfig } from './config'
import type { Arguments, Awaitable, CallTool, CallToolResult, HookList, Hooks, RequestContext, ToolCall } from './hooks'
import type { Servers } from './gateway'
import type { Log } from './log'
import type { Vault } from './secrets'
import type { Store } from './store/store'

/** One of a server's things that may be listed, called or read. */
export type Kind = 'tool' | 'prompt' | 'resource'

/** What a decision is about: who, through which group, and which thing of which server. */
export interface Subject {
  readonly client: string
  readonly group: string | null
  readonly server: string
  readonly kind: Kind
  /** Bare name of tool or prompt; URI of a resource. */
  readonly name: string
}

/** Who speaks to the admin API, put into Hono's `env` by the door that the request came through. */
export type Principal = 'admin' | 'approver' | 'desktop'
/** The environment of the admin API's Hono apps: `new Hono<AdminEnv>()`. */
export interface AdminEnv {
  readonly Bindings: {
    readonly principal: Principal
    /** The request waits for a person from now on; its door may tell who asked. */
    onHeld?(): void
  }
}

/** A request of the admin API's, as far as it says what it would change. */
export interface ChangeRequest {
  /** The `{…}` of the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, readonly string[]>>
  /** Parsed, not checked; undefined when nothing was sent. */
  readonly body: unknown
}

/** What a change would do, for the person who decides about it. `about` is compared too before it happens, but not shown. */
export interface ChangeDraft extends Pick<HeldChange, 'kind' | 'title' | 'details'> {
  readonly about?: unknown
}

/** How a route that changes something is treated while changes over HTTP are held (`holdChanges`). `{id}` in `path` is any one segment. */
export type HoldRule = {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
} & (
  | {
      /** Why nobody has to confirm it. */
      readonly passes: string
    }
  | {
      /**
       * Looks at a request before its route does, and again when it was confirmed: anything else than before is not done.
       * Undefined: it lets nothing more through than before, and passes. @throws GatewayError, the answer to whoever asked
       */
      describe(request: ChangeRequest): Awaitable<ChangeDraft | undefined>
    }
)

/** A tool of the gateway's own, listed beside the upstreams' and never group-restricted. */
export interface MetaTool {
  readonly definition: {
    readonly name: string
    readonly description: string
    readonly inputSchema: Readonly<Record<string, unknown>>
    readonly [field: string]: unknown
  }
  call(args: Arguments, context: RequestContext, signal: AbortSignal): Promise<CallToolResult>
}

/** What a plugin may use of the gateway. */
export interface PluginHost {
  readonly store: Store
  readonly log: Log
  /** Where `${keychain:NAME}` looks; null: nowhere. */
  readonly vault: Vault | null
  /** The registry of servers, as the admin API has it. */
  readonly servers: Pick<Servers, 'list' | 'create' | 'remove' | 'refresh'>
  /** A setting with its `${env:}`, `${file:}` and `${keychain:}` references resolved. @throws GatewayError `secret.unresolved`, naming `field` */
  resolveSecret(text: string, field: string): Promise<string>
  /** The configuration in force; read it when needed, it changes. */
  config(): GatewayConfig
  /** The policy in force: inline or from `policy_file`. */
  policy(): PolicyDocument
  /** Writes a new policy where the present one lives (file or config) and takes it into force. */
  savePolicy(policy: PolicyDocument): Promise<void>
  /** Runs after every change of config or policy. @returns the way to stop it */
  onConfigChange(listener: () => void): () => void
  /** Something that lists or decisions depend on has changed: both are computed anew and clients are told. */
  invalidate(): void
  /** Grows with everything that may change a decision, for memos; counts from the start of the process. */
  policyVersion(): number
  /** What an approval is bound to: SHA-256 (hex) of client, group, server, tool, canonical arguments, and the present definition, policy and rules. */
  callHash(call: ToolCall): string
  /**
   * What a standing permission is bound to besides these names: SHA-256 (hex) of the client (and its token), the group and the server
   * (and where it is) that stand behind them now. Another of the same name has another.
   */
  nameHash(names: { readonly client: string; readonly group: string | null; readonly server: string }): string
  /** Hears every event from now on, in the turn in which it happens. @returns the way to stop it */
  onEvent(listener: (event: GatewayEvent) => void): () => void
  emit<Name extends EventName>(event: Name, data: GatewayEvents[Name]): void
  /** Every tool of the catalogue, before any filter. */
  catalogTools(): readonly CatalogTool[]
  /** The tools that this caller sees. */
  listTools(context: RequestContext): Promise<readonly CatalogTool[]>
  /** Through the whole pipeline. @throws GatewayError when refused or failed; a result may still say `isError` */
  callTool(
    name: string,
    args: Arguments,
    context: RequestContext,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<CallToolResult>
  /** @throws GatewayError `group.not_found` */
  requireGroup(name: string): void
}

/** What a plugin adds. `routes` are mounted at `/admin/<plugin name>`, behind the admin API's guards. */
export interface Contribution {
  readonly hooks?: Partial<Hooks>
  /** Wraps the upstream call, inside governance: retry, circuit breaking, audit. The first registered is the outermost. */
  around?(next: CallTool): CallTool
  /** Takes part in `authorize`: true denies. Memoised until `host.invalidate()`. */
  denies?(subject: Subject): boolean
  /** What `preToolCall` would say of this tool to this caller, whatever the arguments: for showing to a person, decides nothing. */
  explain?(tool: CatalogTool, caller: Pick<Subject, 'client' | 'group'>): PolicyDecision
  /** An app; or what loads it when the admin API is first asked, since Hono and its schemas cost time that start-up does not have. */
  readonly routes?: Hono<AdminEnv> | (() => Promise<Hono<AdminEnv>>)
  /**
   * Says of every route that changes something whether a person confirms it (paths without the plugin's name); loaded with `routes`.
   * One that is not here is refused while changes are held.
   */
  readonly holds?: readonly HoldRule[] | (() => Promise<readonly HoldRule[]>)
  readonly tools?: readonly MetaTool[]
  /** Takes what a browser brings to `/oauth/callback`; nothing of it is shown. @returns whether it was expected and has done its work */
  callback?(query: URLSearchParams): Promise<boolean>
  /** All calls have been paused: what waits for a person is denied. */
  pause?(): void
  close?(): Awaitable<void>
}

/** Something that is built into a gateway before it starts: hooks, tools, routes, in one place. */
export interface Plugin {
  /** Lower-case letters, digits and `-`; no other plugin's, and no noun of the admin API, under which its routes are mounted. */
  readonly name: string
  /** Called once, in the order of the plugins. A throw keeps the gateway from starting. */
  contribute(host: PluginHost): Awaitable<Contribution>
}

/** What all plugins together add, in registration order. */
export interface Plugins {
  readonly contributions: readonly (Contribution & { readonly name: string })[]
  /** In reverse, each in its own try: one that fails does not keep the others open. */
  close(): Promise<void>
}

/** What the admin API has below its prefix: a plugin of such a name would hide behind it, or hide it. */
const adminNouns: ReadonlySet<string> = new Set([
  ...['servers', 'groups', 'clients', 'status', 'reload', 'events', 'openapi.json'],
  ...['changes', 'pause', 'resume', 'catalog', 'stats', 'secrets', 'settings', 'diagnostics'],
])

/**
 * Starts the plugins in order; when one fails, those before it are closed and its error is thrown.
 * @throws GatewayError `config.invalid` for a name that cannot be used, before any has started
 */
export async function startPlugins(plugins: readonly Plugin[], host: PluginHost): Promise<Plugins> {
  checkNames(plugins.map((plugin) => plugin.name))
  const contributions: (Contribution & { name: string })[] = []
  const close = async () => {
    for (const contribution of contributions.splice(0).reverse()) await closeOne(contribution, host.log)
  }
  for (const plugin of plugins) {
    try {
      contributions.push(withName(await plugin.contribute(host), plugin.name))
    } catch (thrown) {
      await close()
      throw thrown
    }
  }
  return { contributions, close }
}

function checkNames(names: readonly string[]): void {
  names.forEach((name, index) => {
    const flaw = names.indexOf(name) < index ? 'is used by two plugins' : flawOf(name)
    if (flaw === undefined) return
    throw new GatewayError('config.invalid', `The plugin name "${name.slice(0, 64)}" ${flaw}; give the plugin another name.`)
  })
}

function flawOf(name: string): string | undefined {
  if (adminNouns.has(name)) return 'is a noun of the admin API'
  return /^[a-z0-9][a-z0-9-]{0,63}$/.test(name) ? undefined : 'is not made of lower-case letters, digits and "-" (at most 64)'
}

/** Inherits, not copies: what a class brings as methods counts too, and keeps its `this`. */
const withName = (contribution: Contribution, name: string): Contribution & { name: string } =>
  Object.create(contribution, { name: { value: name, enumerable: true } }) as Contribution & { name: string }

async function closeOne(contribution: Contribution & { name: string }, log: Log): Promise<void> {
  try {
    await contribution.close?.()
  } catch (cause) {
    log.error(`The plugin ${contribution.name} failed to close.`, { cause })
  }
}

const seams = ['preMcpConnect', 'preListTools', 'preToolCall', 'confirmation', 'postToolCall', 'toolError', 'connectError'] as const

/** The routes of a plugin, loaded, and what is held of them. */
export interface PluginRoutes {
  readonly name: string
  readonly routes: Hono<AdminEnv>
  readonly holds?: readonly HoldRule[]
}

/** The routes of every plugin that has some, loaded. */
export async function loadRoutes({ contributions }: Pick<Plugins, 'contributions'>): Promise<PluginRoutes[]> {
  const loaded = contributions.map(async ({ name, routes, holds = [] }) => {
    const app = typeof routes === 'function' ? await routes() : routes
    return app ? [{ name, routes: app, holds: typeof holds === 'function' ? await holds() : holds }] : []
  })
  return (await Promise.all(loaded)).flat()
}

/** The hooks handed in first, then every plugin's, in registration order; frozen. */
export function collectHooks(own: GivenHooks, contributions: readonly Contribution[]): HookList {
  const list: Record<string, readonly unknown[]> = {}
  for (const seam of seams) {
    const added = contributions.map((contribution) => contribution.hooks)
    list[seam] = Object.freeze([own, ...added].flatMap((hooks) => boundHooks(hooks, seam)))
  }
  return Object.freeze(list) as unknown as HookList
}

type GivenHooks = { readonly [Seam in keyof Hooks]?: Hooks[Seam] | readonly Hooks[Seam][] }

/** Bound, so that hooks may be methods of an object with a state of its own. */
const boundHooks = (hooks: GivenHooks | undefined, seam: keyof Hooks): readonly unknown[] =>
  [hooks?.[seam] ?? []].flat().map((hook) => hook.bind(hooks) as unknown)

/** Wraps the upstream call with every plugin's `around`; the first registered is the outermost. */
export const wrapCall = (inner: CallTool, contributions: readonly Contribution[]): CallTool =>
  contributions.reduceRight<CallTool>((next, contribution) => contribution.around?.(next) ?? next, inner)

/**
 * A policy that is written down and asked by nobody would allow everything in silence.
 * @throws GatewayError `config.invalid`
 */
export function requireEnforced(policy: PolicyDocument, hooks: HookList, contributions: readonly Contribution[]): void {
  const { deny, confirm = [], rules } = policy
  const saysNothing = policy.default === 'allow' && deny.length + confirm.length + rules.length === 0
  const isAsked = hooks.preToolCall.length > 0 || contributions.some(({ denies }) => denies !== undefined)
  if (saysNothing || isAsked) return
  throw new GatewayError(
    'config.invalid',
    'The config has a policy that nothing enforces: give createGateway "plugins: bundledPlugins()", or take the policy out of the config.',
  )
}
