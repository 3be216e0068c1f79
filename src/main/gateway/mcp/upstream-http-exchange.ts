import { GatewayError } from '../../../shared/errors'
import { ByteCollector } from './byte-collector'
import type { Deadlines, Waiting } from './deadlines'
import type { Exchange, Incoming, Params, Reply, RpcId } from './link'
import { readUpstreamMessage, requestText } from './message'
import type { SseEvent, SseReader } from './sse'
import { createSseReader } from './sse'
import { refusalOf } from './upstream-http-refusal'
import type { RunningCall, Place, RawHeaders, Receiver } from './upstream-http-wire'
import { bodyKind, failureOf, httpLimits, usableId } from './upstream-http-wire'

/** What one request needs of its link. */
export interface ExchangeHost {
  readonly place: Place
  readonly deadlines: Deadlines
  /** Whether requests name a session. */
  readonly inSession: boolean
  post(body: string, receiver: Receiver): RunningCall
  listen(lastEventId: string | undefined, receiver: Receiver): RunningCall
  /** An answer came on the stream of this or another request. */
  answered(id: RpcId | null, reply: Reply): void
  heard(message: Incoming, bytes: number, exchange: HttpExchange): void
  /** Whether more is being said than is taken. */
  isFlooded(): boolean
  /** Tells the upstream that nobody waits any more. */
  withdraw(id: number, reason: string): void
  /** The session or the login is over. */
  lost(error: GatewayError): void
  forget(exchange: HttpExchange): void
}

/** What an answer turned out to be. */
type Mode = 'json' | 'events' | 'refusal'

/**
 * One JSON-RPC request over Streamable HTTP: its POST, the JSON or the events that answer it, the stream taken up again when it
 * breaks (SEP-1699), its time-out and its cancellation. Settles exactly once.
 */
export class HttpExchange implements Receiver, Waiting {
  deadline = 0
  slot: number | undefined
  /** Belongs to the link. */
  pendingSlot = -1
  /** Of the answer to the POST. */
  headers: RawHeaders = []
  private readonly body = new ByteCollector()
  private call: RunningCall | undefined
  private mode: Mode = 'json'
  private status = 0
  private reader: SseReader | undefined
  private settled = false
  /** No request of ours is under way. */
  private idle = false
  private resuming = false
  private lastEventId: string | undefined
  private retryMs: number | undefined
  private tries = 0
  private resumeTimer: NodeJS.Timeout | undefined
  /** A function: for an object Node makes one, in a way that V8 takes for long-lived (`x.y = () => …`), and all that it leads to. */
  private readonly onAbort = () => this.giveUp(new GatewayError('call.cancelled', 'The call was cancelled.'), 'The caller cancelled.')

  constructor(
    private readonly host: ExchangeHost,
    readonly id: number,
    private readonly method: string,
    readonly asked: Exchange,
    private readonly resolve: (reply: Reply) => void,
    private readonly reject: (error: GatewayError) => void,
  ) {}

  start(params: Params | undefined): void {
    const text = requestText(this.id, this.method, this.asked.progress ? withToken(params, this.id) : params)
    this.touch()
    this.host.deadlines.add(this)
    this.asked.signal?.addEventListener('abort', this.onAbort)
    this.call = this.host.post(text, this)
  }

  /** The upstream has spoken: its time begins anew. */
  touch(): void {
    if (!this.settled) this.deadline = performance.now() + this.asked.timeoutMs
  }

  settle(reply: Reply): void {
    if (this.settled) return
    this.finish()
    this.resolve(reply)
  }

  /** Gives up, and the connection with it. */
  fail(error: GatewayError): void {
    if (this.settled) return
    this.finish()
    this.call?.abort()
    this.host.deadlines.remove(this)
    this.reject(error)
  }

  onDeadline(): void {
    if (this.settled) return this.call?.abort()
    const seconds = Math.round(this.asked.timeoutMs / 100) / 10
    const message = `${this.host.place.server} said nothing for ${seconds} s on ${this.method}; raise its timeout_seconds if it needs longer.`
    this.giveUp(new GatewayError('upstream.timeout', message), 'No answer in time.')
  }

  private giveUp(error: GatewayError, reason: string): void {
    if (this.settled) return
    const mayRun = this.call?.wasSent === true && this.method !== 'initialize' // which must not be cancelled
    this.fail(error)
    if (mayRun) this.host.withdraw(this.id, reason)
  }

  private finish(): void {
    this.settled = true
    this.host.forget(this)
    this.asked.signal?.removeEventListener('abort', this.onAbort)
    clearTimeout(this.resumeTimer)
    if (this.idle) return this.host.deadlines.remove(this)
    // What still comes should end now; it may take a moment, but not for ever.
    this.deadline = performance.now() + httpLimits.lingerMs
    this.host.deadlines.add(this)
  }

  onStart(status: number, headers: RawHeaders): void {
    this.touch()
    this.status = status
    this.headers = headers
    const kind = status < 300 ? bodyKind(headers) : 'other'
    this.mode = kind === 'other' ? 'refusal' : kind
    if (this.resuming && kind !== 'events') this.notResumed(status)
    else if (kind === 'events') this.reader = createSseReader({ maxEventBytes: httpLimits.messageBytes })
  }

  onChunk(chunk: Buffer): boolean {
    if (this.mode === 'events') return this.onEvents(chunk)
    this.touch()
    const limit = this.mode === 'json' ? httpLimits.messageBytes : httpLimits.refusalBytes
    if (this.body.length + chunk.length > limit) this.tooLong()
    else this.body.append(chunk)
    return true
  }

