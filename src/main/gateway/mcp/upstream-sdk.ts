import { Agent } from 'undici'
import { GatewayError } from '../../../shared/errors'
import { parseExactly } from '../../../shared/exact-json'
import { FloodGate, cut } from './flood'
import { guardFetch } from './guarded-fetch'
import type { LinkEvents, OpenLink, Target } from './link'
import { RpcLink, type Wire, within } from './rpc-link'
import type { JSONRPCMessage, SSEClientTransport } from './sdk'

/*
 * Legacy HTTP+SSE (MCP 2024-11-05) through the SDK's transport, below its Client: it finds the endpoint, posts and reads events.
 * It parses each envelope and keeps results whole, but as values: an integer beyond 2^53 loses digits on this leg, and only here.
 * Its EventSource would reconnect by itself, into a session that nobody has greeted, so the first break ends the connection.
 */

/** Messages of one connection that wait to be taken, each on a socket of its own; what is beyond is refused. */
export const mostSending = 256

/** Legacy SSE; the target's headers go with the GET and with every POST, redirects are not followed. */
export const openSseLink: OpenLink = async (target, handshake, events, signal) => {
  if (signal.aborted) throw new GatewayError('call.cancelled', 'The connection was given up.')
  const wire = new SseWire(target, events)
  try {
    await wire.start(signal)
  } catch (error) {
    await wire.end()
    throw error
  }
  await wire.link.greet(handshake, target.handshakeTimeoutMs, signal)
  wire.speak(wire.link.initialized.protocolVersion)
  return wire.link
}

class SseWire implements Wire {
  readonly link: RpcLink
  private readonly gate = new FloodGate()
  private readonly agent: Agent
  private transport: SSEClientTransport | undefined
  /** Why the stream could not be opened or broke, as our fetch saw it; the SDK's error has only its text. */
  private failure: GatewayError | undefined
  private sending = 0

  constructor(
    private readonly target: Target,
    events: LinkEvents,
  ) {
    // Silence is no error on an event stream: who waits for an answer has a time-out.
    this.agent = new Agent({ bodyTimeout: 0, headersTimeout: 0, connect: { timeout: target.handshakeTimeoutMs } })
    this.link = new RpcLink(target.name, this, events, this.gate)
  }

  /** Opens the stream and waits until it has named the endpoint for our POSTs. */
  async start(signal: AbortSignal): Promise<void> {
    const { SSEClientTransport, SseError } = await import('./sdk')
    const transport = new SSEClientTransport(this.url(), {
      requestInit: { headers: { ...this.target.headers } },
      fetch: this.fetch(),
    })
    this.transport = transport
    transport.onmessage = (message) => this.link.receive(Buffer.from(JSON.stringify(message)))
    transport.onerror = (error) => {
      if (error instanceof SseError) this.broke(error)
      // What our fetch threw reaches whoever sent; the rest is a message that could not be read.
      else if (!(error instanceof GatewayError) && error.name !== 'AbortError')
        this.link.note(`not a JSON-RPC message: ${cut(error.message, 200)}`)
    }
    const late = () => new GatewayError('upstream.timeout', `${this.target.name} did not open its event stream in time; check its url.`)
    await within(transport.start(), this.target.handshakeTimeoutMs, late, signal).catch((error: unknown) => {
      throw error instanceof GatewayError ? error : this.brokenBy(error)
    })
  }

  /** Later requests say which revision was agreed on. */
  speak(protocolVersion: string): void {
    this.transport?.setProtocolVersion(protocolVersion)
  }

  async send(text: string): Promise<void> {
    if (this.sending >= mostSending)
      throw new GatewayError('limit.in_flight', `${this.target.name} takes no messages; ${this.sending} of them wait already.`)
    this.sending++
    try {
      await this.transport?.send(parseExactly(text) as JSONRPCMessage)
    } catch (cause) {
      const error = cause instanceof GatewayError ? cause : this.brokenBy(cause)
      if (error.code === 'upstream.session_lost' || error.code === 'upstream.login_required') this.link.lost(error)
      throw error
    } finally {
      this.sending--
    }
  }

  async end(): Promise<void> {
    await this.transport?.close().catch(() => undefined)
    await this.agent.destroy().catch(() => undefined)
  }

  private url(): URL {
    if (this.target.url !== null && URL.canParse(this.target.url)) return new URL(this.target.url)
    throw new GatewayError('upstream.unreachable', `${this.target.name} has no valid url; correct it.`)
  }

  private fetch(): (url: string | URL, init?: RequestInit) => Promise<Response> {
    const fetch = guardFetch({ server: this.target.name, agent: this.agent, gate: this.gate, credential: this.target.credential })
    let opened = false
    return async (url, init) => {
      if (init?.method === 'POST') return fetch(url, init)
      if (opened) throw new Error('the event stream is over')
      opened = true
      return fetch(url, init).catch((error: unknown) => {
        if (error instanceof GatewayError) this.failure = error
        throw error
      })
    }
  }

  private broke(cause: Error): void {
    this.link.lost(this.brokenBy(cause))
    // Only after this turn: the EventSource sets its reconnect timer behind the event.
    setImmediate(() => void this.end())
  }

  private brokenBy(cause: unknown): GatewayError {
    const why = cause instanceof Error ? cut(cause.message, 200) : 'unknown'
    return this.failure ?? new GatewayError('upstream.closed', `The event stream of ${this.target.name} ended (${why}).`, { cause })
  }
}
