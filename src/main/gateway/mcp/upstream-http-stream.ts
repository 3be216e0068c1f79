import { GatewayError } from '../../../shared/errors'
import type { Incoming, Reply, RpcId } from './link'
import { readUpstreamMessage } from './message'
import type { SseEvent, SseReader } from './sse'
import { createSseReader } from './sse'
import type { RunningCall, Place, RawHeaders, Receiver } from './upstream-http-wire'
import { bodyKind, httpLimits, usableId } from './upstream-http-wire'

export interface StreamHost {
  readonly place: Place
  readonly inSession: boolean
  listen(lastEventId: string | undefined, receiver: Receiver): RunningCall
  answered(id: RpcId | null, reply: Reply): void
  heard(message: Incoming, bytes: number): void
  isFlooded(): boolean
  /** It was lost for a while and is open again: what was said in between is not known. */
  reopened(): void
  /** The session is over. */
  lost(error: GatewayError): void
  note(text: string): void
  /** 0..1 */
  random(): number
}

const firstDelayMs = 1_000
const longestDelayMs = 60_000
/** A stream that lived this long was a good one: the next attempt comes soon. */
const goodAfterMs = 5_000

/**
 * The GET stream on which an upstream says what belongs to no request (Streamable HTTP, "Listening for Messages from the Server").
 * Opened again with full-jitter back-off for as long as the link lives; a server that does not offer one is left alone.
 */
export class HttpStream implements Receiver {
  private call: RunningCall | undefined
  private reader: SseReader | undefined
  private timer: NodeJS.Timeout | undefined
  private lastEventId: string | undefined
  private retryMs: number | undefined
  private attempts = 0
  private openedAt = 0
  private wasOpen = false
  private over = false
  private settle: () => void = () => undefined
  /** Resolves once the first attempt was answered, whatever with, or is over. */
  readonly settled = new Promise<void>((resolve) => (this.settle = resolve))

  constructor(private readonly host: StreamHost) {}

  /** @param delayMs before the first attempt */
  open(delayMs: number): void {
    if (delayMs === 0) this.connect()
    else this.connectIn(delayMs)
  }

  close(): void {
    this.over = true
    this.settle()
    clearTimeout(this.timer)
    this.call?.abort()
  }

  onStart(status: number, headers: RawHeaders): void {
    this.settle()
    if (status < 300 && bodyKind(headers) === 'events') return this.opened()
    this.call?.abort()
    if (status >= 500 || status === 429) return this.again(`HTTP ${status}`)
    this.over = true
    this.refused(status)
  }

  private refused(status: number): void {
    // A server without a GET route says 404 too: only where there was a stream is it the session that is gone.
    if (status === 404 && this.wasOpen && this.host.inSession) this.host.lost(sessionLost(this.host.place))
    else if (status !== 404 && status !== 405) this.host.note(`its stream of notifications is not available (HTTP ${status})`)
  }

  onChunk(chunk: Buffer): boolean {
    try {
      for (const event of this.reader?.push(chunk) ?? []) this.onEvent(event)
    } catch {
      this.call?.abort()
      this.again('an event was too long')
      return true
    }
    if (!this.host.isFlooded()) return true
    const { call } = this
    setTimeout(() => call?.resume(), httpLimits.floodPauseMs)
    return false
  }

  onEnd(): void {
    this.again('it ended')
  }

  onFail(error: Error): void {
    this.settle()
    this.again(error.message)
  }

  private connect(): void {
    this.reader = createSseReader({ maxEventBytes: httpLimits.messageBytes })
    this.call = this.host.listen(this.lastEventId, this)
  }

  private connectIn(delayMs: number): void {
    this.timer = setTimeout(() => this.connect(), delayMs)
    this.timer.unref()
  }

  private opened(): void {
    this.openedAt = performance.now()
    if (this.wasOpen) this.host.reopened()
    this.wasOpen = true
  }

  private onEvent({ id, retry, data }: SseEvent): void {
    this.lastEventId = usableId(id) ?? this.lastEventId
    this.retryMs = retry ?? this.retryMs
    if (this.over || data.length === 0) return
    const message = readUpstreamMessage(data)
    if (!message) this.host.note('an event that is not a JSON-RPC message was dropped')
    else if (message.kind === 'reply') this.host.answered(message.id, message.reply)
    else this.host.heard(message, data.length)
  }

  private again(reason: string): void {
    if (this.over) return
    if (this.openedAt > 0) {
      this.host.note(`its stream of notifications was lost (${reason})`)
      if (performance.now() - this.openedAt > goodAfterMs) this.attempts = 0
    }
    this.openedAt = 0
    const most = Math.min(longestDelayMs, firstDelayMs * 2 ** this.attempts++)
    this.connectIn(Math.min(this.retryMs ?? 0, longestDelayMs) + this.host.random() * most)
  }
}

const sessionLost = ({ server }: Place) => new GatewayError('upstream.session_lost', `${server} does not know our session any more.`)
