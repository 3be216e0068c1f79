import { randomBytes } from 'node:crypto'
import type { SessionRecord } from '../../../shared/records'
import type { ListMethod } from '../catalog'
import { Slots } from '../slots'
import { answerStreamName, EventStream, type StreamListener } from './event-stream'
import type { Link, RpcId } from './link'

/** Published limits of one session: requests under way, questions to its client, POST streams kept for a client that may come back, subscriptions. */
export const maxInFlight = 256
export const maxAsked = 100
export const maxStreams = 64
export const maxSubscriptions = 1_000
/** What the ended streams of one session keep together for a client that may come back, in UTF-16 units; the oldest go first. */
export const maxEndedBytes = 4 * 1024 * 1024
/** How long the stream of a running call waits for its client to come back; then the call is cancelled. */
export const resumeGraceMs = 60_000

/** A request of the client's that is under way. */
export interface Running {
  readonly id: RpcId
  readonly call: AbortController
}

/** A request of ours to the client on behalf of an upstream, and where its answer goes. */
export interface Asked {
  readonly link: Link
  readonly upstreamId: RpcId
}

/** What one client keeps open with us (Streamable HTTP "Session Management"): its calls, its streams, its own upstream connections. */
export class Session {
  readonly running = new Slots<Running>()
  readonly asked = new Map<string, Asked>()
  readonly streams = new Map<string, EventStream>()
  /** Connections that belong to this session alone, by server id. */
  readonly links = new Map<string, Promise<Link>>()
  /** Resource subscriptions: URI -> server id. */
  readonly subscriptions = new Map<string, string>()
  /** What the lists looked like when this client was last served them. */
  readonly listed = new Map<ListMethod, string>()
  /** List changes that could not be told yet because no stream was open. */
  readonly untold = new Set<string>()
  logLevel: string | undefined
  lastSeen = Date.now()
  /** In-process clients hear without a stream. */
  direct: ((message: string) => void) | undefined
  private readonly ending = new AbortController()
  private standalone: EventStream | undefined
  private counter = 0
  /** Part of every id given out: a session that is woken after a restart counts from one again. */
  private readonly life = randomBytes(6).toString('base64url')

  constructor(
    readonly record: SessionRecord,
    readonly client: string,
  ) {}

  /** Aborts when the session ends or falls asleep. */
  get over(): AbortSignal {
    return this.ending.signal
  }

  get id(): string {
    return this.record.id
  }

  get group(): string | null {
    return this.record.group
  }

  get isBusy(): boolean {
    return this.running.size > 0 || this.asked.size > 0 || this.hears
  }

  /** An id for a request of ours to the client; text, so that it never meets a client's number. */
  nextId(): string {
    return `gw-${this.life}-${++this.counter}`
  }

  /** The stream that a client opens with GET; one at a time, a newer one takes over. */
  openStandalone(): EventStream {
    this.standalone ??= new EventStream('g')
    return this.standalone
  }

  /** Says something outside of any request. @returns whether the client can hear it now; a notification is kept for its return */
  tell(message: string): boolean {
    if (this.direct) {
      this.direct(message)
      return true
    }
    if (!this.standalone) return false
    this.standalone.send(message)
    return this.standalone.isOpen
  }

  get hears(): boolean {
    return this.direct !== undefined || this.standalone?.isOpen === true
  }

  /** A stream that answers a request, of which its name tells the id. */
  openStream(listener: StreamListener, requestId?: RpcId): EventStream {
    const stream = new EventStream(answerStreamName(this.life, ++this.counter, requestId), listener)
    this.streams.set(stream.name, stream)
    this.dropEnded()
    return stream
  }

  private dropEnded(): void {
    let kept = 0
    for (const stream of this.streams.values()) if (stream.isEnded) kept += stream.keptSize
    for (const [name, old] of this.streams) {
      if (this.streams.size <= maxStreams && kept <= maxEndedBytes) return
      if (!old.isEnded) continue
      this.streams.delete(name)
      kept -= old.keptSize
    }
  }

  /** Every 15 s: open streams stay open, those that nobody came back for are given up. */
  tend(now: number): void {
    this.standalone?.keepAlive()
    for (const [name, stream] of this.streams) {
      stream.keepAlive()
      const given = stream.lostAt !== undefined && now - stream.lostAt > resumeGraceMs
      if (given) stream.abandon()
      if (given || (stream.isEnded && stream.lostAt === undefined)) this.streams.delete(name)
    }
  }

  /** Gives back what a silent session holds; calls under way are cancelled. */
  release(reason: string): void {
    this.ending.abort(reason)
    for (const { call } of this.running.all()) call.abort(reason)
    for (const stream of this.streams.values()) stream.destroy()
    this.standalone?.destroy()
    this.standalone = undefined
    this.streams.clear()
    this.asked.clear()
    const links = [...this.links.values()]
    this.links.clear()
    for (const link of links) void link.then((open) => open.close()).catch(() => undefined)
  }
}
