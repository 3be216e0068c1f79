import type { Dispatcher } from 'undici'
import { GatewayError } from '../../../shared/errors'
import { Slots } from '../slots'
import type { Deadlines } from './deadlines'
import { limitNotes } from './flood'
import type { Exchange, Handshake, Incoming, InitializeResult, Link, LinkEvents, Params, Reply, RpcError, RpcId, Target } from './link'
import { errorText, notificationText, parseJson, responseText } from './message'
import { within } from './rpc-link'
import { Allowance } from './upstream-http-allowance'
import { AuthorizedCall } from './upstream-http-authorized'
import { HttpExchange } from './upstream-http-exchange'
import type { ExchangeHost } from './upstream-http-exchange'
import { send } from './upstream-http-send'
import { HttpStream } from './upstream-http-stream'
import type { RunningCall, Place, Receiver } from './upstream-http-wire'
import { dispatch, headerOf, httpLimits, ownHeaders, placeOf, urlOf, usableId } from './upstream-http-wire'

/** Connections to one origin. What could block an answer has its own: a server that asks back during 64 calls must hear us. */
export interface Pools {
  /** Requests, so many at a time. */
  readonly calls: Dispatcher
  /** Notifications, answers, streams. */
  readonly side: Dispatcher
}

/** What all links of a connector share. */
export interface LinkParts {
  readonly deadlines: Deadlines
  readonly random: () => number
  /** Milliseconds after the handshake until the GET stream is opened; undefined = never. */
  readonly streamDelayMs: number | undefined
}

/** MCP revisions whose Streamable HTTP this leg speaks. 2024-11-05 stands for servers that negotiate down over it. */
const revisions: ReadonlySet<string> = new Set(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])

/** One MCP session over Streamable HTTP (MCP 2025-11-25, basic/transports). */
export class HttpLink implements Link, ExchangeHost {
  readonly place: Place
  readonly deadlines: Deadlines
  readonly note: (text: string) => void
  private readonly path: string
  private postHeaders: string[]
  private session: string[] = []
  private readonly pending = new Slots<HttpExchange>()
  private readonly stream: HttpStream
  private readonly unasked = new Allowance()
  private sending = 0
  private early = 0
  private lastId = 0
  private greeted: InitializeResult | undefined
  private over: GatewayError | undefined
  private isLost = false
  private closing: Promise<void> | undefined

  constructor(
    private readonly target: Target,
    private readonly pools: Pools,
    private readonly events: LinkEvents,
    private readonly parts: LinkParts,
    private readonly onEnd: () => void,
  ) {
    const url = urlOf(target)
    this.place = placeOf(target, url)
    this.path = url.pathname + url.search
    this.deadlines = parts.deadlines
    this.postHeaders = [...postHeaders, ...ownHeaders(target)]
    this.note = limitNotes((text) => events.onNote(text))
    this.stream = new HttpStream(this)
  }

  get initialized(): InitializeResult {
    if (!this.greeted) throw new GatewayError('internal', 'The handshake is not done yet.')
    return this.greeted
  }

  get inSession(): boolean {
    return this.session.length > 0
  }

  random(): number {
    return this.parts.random()
  }

  /** Shakes hands. When that fails the link is closed and the reason thrown. */
  async greet(handshake: Handshake, timeoutMs: number, signal: AbortSignal): Promise<void> {
    try {
      const { protocolVersion, capabilities, clientInfo } = handshake
      const exchange = { signal, timeoutMs, progress: false }
      const { reply, headers } = await this.exchange('initialize', { protocolVersion, capabilities, clientInfo }, exchange)
      const session = headerOf(headers, 'mcp-session-id')
      if (session !== undefined && usableId(session) === undefined) throw this.garbage('a session id that HTTP does not allow')
      const greeted = this.readInitialize(reply)
      this.speak(greeted.protocolVersion, session)
      const late = () => new GatewayError('upstream.timeout', `${this.place.server} did not take notifications/initialized in time.`)
      await within(this.notify('notifications/initialized'), timeoutMs, late, signal)
      if (this.over) throw this.over
      this.greeted = greeted
    } catch (error) {
      await this.close()
      throw error
    }
    if (this.parts.streamDelayMs === undefined || this.over) return
    this.stream.open(this.parts.streamDelayMs)
    // What it asks the client before the stream stands would be lost, and it would wait for ever.
    const isAskable = this.parts.streamDelayMs === 0 && Object.keys(handshake.capabilities).length > 0
    if (isAskable) await within(this.stream.settled, streamPatienceMs, () => this.garbage('no stream'), signal).catch(() => undefined)
  }

