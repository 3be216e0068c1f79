import { GatewayError } from '../../../shared/errors'
import { type FloodGate, cut, limitNotes } from './flood'
import type { Exchange, Handshake, Incoming, InitializeResult, Link, LinkEvents, Params, Reply, RpcError, RpcId } from './link'
import { type UpstreamMessage, errorText, notificationText, readUpstreamMessage, requestText, responseText } from './message'

/** Requests that one connection holds at a time. */
export const mostInFlight = 1_000
/** Messages kept from before the link is handed over, and their bytes. */
const mostEarly = 100
const mostEarlyBytes = 4 * 1024 * 1024
/** setTimeout fires at once for anything longer. */
const longestTimeoutMs = 2 ** 31 - 1

/** What carries the messages of an RpcLink: the pipes of a child, an event stream and its POSTs, a function. */
export interface Wire {
  /** Hands over one message. Resolves when it has gone out, rejects with a GatewayError when it cannot. */
  send(text: string): Promise<void>
  /** Ends the carrier and what stands behind it. Never throws; may be called again. */
  end(): Promise<void>
}

interface Waiting {
  readonly method: string
  readonly exchange: Exchange
  resolve(reply: Reply): void
  reject(error: GatewayError): void
  touch(): void
}

/**
 * JSON-RPC over a wire that cannot relate messages to requests: the id table, time-outs, progress tokens and cancellation
 * that stdio, legacy SSE and in-process links share. Ids count from 1: some servers ignore the cancellation of request 0.
 */
export class RpcLink implements Link {
  private readonly waiting = new Map<RpcId, Waiting>()
  /** Tells the owner, limited in number and length. */
  readonly note: (note: string) => void
  private lastId = 0
  private over: GatewayError | undefined
  private greeted: InitializeResult | undefined
  private handedOver = false
  /** What was said before the link was handed over; undefined afterwards. */
  private early: Incoming[] | undefined = []
  private earlyBytes = 0

  /** @param server its name, for messages */
  constructor(
    private readonly server: string,
    private readonly wire: Wire,
    private readonly events: LinkEvents,
    private readonly gate: FloodGate,
  ) {
    this.note = limitNotes((note) => events.onNote(note))
  }

  get initialized(): InitializeResult {
    if (!this.greeted) throw new GatewayError('internal', 'The handshake is not done yet.')
    return this.greeted
  }

  /** Shakes hands. When that fails the wire is ended and the reason thrown. */
  async greet(handshake: Handshake, timeoutMs: number, signal: AbortSignal): Promise<void> {
    try {
      const { protocolVersion, capabilities, clientInfo } = handshake
      const reply = await this.request('initialize', { protocolVersion, capabilities, clientInfo }, { signal, timeoutMs, progress: false })
      this.greeted = readInitialize(this.server, reply)
      await within(this.notify('notifications/initialized'), timeoutMs, () => this.silent('notifications/initialized', timeoutMs), signal)
      this.handedOver = true
      // What came meanwhile waits until whoever opened the link holds it and can answer.
      setImmediate(() => this.listen())
    } catch (error) {
      await this.close()
      throw error
    }
  }

  request(method: string, params: Params | undefined, exchange: Exchange): Promise<Reply> {
    if (this.over) return Promise.reject(this.over)
    if (exchange.signal?.aborted) return Promise.reject(cancelled())
    if (this.waiting.size >= mostInFlight) return Promise.reject(this.tooMany())
    const id = ++this.lastId
    return new Promise((resolve, reject) => {
      this.await(id, method, exchange, resolve, reject)
      this.wire.send(requestText(id, method, exchange.progress ? withToken(params, id) : params)).catch((error: GatewayError) => {
        this.waiting.get(id)?.reject(error)
      })
    })
  }

  async notify(method: string, params?: Params): Promise<void> {
    if (this.over) throw this.over
    await this.wire.send(notificationText(method, params))
  }

  async respond(id: RpcId, answer: { readonly result: unknown } | { readonly error: RpcError }): Promise<void> {
    if (this.over) throw this.over
    await this.wire.send('error' in answer ? errorText(id, answer.error) : responseText(id, JSON.stringify(answer.result)))
  }

  async close(): Promise<void> {
    this.fail(new GatewayError('upstream.closed', `The connection to ${this.server} was closed.`))
    await this.wire.end()
  }

  /** The wire is gone: rejects what is under way and tells the owner, once. */
  lost(error: GatewayError): void {
    if (this.over) return
    this.fail(error)
    if (this.handedOver) this.events.onClosed(error.message)
  }

  /** Takes one message of the upstream's. What is none is noted and otherwise ignored. */
  receive(bytes: Buffer): void {
    const message = readUpstreamMessage(bytes)
    if (message?.kind !== 'reply') this.gate.count(bytes.length)
    if (message) return this.dispatch(message, bytes.length)
    this.note(`not a JSON-RPC message: ${cut(bytes.toString('utf8', 0, 400), 200)}`)
  }

  /** An answer too long to be read arrived; who waits alone has been waiting for it. */
  skipped(beginning: string, longest: number): void {
    this.gate.count(longest)
    this.note(`a message of more than ${longest} bytes was skipped: ${cut(beginning, 100)}`)
    this.sole()?.reject(new GatewayError('upstream.garbage', `${this.server} answered with more than ${longest} bytes; ask for less.`))
  }

  private dispatch(message: UpstreamMessage, bytes: number): void {
    if (message.kind === 'reply') return this.answered(message.id, message.reply)
    if (message.kind === 'request' && message.method === 'ping') {
      // The only request that the connection itself answers; its failure is that of the wire.
      void this.respond(message.id, { result: {} }).catch(() => undefined)
      return
    }
    if (message.kind === 'notification' && message.method === 'notifications/progress') return this.progressed(message.params ?? {})
    if (this.over) return
    if (this.early) this.keep(this.early, message, bytes)
    else this.tell(message)
  }

