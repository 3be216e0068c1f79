import { GatewayError, toGatewayError, type ErrorCode } from '../../../shared/errors'
import type { ServerRecord, UpstreamState } from '../../../shared/records'
import { version } from '../../../shared/version'
import type { ConnectContext } from '../hooks'
import { introspect } from './introspect'
import type { Handshake, Incoming, Link, LinkEvents, Target } from './link'
import { within } from './rpc-link'
import type { UpstreamParts } from './upstream'

/** Milliseconds: the back-off's first and last ceiling, and the least wait whatever the dice say. */
const firstBackOffMs = 1_000
const lastBackOffMs = 60_000
const leastBackOffMs = 50
/** A connection that was well for so long starts its back-off anew. */
const healthyMs = 30_000
/** Who needs the connection during a back-off starts an attempt at once if the last one is older than this. */
const impatientMs = 1_000
/** `list_changed` notifications are gathered for so long, and lists are asked for at most once in `leastGapMs` by them. */
const coalesceMs = 100
const leastGapMs = 1_000
/** The time between two lists is at least so many times what taking the last one over has cost everybody else. */
const gapFactor = 50
/** What hooks and secrets may take to give a connection its settings. */
const settingsMs = 60_000
/** Lists without an answer until a local process is restarted; it may be busy with one long call. A remote server gets one. */
const patience = 3

/** What the supervised connection says of itself. It belongs to no one session, so it offers nothing that would need one. */
export const sharedHandshake: Handshake = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'fast-gateway', title: 'Fast Gateway', version },
}

const listChanged = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
])
const nothing = () => undefined

interface Owned {
  readonly link: Link
  /** Tells its session that it is over; at most once. */
  over(reason: string): void
}

/** One life of an upstream with one set of connection settings: connects, lists, watches, tries again. Ends for good with close(). */
export class Supervision {
  private readonly over = new AbortController()
  private readonly owned = new Set<Owned>()
  private link: Link | undefined
  private opening: Promise<Link> | undefined
  private listing: Promise<void> | undefined
  private retryTimer: NodeJS.Timeout | undefined
  private listTimer: NodeJS.Timeout | undefined
  private listDue = Infinity
  private listedAt = 0
  private listGapMs = leastGapMs
  private listAgain = false
  private attemptedAt = 0
  private failures = 0
  private silences = 0
  private wasReady = false
  private wellSince = Infinity
  private failure: GatewayError | undefined

  /** @param record the record in force; what it connects with does not change during this life */
  constructor(
    private readonly record: () => ServerRecord,
    private readonly parts: UpstreamParts,
    private readonly say: (state: UpstreamState, reason: string | null, code?: ErrorCode) => void,
  ) {}

  start(): void {
    this.connect().catch(nothing)
  }

  async settled(): Promise<void> {
    while (this.opening ?? this.listing) await Promise.allSettled([this.opening, this.listing])
  }

  /** Lists anew, over a new connection if the present one turns out to be dead. @returns whether that worked */
  async refresh(): Promise<boolean> {
    await this.listing
    return (await this.refreshOnce()) || (this.isRetrying() && (await this.refreshOnce()))
  }

  async sharedLink(): Promise<Link> {
    if (this.link) return this.link
    if (!this.opening && !this.mayTry()) throw this.whyNot()
    return this.connect()
  }

  async openSessionLink(handshake: Handshake, events: LinkEvents, context: ConnectContext, signal: AbortSignal): Promise<Link> {
    try {
      const target = await this.target(context)
      const session: { owned?: Owned } = {}
      const over = (reason: string) => {
        if (session.owned && this.owned.delete(session.owned)) events.onClosed(reason)
      }
      const watched: LinkEvents = {
        onMessage: (message) => events.onMessage(message),
        onNote: (note) => events.onNote(note),
        onClosed: over,
      }
      const link = await this.parts.openLink(target, handshake, watched, AbortSignal.any([signal, this.over.signal]))
      session.owned = { link, over }
      return await this.keep(session.owned)
    } catch (thrown) {
      throw this.connectFailed(thrown)
    }
  }