  private speak(protocolVersion: string, session: string | undefined): void {
    this.session = session === undefined ? [] : ['mcp-session-id', session]
    this.postHeaders = [...this.postHeaders, ...this.session, 'mcp-protocol-version', protocolVersion]
  }

  private readInitialize(reply: Reply): InitializeResult {
    if ('error' in reply)
      throw new GatewayError('upstream.refused', `${this.place.server} refused the handshake: ${reply.error.message.slice(0, 300)}`)
    const result = parseJson(reply.result)
    if (!isObject(result) || typeof result.protocolVersion !== 'string') throw this.garbage('something that is no MCP initialize result')
    const { protocolVersion, capabilities, serverInfo } = result
    if (!revisions.has(protocolVersion)) {
      throw new GatewayError(
        'upstream.refused',
        `${this.place.server} wants MCP ${protocolVersion.slice(0, 40)}, which is not spoken here; ask for a version of it that speaks ${[...revisions].at(-1)}.`,
      )
    }
    return {
      ...result,
      protocolVersion,
      capabilities: isObject(capabilities) ? capabilities : {},
      serverInfo: isObject(serverInfo) ? serverInfo : {},
    }
  }

  private garbage(what: string): GatewayError {
    return new GatewayError('upstream.garbage', `${this.place.server} answered the handshake with ${what}.`)
  }

  request(method: string, params: Params | undefined, asked: Exchange): Promise<Reply> {
    return new Promise((resolve, reject) => this.begin(method, params, asked, resolve, reject))
  }

  private exchange(method: string, params: Params, asked: Exchange): Promise<{ reply: Reply; headers: HttpExchange['headers'] }> {
    return new Promise((resolve, reject) => {
      const begun = this.begin(method, params, asked, (reply) => resolve({ reply, headers: begun?.headers ?? [] }), reject)
    })
  }

  private begin(
    method: string,
    params: Params | undefined,
    asked: Exchange,
    resolve: (reply: Reply) => void,
    reject: (error: GatewayError) => void,
  ): HttpExchange | undefined {
    const refused = this.over ?? (asked.signal?.aborted ? new GatewayError('call.cancelled', 'The call was cancelled.') : undefined)
    if (refused) {
      reject(refused)
      return undefined
    }
    const id = ++this.lastId
    const exchange = new HttpExchange(this, id, method, asked, resolve, reject)
    exchange.pendingSlot = this.pending.add(exchange)
    exchange.start(params)
    return exchange
  }

  async notify(method: string, params?: Params): Promise<void> {
    await this.send(notificationText(method, params))
  }

  async respond(id: RpcId, answer: { readonly result: unknown } | { readonly error: RpcError }): Promise<void> {
    await this.send('error' in answer ? errorText(id, answer.error) : responseText(id, JSON.stringify(answer.result)))
  }

  private async send(body: string): Promise<void> {
    if (this.over) throw this.over
    if (this.sending >= httpLimits.sends)
      throw new GatewayError('limit.in_flight', `${this.place.server} takes no messages; ${this.sending} of them wait already.`)
    this.sending++
    try {
      await send(this, httpLimits.sendMs, (receiver) => this.postTo(this.pools.side, body, receiver))
    } catch (error) {
      if (error instanceof GatewayError && endsSession(error)) this.lost(error)
      throw error
    } finally {
      this.sending--
    }
  }

  post(body: string, receiver: Receiver): RunningCall {
    return this.postTo(this.pools.calls, body, receiver)
  }

  private postTo(pool: Dispatcher, body: string, receiver: Receiver): RunningCall {
    return this.dispatch(pool, { path: this.path, method: 'POST', headers: this.postHeaders, body, blocking: false }, receiver)
  }

  listen(lastEventId: string | undefined, receiver: Receiver): RunningCall {
    const resumed = lastEventId === undefined ? [] : ['last-event-id', lastEventId]
    // Ours without the two that are about a body.
    const headers = ['accept', 'text/event-stream', ...this.postHeaders.slice(postHeaders.length), ...resumed]
    return this.dispatch(this.pools.side, { path: this.path, method: 'GET', headers, blocking: false }, receiver)
  }

  private dispatch(pool: Dispatcher, options: Dispatcher.DispatchOptions, receiver: Receiver): RunningCall {
    const { credential } = this.target
    return credential ? new AuthorizedCall(pool, options, receiver, credential).start() : dispatch(pool, options, receiver)
  }