  private keep(early: Incoming[], message: Incoming, bytes: number): void {
    this.earlyBytes += bytes
    if (early.length < mostEarly && this.earlyBytes <= mostEarlyBytes) early.push(message)
  }

  private listen(): void {
    const early = this.early ?? []
    this.early = undefined
    for (const message of early) if (!this.over) this.tell(message)
  }

  /** What cannot be handled here must not end whoever reads the wire: nobody catches anything above. */
  private tell(message: Incoming, listener?: (message: Incoming) => void): void {
    try {
      if (listener) listener(message)
      else this.events.onMessage(message)
    } catch (error) {
      this.note(`${cut(message.method, 100)} could not be handled here (${error instanceof Error ? error.name : 'unknown'})`)
    }
  }

  private answered(id: RpcId | null, reply: Reply): void {
    const waiting = id === null ? this.sole() : this.waiting.get(id)
    if (waiting) return waiting.resolve(reply)
    this.gate.count()
    // An answer to what was given up is late, not wrong.
    if (typeof id === 'number' && id <= this.lastId) return
    this.note(
      id === null && 'error' in reply ? `an error without an id: ${reply.error.message}` : `an answer to a request that nobody made`,
    )
  }

  private progressed(params: Params): void {
    const { progressToken, ...rest } = params
    const waiting = typeof progressToken === 'number' ? this.waiting.get(progressToken) : undefined
    if (!waiting) return
    waiting.touch()
    const { progress, onMessage } = waiting.exchange
    if (progress && onMessage) this.tell({ kind: 'notification', method: 'notifications/progress', params: rest }, onMessage)
  }

  /** The one request under way, if there is just one: an answer that does not say whose it is can only be its. */
  private sole(): Waiting | undefined {
    return this.waiting.size === 1 ? this.waiting.values().next().value : undefined
  }

  private await(
    id: number,
    method: string,
    exchange: Exchange,
    resolve: (reply: Reply) => void,
    reject: (error: GatewayError) => void,
  ): void {
    const timer = setTimeout(() => this.giveUp(id, this.silent(method, exchange.timeoutMs)), Math.min(exchange.timeoutMs, longestTimeoutMs))
    const onAbort = () => this.giveUp(id, cancelled())
    exchange.signal?.addEventListener('abort', onAbort, { once: true })
    const settle = () => {
      clearTimeout(timer)
      exchange.signal?.removeEventListener('abort', onAbort)
      this.waiting.delete(id)
    }
    this.waiting.set(id, {
      method,
      exchange,
      resolve: (reply) => (settle(), resolve(reply)),
      reject: (error) => (settle(), reject(error)),
      touch: () => void timer.refresh(),
    })
  }

  private giveUp(id: number, error: GatewayError): void {
    const waiting = this.waiting.get(id)
    if (!waiting) return
    waiting.reject(error)
    // MCP, "Cancellation": initialize must not be cancelled.
    if (waiting.method === 'initialize') return
    const reason = error.code === 'call.cancelled' ? 'The caller cancelled.' : 'No answer in time.'
    void this.notify('notifications/cancelled', { requestId: id, reason }).catch(() => undefined)
  }

  private fail(error: GatewayError): void {
    this.over ??= error
    for (const waiting of [...this.waiting.values()]) waiting.reject(error)
  }

  private silent(method: string, timeoutMs: number): GatewayError {
    const seconds = Math.round(timeoutMs / 100) / 10
    return new GatewayError(
      'upstream.timeout',
      `${this.server} said nothing for ${seconds} s on ${method}; raise timeout_seconds if it needs longer.`,
    )
  }

  private tooMany(): GatewayError {
    return new GatewayError('limit.in_flight', `${this.server} has ${mostInFlight} requests under way; try again when some are done.`)
  }
}

/** The promise, or an error once the time is over or the signal aborts. @throws what it rejects with, `late()`, or `call.cancelled` */
export async function within<T>(promise: Promise<T>, ms: number, late: () => GatewayError, signal: AbortSignal): Promise<T> {
  const over = new AbortController()
  const deadline = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(late()), Math.min(ms, longestTimeoutMs))
    const onAbort = () => reject(cancelled())
    signal.addEventListener('abort', onAbort, { once: true, signal: over.signal })
    over.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
    if (signal.aborted) onAbort()
  })
  return Promise.race([promise, deadline]).finally(() => over.abort())
}

const cancelled = () => new GatewayError('call.cancelled', 'The call was cancelled.')

function withToken(params: Params | undefined, token: number): Params {
  const meta = params?._meta
  return { ...params, _meta: { ...(isObject(meta) ? meta : {}), progressToken: token } }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws GatewayError `upstream.refused` for an error, `upstream.garbage` for what is no initialize result */
function readInitialize(server: string, reply: Reply): InitializeResult {
  if ('error' in reply) throw new GatewayError('upstream.refused', `${server} refused the handshake: ${cut(reply.error.message, 300)}`)
  const result: unknown = JSON.parse(reply.result.toString())
  if (!isObject(result) || typeof result.protocolVersion !== 'string') {
    throw new GatewayError('upstream.garbage', `${server} answered the handshake with something that is no MCP initialize result.`)
  }
  const { protocolVersion, capabilities, serverInfo } = result
  return {
    ...result,
    protocolVersion,
    capabilities: isObject(capabilities) ? capabilities : {},
    serverInfo: isObject(serverInfo) ? serverInfo : {},
  }
}