  async close(reason: string): Promise<void> {
    this.over.abort()
    clearTimeout(this.retryTimer)
    clearTimeout(this.listTimer)
    const owned = [...this.owned]
    for (const each of owned) each.over(reason)
    await Promise.allSettled([this.opening, this.link?.close(), ...owned.map(({ link }) => link.close())])
  }

  private async keep(owned: Owned): Promise<Link> {
    const { link } = owned
    if (this.over.signal.aborted) {
      await link.close()
      throw this.replaced()
    }
    this.owned.add(owned)
    return {
      initialized: link.initialized,
      request: (method, params, exchange) => link.request(method, params, exchange),
      notify: (method, params) => link.notify(method, params),
      respond: (id, answer) => link.respond(id, answer),
      close: () => (this.owned.delete(owned), link.close()),
    }
  }

  /** The connection; one attempt at a time, whoever asks. */
  private connect(): Promise<Link> {
    if (this.link) return Promise.resolve(this.link)
    this.opening ??= this.attempt().finally(() => (this.opening = undefined))
    return this.opening
  }

  private async attempt(): Promise<Link> {
    clearTimeout(this.retryTimer)
    this.attemptedAt = Date.now()
    if (!this.wasReady && !this.failure) this.say('connecting', null)
    try {
      const link = await this.open()
      this.failure = undefined
      void this.list()
      return link
    } catch (thrown) {
      const error = this.connectFailed(thrown)
      this.failed(error)
      throw error
    }
  }

  /** Hooks and secrets may be slow, but not for ever: nobody else could try, and close() would wait for them. */
  private target(context: ConnectContext): Promise<Target> {
    const late = () =>
      new GatewayError('upstream.timeout', `The settings of ${this.record().name} were not there after ${settingsMs / 1000} s.`)
    return within(this.parts.resolveTarget(this.record(), context), settingsMs, late, this.over.signal)
  }

  /** Opens the supervised connection and takes it over. */
  private async open(): Promise<Link> {
    const target = await this.target({ request: null })
    let closed: string | undefined
    const opened: Promise<Link> = this.parts.openLink(
      target,
      sharedHandshake,
      {
        onMessage: (message) => void opened.then((link) => this.heard(link, message), nothing),
        onClosed: (reason) => {
          closed = reason
          void opened.then((link) => this.lost(link, reason), nothing)
        },
        onNote: (note) => this.parts.log.info(note, { server: this.record().name }),
      },
      this.over.signal,
    )
    const link = await opened
    if (closed === undefined && !this.over.signal.aborted) return (this.link = link)
    await link.close()
    throw new GatewayError('upstream.closed', closed ?? 'The connection was closed.')
  }

  private connectFailed(thrown: unknown): GatewayError {
    if (this.over.signal.aborted) return this.replaced()
    const error = toGatewayError(thrown)
    if (error.code === 'call.cancelled') return error
    this.parts.log.warn('A server could not be connected', {
      server: this.record().name,
      code: error.code,
      error: error.message,
      cause: error.context.cause,
    })
    this.parts.onConnectError(error)
    return error
  }

  private failed(error: GatewayError): void {
    if (this.over.signal.aborted) return
    this.failure = error
    // A login is a person's to do: asking again would be asking in vain.
    if (error.code === 'upstream.login_required') return this.say('needs_login', error.message, error.code)
    this.say('failed', error.message, error.code)
    this.retryLater()
  }

  private lost(link: Link, reason: string, code: ErrorCode = 'upstream.closed'): void {
    if (this.link !== link) return
    this.link = undefined
    this.silences = 0
    void link.close()
    if (this.over.signal.aborted) return
    this.say(this.wasReady ? 'degraded' : 'failed', `The connection was lost and is being opened again: ${reason}`, code)
    this.retryLater()
  }

  private retryLater(): void {
    clearTimeout(this.retryTimer)
    this.retryTimer = setTimeout(() => void this.connect().catch(nothing), this.backOffMs()).unref()
  }

