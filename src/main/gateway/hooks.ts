import type { GatewayError } from '../../shared/errors'
import type { CatalogTool, ServerRecord } from '../../shared/records'

/*
 * The seven seams of the gateway: contexts, verdicts, signatures. Types only.
 * Hooks run in registration order, frozen at start. A `pre*` or `confirmation` hook that throws denies;
 * `toolError` and `connectError` observe and can neither mask nor change what happened.
 */

/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>
/** Arguments of a tool call, as the client sent them or a hook changed them. */
export type Arguments = Readonly<Record<string, unknown>>

/** Which way a request came in: MCP, a meta-tool inside MCP, the REST API, or the program that embeds the gateway. */
export type Door = 'mcp' | 'meta' | 'rest' | 'library'

/** Who asks. `client` is the client's name; `group` the view that was opened, null for everything. */
export interface RequestContext {
  readonly client: string
  readonly group: string | null
  readonly sessionId: string | null
  readonly door: Door
  /** True when the client declared sampling, elicitation or roots: some servers show more tools then. */
  readonly capable?: boolean
  /** Headers of the HTTP request that carried it, lower-case names, without credentials and cookies. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** One call of one tool. Immutable: a hook changes the arguments only by returning them in its verdict. */
export interface ToolCall {
  readonly server: string
  /** The upstream's own name of the tool. */
  readonly tool: string
  /** The name that the client used. */
  readonly exposedName: string
  readonly definition: CatalogTool
  readonly arguments: Arguments
  readonly context: RequestContext
  /** Aborts when the caller cancels or goes away. */
  readonly signal: AbortSignal
  /** True when the caller gave a progress token, so that a long wait can be told. */
  readonly tellsProgress: boolean
}

/** What a `preToolCall` hook says; nothing is the same as `continue`. `reason` reaches person and model, `rule` the audit. Changed `arguments` go on to the next hook. */
export type Verdict =
  | { readonly decision: 'continue'; readonly arguments?: Arguments; readonly rule?: string }
  | { readonly decision: 'confirm'; readonly reason: string; readonly rule?: string; readonly arguments?: Arguments }
  | { readonly decision: 'deny'; readonly reason: string; readonly rule?: string }

/** A tool's result as hooks see it. Fields that MCP does not name (`_meta`, extensions) are there too, untouched. */
export interface CallToolResult {
  readonly content?: readonly unknown[]
  readonly structuredContent?: unknown
  readonly isError?: boolean
  readonly [extension: string]: unknown
}

/** JSON text of one value exactly as the upstream sent it: a Buffer holds UTF-8 (used when large). */
export type JsonText = string | Buffer

/** What came of a call that ran: the result's own text, parsed only by who needs it. */
export interface ToolOutcome {
  readonly result: JsonText
  /** True when the result says `isError`. */
  readonly isError: boolean
}

/** Why a call was let through, for the audit: `default`, `rules[2]`, or what the confirmation hook said (`approval:ID`). */
export interface Decision {
  readonly effect: 'allow' | 'approved'
  readonly by: string
}

/** A call on its last step: governed, confirmed, about to reach the upstream. What `around` wraps. */
export type CallTool = (call: ToolCall, decision: Decision) => Promise<ToolOutcome>

/** For whom a connection is opened. */
export interface ConnectContext {
  /** Null for the gateway's own connection (introspection, shared connections). */
  readonly request: RequestContext | null
}

/** What authorizes the requests of a remote connection while it lasts: tokens come and go, the connection stays. */
export interface Credential {
  /** The value of the Authorization header of the next request. @throws GatewayError; nothing is sent then */
  authorization(): Awaitable<string>
  /**
   * The upstream refused a request with this value: 401, or 403 because its scope is too small.
   * @param challenge its WWW-Authenticate. @returns whether the request may be sent once more. @throws GatewayError, told in place of the answer
   */
  refused(authorization: string, status: number, challenge: string | undefined): Awaitable<boolean>
}

/** Merged over the server's own settings; a later hook's header, time-out or credential wins. */
export interface ConnectSettings {
  readonly headers?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Goes before an Authorization header. */
  readonly credential?: Credential
}

/**
 * What a confirmation hook says yes with; `by` is written to the audit. Plain `true` is a yes without a name. `arguments` are those
 * that the person wants instead: every other confirmation hook is asked about them, every `preToolCall` hook may still refuse them.
 */
export type Confirmed = boolean | { readonly by: string; readonly arguments?: Arguments }

/** The seven seams. Each may be synchronous or not, and is asked in registration order. */
export interface Hooks {
  /** Before a connection to an upstream is opened. A throw fails that connection. */
  preMcpConnect(server: ServerRecord, context: ConnectContext): Awaitable<ConnectSettings | void>
  /** On every compiled list; must depend on its arguments only until `host.invalidate()` is called. */
  preListTools(tools: readonly CatalogTool[], context: RequestContext): Awaitable<readonly CatalogTool[]>
  preToolCall(call: ToolCall): Awaitable<Verdict | void>
  /**
   * Asked once per call, on the final arguments; again when another confirmation hook has changed them since. False, a throw or
   * nobody registered = denied; a GatewayError's message reaches the model. `rule`: what asked, joined by "; "; null when unnamed.
   */
  confirmation(call: ToolCall, reason: string, rule: string | null): Awaitable<Confirmed>
  /** On success only; may replace the result. Registering one makes the gateway parse every result. */
  postToolCall(result: CallToolResult, call: ToolCall): Awaitable<CallToolResult | void>
  toolError(error: GatewayError, call: ToolCall): Awaitable<void>
  connectError(error: GatewayError, server: ServerRecord): Awaitable<void>
}

/** Every hook of a running gateway, by seam, in registration order. */
export type HookList = { readonly [Seam in keyof Hooks]: readonly Hooks[Seam][] }
