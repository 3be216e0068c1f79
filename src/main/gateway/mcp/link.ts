import type { Credential, JsonText } from '../hooks'

/*
 * One open MCP session with one upstream, whatever carries it (Streamable HTTP, stdio, legacy SSE, built in).
 * Links relay; they neither decide nor retry nor reconnect: that is upstream.ts.
 */

export type RpcId = string | number
export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}
export type Params = Readonly<Record<string, unknown>>

/** An upstream's answer to one request: the result's text untouched, or its error (an `MCP error -N: ` prefix stripped). */
export type Reply = { readonly result: JsonText } | { readonly error: RpcError }

/** What an upstream says without being asked. */
export type Incoming =
  | { readonly kind: 'notification'; readonly method: string; readonly params: Params | undefined }
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: Params | undefined }

/** What one request to an upstream needs from its asker. */
export interface Exchange {
  /** Aborting sends `notifications/cancelled` and rejects with `call.cancelled`. */
  readonly signal?: AbortSignal
  /** Milliseconds without any word from the upstream on this request before it is cancelled and rejects with `upstream.timeout`. */
  readonly timeoutMs: number
  /** True: the link puts a progress token of its own into `_meta` and hands progress to `onMessage`. */
  readonly progress: boolean
  /** What the upstream sends on this request's own stream, and its progress. The progress token is already removed. */
  readonly onMessage?: (message: Incoming) => void
}

/** The upstream's initialize result, whole. */
export interface InitializeResult {
  readonly protocolVersion: string
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly serverInfo: Readonly<Record<string, unknown>>
  readonly instructions?: string
  readonly [field: string]: unknown
}

export interface Link {
  readonly initialized: InitializeResult
  /**
   * @param params without a progress token (`Exchange.progress` asks for one)
   * @throws GatewayError `upstream.timeout`, `upstream.closed` (died mid-call), `upstream.session_lost` (404: not processed),
   *   `upstream.unreachable`, `upstream.garbage`, `upstream.login_required`, `upstream.refused`, `call.cancelled`
   */
  request(method: string, params: Params | undefined, exchange: Exchange): Promise<Reply>
  notify(method: string, params?: Params): Promise<void>
  /** Answers a request of the upstream's. */
  respond(id: RpcId, answer: { readonly result: unknown } | { readonly error: RpcError }): Promise<void>
  /** Ends the session (HTTP: DELETE; stdio: the whole process tree) and rejects what is under way. Never throws. */
  close(): Promise<void>
}

/** What a link tells its owner outside of any request. */
export interface LinkEvents {
  onMessage(message: Incoming): void
  /** The session is over and no close() of ours ended it. Called at most once. */
  onClosed(reason: string): void
  /** Something worth a line in the log: noise on stdout, a line of stderr, a dropped message. */
  onNote(note: string): void
}

/** Whom we speak for: on a session's own link exactly what its client declared, on a shared one nothing. */
export interface Handshake {
  readonly protocolVersion: string
  readonly capabilities: Params
  readonly clientInfo: Params
}

/** A server's connection settings with every secret reference resolved and hooks applied. Lives in memory only. */
export interface Target {
  readonly transport: 'http' | 'sse' | 'stdio' | 'builtin'
  readonly name: string
  readonly url: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly command: string | null
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string | null
  readonly handshakeTimeoutMs: number
  /** Authorizes each request; remote transports only. */
  readonly credential?: Credential
}

/** Connects and shakes hands. @throws GatewayError as `Link.request` does, also when `signal` aborts */
export type OpenLink = (target: Target, handshake: Handshake, events: LinkEvents, signal: AbortSignal) => Promise<Link>
