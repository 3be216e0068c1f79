import type { ServerResponse } from 'node:http'
import type { RpcId } from './link'
import { writeSse } from './sse'

/** Events kept for a client that comes back with `Last-Event-ID`; the oldest go first. */
export const replayEvents = 256
export const replayBytes = 1024 * 1024
/** Bytes that may wait for a slow reader when the next message comes; then its connection is cut. It can come back and resume. */
export const backlogBytes = 8 * 1024 * 1024
/** Milliseconds that a client is told to wait before it comes back (SSE `retry:`). */
export const retryMs = 1_000

const head = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' }

/** Who must know when the client goes away. */
export interface StreamListener {
  /** The connection broke; the client may come back. */
  lost(): void
  /** It did not come back in time. */
  abandoned(): void
}

interface Kept {
  readonly seq: number
  readonly text: string
}

/**
 * One stream of server-sent events to a client (Streamable HTTP, "Resumability and Redelivery"). Event ids are `name.seq`.
 * The connection below it may break and be replaced; what was written since is replayed.
 */
export class EventStream {
  private readonly kept: Kept[] = []
  private keptBytes = 0
  private seq = 0
  private response: ServerResponse | undefined
  private ended = false
  /** When the connection below went away, in ms since the epoch; undefined while there is one. */
  lostAt: number | undefined

  constructor(
    readonly name: string,
    private readonly listener?: StreamListener,
  ) {}

  get isOpen(): boolean {
    return this.response !== undefined
  }

  get isEnded(): boolean {
    return this.ended
  }

  /** UTF-16 units that are kept to be replayed. */
  get keptSize(): number {
    return this.keptBytes
  }

  /** Puts a connection below the stream; an older one is ended. `after`: what the client saw last, undefined when it is new. */
  attach(response: ServerResponse, headers: Readonly<Record<string, string>>, after?: number): void {
    this.response?.end()
    this.response = response
    this.lostAt = undefined
    response.writeHead(200, { ...head, ...headers })
    response.on('close', () => this.lost(response))
    // The first event has an id and no data, so that a client can come back even if nothing else arrives (SEP-1699).
    if (after === undefined) response.write(writeSse({ id: `${this.name}.${++this.seq}`, retry: retryMs, data: '' }))
    else this.replay(response, after)
    if (this.ended) this.finish()
  }

  /** An id that we have not given out yet is of an earlier life of the gateway: nothing of this one was seen. */
  private replay(response: ServerResponse, after: number): void {
    const seen = after > this.seq ? 0 : after
    response.flushHeaders()
    for (const event of this.kept) if (event.seq > seen) response.write(event.text)
  }

  /** @param message one JSON-RPC message */
  send(message: string): void {
    const seq = ++this.seq
    const text = writeSse({ event: 'message', id: `${this.name}.${seq}`, data: message })
    this.keep({ seq, text })
    // What was said before still waits: this reader is too slow. One large message alone is no backlog.
    if (this.response && this.response.writableLength > backlogBytes) this.response.destroy()
    this.response?.write(text)
  }

  /** A comment that keeps proxies and impatient sockets from closing the stream. */
  keepAlive(): void {
    this.response?.write(': keep-alive\n\n')
  }

  end(): void {
    this.ended = true
    this.finish()
  }

  /** Nobody came back for it. */
  abandon(): void {
    if (!this.ended) this.listener?.abandoned()
    this.destroy()
  }

  /** Breaks off for good: nothing can be replayed any more. */
  destroy(): void {
    this.ended = true
    this.kept.length = 0
    this.keptBytes = 0
    this.response?.end()
    this.response = undefined
  }

  private finish(): void {
    const response = this.response
    this.response = undefined
    response?.end()
  }

  private keep(event: Kept): void {
    this.kept.push(event)
    this.keptBytes += event.text.length
    while (this.kept.length > replayEvents || (this.keptBytes > replayBytes && this.kept.length > 1))
      this.keptBytes -= this.kept.shift()?.text.length ?? 0
  }

  private lost(response: ServerResponse): void {
    if (this.response !== response) return
    this.response = undefined
    this.lostAt = Date.now()
    this.listener?.lost()
  }
}

/** The stream of an event, and which event of it. */
export interface EventId {
  readonly name: string
  readonly seq: number
}

/** `name.seq` of a `Last-Event-ID` header; undefined for what we never gave out. */
export function readEventId(id: string): EventId | undefined {
  const match = /^([A-Za-z0-9_-]{1,400})\.(\d{1,15})$/.exec(id)
  return match?.[1] === undefined ? undefined : { name: match[1], seq: Number(match[2]) }
}

/** Characters of a request's id, as JSON, that a stream's name can hold: a client must send it back in a header. */
const longestNamedId = 90

/** The name of the stream that answers a request: with the request's id, so that it can be answered also when the stream is forgotten. */
export function answerStreamName(life: string, count: number, requestId?: RpcId): string {
  const id = JSON.stringify(requestId ?? null)
  return `p${life}-${count}${requestId === undefined || id.length > longestNamedId ? '' : `-${Buffer.from(id).toString('base64url')}`}`
}

/** The id of the request that a stream of this name, given out in any life of the gateway, was to answer. */
export function requestOfStream(name: string): RpcId | undefined {
  const [, encoded] = /^p[A-Za-z0-9_-]{8}-\d+-([A-Za-z0-9_-]+)$/.exec(name) ?? []
  if (encoded === undefined) return undefined
  try {
    const id: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString())
    return typeof id === 'string' || typeof id === 'number' ? id : undefined
  } catch {
    return undefined
  }
}
