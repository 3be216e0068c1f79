import type { IncomingHttpHeaders } from 'node:http'
import type { Door, JsonText, RequestContext } from '../hooks'
import type { Params, RpcError, RpcId } from './link'
import { notificationText } from './message'
import type { Session } from './session'

/** Seconds between two signs of life while a person decides (PROTOCOL: 10 to 15). */
export const heartbeatMs = 10_000

/** Where the answer to one request goes, and what is said on the way. One of `reply` and `fail` ends it. */
export interface Answer {
  reply(result: JsonText): void
  fail(error: RpcError): void
  /** Says something that belongs to this request. @returns whether the client can still hear it */
  send(message: string): boolean
  /** Opens the stream now, because it will take a while. */
  open(): void
  /** Called when the client goes away before the answer; a held call must not run any more. */
  onGone?: (() => void) | undefined
  /** True while a person decides: the client's going away then withdraws the call. */
  held: boolean
}

/** Inbound credentials stay with us (security law 5). */
const credentials = new Set(['authorization', 'proxy-authorization', 'cookie', 'mcp-session-id'])

/** Capabilities of a client that let a server ask it something. */
const asking = ['sampling', 'elicitation', 'roots']

/** Who asks, in the form that hooks see, with what the relay needs to answer them. */
export class Asker implements RequestContext {
  private shown: RequestContext['headers'] | undefined

  constructor(
    readonly client: string,
    readonly group: string | null,
    readonly door: Door,
    readonly session: Session | undefined,
    readonly caller: Caller | undefined,
    private readonly raw: IncomingHttpHeaders,
  ) {}

  get sessionId(): string | null {
    return this.session?.id ?? null
  }

  get capable(): boolean {
    return this.session !== undefined && asking.some((capability) => this.session?.record.capabilities[capability] !== undefined)
  }

  get headers(): RequestContext['headers'] {
    this.shown ??= Object.fromEntries(Object.entries(this.raw).filter(([name]) => !credentials.has(name)))
    return this.shown
  }

  /** The same person through a meta-tool: one pass through the pipeline, but said in the audit. */
  through(door: Door): Asker {
    return new Asker(this.client, this.group, door, this.session, this.caller, this.raw)
  }
}

/** One request of a client: its answer and its progress, which must rise strictly whoever reports it. */
export class Caller {
  readonly progressToken: RpcId | undefined
  /** The request's `_meta` without the progress token, which would collide with others upstream. */
  readonly meta: Params | undefined
  private last = Number.NEGATIVE_INFINITY

  constructor(
    readonly answer: Answer,
    meta: Params | undefined,
  ) {
    const token = meta?.progressToken
    this.progressToken = typeof token === 'string' || typeof token === 'number' ? token : undefined
    this.meta = withoutToken({ _meta: meta })._meta as Params | undefined
  }

  /** Passes an upstream's progress on under the client's own token. */
  progress(params: Params): void {
    if (this.progressToken === undefined) return
    const said = typeof params.progress === 'number' ? params.progress : 0
    this.last = said > this.last ? said : this.last + 1e-6
    this.answer.send(notificationText('notifications/progress', { ...params, progressToken: this.progressToken, progress: this.last }))
  }

  /** Keeps the client patient while a person decides. @returns ends it */
  hold(): () => void {
    const since = Date.now()
    this.answer.held = true
    this.answer.open()
    const beat = () => this.progressSoFar(Math.round((Date.now() - since) / 1000))
    beat()
    const timer = setInterval(beat, heartbeatMs)
    timer.unref()
    return () => {
      this.answer.held = false
      clearInterval(timer)
    }
  }

  private progressSoFar(seconds: number): void {
    const next = Number.isFinite(this.last) ? this.last + 0.001 : 0.001
    this.progress({ progress: next, message: `waiting for approval in Fast Gateway, ${seconds} s` })
  }
}

/** Parameters without the client's progress token; each link sets one of its own. */
export function withoutToken(params: Params): Params {
  const meta = params._meta as Params | undefined
  if (meta?.progressToken === undefined) return params
  const { progressToken: _token, ...rest } = meta
  const { _meta, ...others } = params
  return Object.keys(rest).length === 0 ? others : { ...others, _meta: rest }
}