  /** Full jitter: anywhere up to a ceiling that doubles with every failure since the last time that all was well. */
  private backOffMs(): number {
    if (Date.now() - this.wellSince >= healthyMs) this.failures = 0
    this.wellSince = Infinity
    const ceiling = Math.min(lastBackOffMs, firstBackOffMs * 2 ** this.failures++)
    return Math.max(leastBackOffMs, (this.parts.random ?? Math.random)() * ceiling)
  }

  /** A connection that was just lost may be opened at once; one that fails or falls again and again is given a rest. */
  private mayTry(): boolean {
    if (this.failure?.code === 'upstream.login_required') return false
    return (!this.failure && this.failures <= 1) || Date.now() - this.attemptedAt >= impatientMs
  }

  private whyNot(): GatewayError {
    return this.failure ?? new GatewayError('upstream.closed', `${this.record().name} loses its connection again and again; see its state.`)
  }

  private replaced(): GatewayError {
    return new GatewayError(
      'upstream.closed',
      `The connection to ${this.record().name} was closed because its settings changed; try again.`,
    )
  }

  private isRetrying(): boolean {
    return !this.link && !this.failure && !this.over.signal.aborted
  }

  private heard(link: Link, message: Incoming): void {
    if (message.kind === 'request') {
      const error = { code: -32601, message: `${message.method} cannot be answered: this connection is shared by many sessions.` }
      link.respond(message.id, { error }).catch(nothing)
    } else if (this.link !== link) {
      return
    } else if (listChanged.has(message.method)) {
      this.listAfter(Math.max(coalesceMs, this.listedAt + this.listGapMs - Date.now()))
    } else {
      this.parts.onMessage(message)
    }
  }

  private async refreshOnce(): Promise<boolean> {
    try {
      const link = await this.connect()
      await this.list()
      return this.link === link && this.wellSince !== Infinity
    } catch {
      return false
    }
  }

  private listAfter(ms: number): void {
    const due = Date.now() + ms
    if (due >= this.listDue) return
    clearTimeout(this.listTimer)
    this.listDue = due
    this.listTimer = setTimeout(() => {
      this.listDue = Infinity
      if (this.listing) this.listAgain = true
      else void this.list()
    }, ms).unref()
  }

  /** Introspects; joins what is under way. Failures are told in the state. */
  private list(): Promise<void> {
    this.listing ??= this.listOnce().finally(() => {
      this.listing = undefined
      if (this.listAgain) this.listAfter(this.listGapMs)
      this.listAgain = false
    })
    return this.listing
  }

  private async listOnce(): Promise<void> {
    const link = this.link
    if (!link) return
    this.listedAt = Date.now()
    try {
      const timeoutMs = this.record().timeout_seconds * 1000
      const catalog = await introspect(link, this.record().id, { timeoutMs, signal: this.over.signal })
      if (this.link !== link || this.over.signal.aborted) return
      const begun = performance.now()
      this.parts.onCatalog(catalog)
      this.listGapMs = Math.max(leastGapMs, gapFactor * (performance.now() - begun))
      this.well()
    } catch (thrown) {
      if (this.link === link && !this.over.signal.aborted) this.unlisted(link, toGatewayError(thrown))
    }
  }

  private well(): void {
    this.silences = 0
    this.wasReady = true
    if (this.wellSince === Infinity) this.wellSince = Date.now()
    this.say('ready', null)
  }

  private unlisted(link: Link, error: GatewayError): void {
    if (error.code === 'upstream.login_required') {
      this.link = undefined
      void link.close()
      return this.failed(error)
    }
    if (this.isDead(error)) return this.lost(link, error.message, error.code)
    this.say('degraded', `Its catalogue could not be refreshed: ${error.message}`, error.code)
    this.listAfter(this.backOffMs())
  }

  private isDead(error: GatewayError): boolean {
    if (error.code === 'upstream.timeout') {
      const { transport } = this.record()
      return ++this.silences >= (transport === 'stdio' || transport === 'builtin' ? patience : 1)
    }
    return error.code === 'upstream.session_lost' || error.code === 'upstream.closed' || error.code === 'upstream.unreachable'
  }
}