  forget(exchange: HttpExchange): void {
    this.pending.remove(exchange.pendingSlot, exchange)
    if (this.isLost) this.release()
  }

  answered(id: RpcId | null, reply: Reply): void {
    const exchange = id === null ? undefined : this.pending.find((each) => each.id === Number(id))
    if (exchange) exchange.settle(reply)
    // An answer to what was given up is late, not wrong.
    else if (!(Number(id) >= 1 && Number(id) <= this.lastId)) this.note('an answer to a request that nobody made was dropped')
  }

  heard(message: Incoming, bytes: number, exchange?: HttpExchange): void {
    if (!this.unasked.take(bytes)) return this.dropped()
    // Whoever opens the link keeps what comes before they hold it.
    if (!this.greeted && (this.early += bytes) > httpLimits.earlyBytes) return this.dropped()
    if (message.kind === 'notification' && message.method === 'notifications/progress') return this.progressed(message.params)
    if (message.kind === 'request' && message.method === 'ping') return this.pong(message.id)
    this.tell(message, exchange)
  }

  private pong(id: RpcId): void {
    this.respond(id, { result: {} }).catch(() => undefined) // who pings finds out
  }

  isFlooded(): boolean {
    return this.unasked.isSpent
  }

  private dropped(): void {
    if (this.unasked.isNews())
      this.note(
        `it says more than ${httpLimits.unaskedPerSecond} things a second that nobody asked for, or too long ones; what is beyond is dropped`,
      )
  }

  /** Belongs to the request whose token it names, whichever stream it came on. */
  private progressed(params: Params | undefined): void {
    const { progressToken, ...rest } = params ?? {}
    const exchange = this.pending.find((each) => each.id === progressToken)
    if (!exchange) return
    exchange.touch()
    if (exchange.asked.progress && isProgress(rest))
      this.tell({ kind: 'notification', method: 'notifications/progress', params: rest }, exchange)
  }

  private tell(message: Incoming, exchange: HttpExchange | undefined): void {
    try {
      if (exchange?.asked.onMessage) exchange.asked.onMessage(message)
      else this.events.onMessage(message)
    } catch (error) {
      this.note(`${message.method} could not be handled here (${error instanceof Error ? error.name : 'unknown'})`)
    }
  }

  reopened(): void {
    this.note('its stream of notifications is open again')
    for (const kind of ['tools', 'prompts', 'resources']) {
      const offered = this.initialized.capabilities[kind]
      if (isObject(offered) && offered.listChanged === true)
        this.tell({ kind: 'notification', method: `notifications/${kind}/list_changed`, params: undefined }, undefined)
    }
  }

  withdraw(id: number, reason: string): void {
    this.notify('notifications/cancelled', { requestId: id, reason }).catch(() => undefined) // it will learn from the silence
  }

  lost(error: GatewayError): void {
    if (this.over) return
    this.over = error
    this.isLost = true
    this.stream.close()
    if (this.greeted) this.events.onClosed(error.message)
    this.release()
  }

  /** An owner need not close what is over: the connections go with the last request. Not now: one of them may be calling us. */
  private release(): void {
    if (this.pending.size === 0) setImmediate(() => void this.close())
  }

  close(): Promise<void> {
    this.closing ??= this.end()
    return this.closing
  }

  private async end(): Promise<void> {
    const wasOpen = this.over === undefined
    this.over ??= new GatewayError('upstream.closed', `The connection to ${this.place.server} was closed.`)
    this.stream.close()
    for (const exchange of this.pending.all()) exchange.fail(this.over)
    if (wasOpen && this.inSession) await this.sayGoodbye()
    this.onEnd()
  }

  private async sayGoodbye(): Promise<void> {
    const headers = this.postHeaders.slice(postHeaders.length)
    const goodbye = (receiver: Receiver) => this.dispatch(this.pools.side, { path: this.path, method: 'DELETE', headers }, receiver)
    await send(this, httpLimits.goodbyeMs, goodbye).catch(() => undefined) // a server need not take it
  }
}

/** Milliseconds that a stream is waited for where the upstream may ask over it. */
const streamPatienceMs = 250

const postHeaders = ['content-type', 'application/json', 'accept', 'application/json, text/event-stream']

const endsSession = ({ code }: GatewayError) => code === 'upstream.session_lost' || code === 'upstream.login_required'

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** As MCP has it: numbers, and perhaps a message. */
const isProgress = ({ progress, total, message }: Params) =>
  typeof progress === 'number' && ['number', 'undefined'].includes(typeof total) && ['string', 'undefined'].includes(typeof message)