  onEnd(): void {
    this.idle = true
    if (this.settled) return this.host.deadlines.remove(this)
    if (this.mode === 'events') return this.onStreamEnd(() => this.closed('ended its stream without an answer'))
    if (this.mode === 'refusal') return this.refused()
    const message = readUpstreamMessage(this.body.take())
    if (message?.kind === 'reply' && this.isOurs(message.id)) this.settle(message.reply)
    else this.fail(this.garbage('something that is not the answer to our request'))
  }

  onFail(error: Error, sent: boolean): void {
    this.idle = true
    if (this.settled) return this.host.deadlines.remove(this)
    // Nobody there any more: the request has died with the server.
    if (this.resuming && !sent) return this.fail(this.closed('ended its stream and cannot be reached any more'))
    if (this.mode === 'events' || this.resuming) return this.onStreamEnd(() => failureOf(error, sent, this.host.place))
    this.fail(failureOf(error, sent, this.host.place))
  }

  /** Some servers send our number back as a string, or null in an error when they could not read it. */
  private isOurs(id: RpcId | null): boolean {
    return id === null || id === this.id || id === String(this.id)
  }

  private onEvents(chunk: Buffer): boolean {
    try {
      for (const event of this.reader?.push(chunk) ?? []) this.onEvent(event)
    } catch (error) {
      this.fail(error instanceof GatewayError ? error : this.garbage('events that cannot be read'))
      return true
    }
    // A long event on its way is a sign of life; a comment is none.
    if (this.reader?.isInEvent) this.touch()
    if (!this.host.isFlooded()) return true
    const { call } = this
    setTimeout(() => call?.resume(), httpLimits.floodPauseMs)
    return false
  }

  private onEvent({ id, retry, data }: SseEvent): void {
    if (id !== undefined) this.tries = 0
    this.lastEventId = usableId(id) ?? this.lastEventId
    this.retryMs = retry ?? this.retryMs
    if (this.settled || data.length === 0) return
    this.touch()
    const message = readUpstreamMessage(data)
    if (!message) this.fail(this.garbage('an event that is not a JSON-RPC message'))
    else if (message.kind !== 'reply') this.host.heard(message, data.length, this)
    else if (this.isOurs(message.id)) this.settle(message.reply)
    else this.host.answered(message.id, message.reply)
  }

  private onStreamEnd(reason: () => GatewayError): void {
    if (this.lastEventId === undefined || this.tries >= httpLimits.resumeTries) return this.fail(reason())
    const delayMs = this.retryMs ?? (this.resuming ? laterRetryMs * 2 ** this.tries : firstRetryMs)
    this.resuming = true
    this.tries++
    this.resumeTimer = setTimeout(() => this.resume(), Math.min(Math.max(delayMs, firstRetryMs), longestRetryMs))
  }

  private resume(): void {
    this.idle = false
    this.call = this.host.listen(this.lastEventId, this)
  }

  /** Whether the request was carried out nobody knows, so the loss of its session is not told as one. */
  private notResumed(status: number): void {
    if (status >= 500) {
      this.call?.abort()
      return this.onStreamEnd(() => this.closed(`could not take up its stream again (HTTP ${status})`))
    }
    if (status === 404 && this.host.inSession) this.host.lost(this.refusal())
    this.fail(this.closed(`could not take up its stream again (HTTP ${status})`))
  }

  private refused(): void {
    const body = this.body.take()
    const error = this.refusal(body)
    const lost = error.code === 'upstream.session_lost'
    const reply = this.status >= 400 && this.status !== 401 ? this.replyIn(body) : undefined
    // Some servers echo our id also where they do not know our session any more.
    if (reply && !(lost && saysSession(reply))) return this.settle(reply)
    if (lost || error.code === 'upstream.login_required') this.host.lost(error)
    this.fail(error)
  }

  private replyIn(body: Buffer): Reply | undefined {
    const message = readUpstreamMessage(body)
    return message?.kind === 'reply' && message.id !== null && this.isOurs(message.id) ? message.reply : undefined
  }

  private refusal(body: Buffer = Buffer.alloc(0)): GatewayError {
    return refusalOf(this.host.place, { status: this.status, headers: this.headers, body, inSession: this.host.inSession })
  }

  private tooLong(): void {
    if (this.mode === 'refusal') return this.refused()
    this.fail(this.garbage(`more than ${httpLimits.messageBytes} bytes`))
  }

  private garbage(what: string): GatewayError {
    return new GatewayError('upstream.garbage', `${this.host.place.server} answered ${this.method} with ${what}.`)
  }

  private closed(what: string): GatewayError {
    return new GatewayError('upstream.closed', `${this.host.place.server} ${what}; whether ${this.method} was carried out is not known.`)
  }
}

const saysSession = (reply: Reply) => 'error' in reply && /session/i.test(reply.error.message)

/** Before a broken stream is taken up again, where the server names no pause: soon, then later and later. Never sooner than the first. */
const firstRetryMs = 100
const laterRetryMs = 1_000
const longestRetryMs = 60_000

/** Progress is asked for under our own id; a caller's token never leaves the gateway. */
function withToken(params: Params | undefined, token: number): Params {
  const meta = params?._meta
  const kept = typeof meta === 'object' && meta !== null && !Array.isArray(meta) ? meta : {}
  return { ...params, _meta: { ...kept, progressToken: token } }
}
