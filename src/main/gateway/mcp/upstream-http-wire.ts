import type { Dispatcher } from 'undici'
import { GatewayError } from '../../../shared/errors'
import type { Target } from './link'

/*
 * One HTTP request to an upstream on undici's lowest interface, and what its failures are called.
 * `pool.request` with a body stream costs 30 us of CPU for a small call, this 20.
 */

/** Limits of the Streamable HTTP client leg, per link unless said otherwise. */
export const httpLimits = {
  /** Bytes of one message: a JSON body or one event of a stream. */
  messageBytes: 64 * 1024 * 1024,
  /** Bytes of a refusal's body that are read to quote it. */
  refusalBytes: 64 * 1024,
  /**
   * Connections to one origin for requests, opened when needed; further requests wait. Twice what one session may have under way, so
   * that none keeps the others waiting. Notifications, answers and streams have their own.
   */
  connections: 512,
  /** Milliseconds to reach an origin that does not answer. */
  connectMs: 10_000,
  /** Milliseconds for a notification or an answer to be taken. */
  sendMs: 30_000,
  /** Notifications and answers that wait to be taken; each holds a connection. What is beyond is not sent. */
  sends: 128,
  /** Milliseconds that a stream may stay open behind the answer it brought. */
  lingerMs: 5_000,
  /** Milliseconds for the goodbye (DELETE). */
  goodbyeMs: 1_000,
  /** Attempts in a row to take up a broken stream again without hearing anything new. */
  resumeTries: 5,
  /** Characters of a session id or event id. */
  idChars: 1_024,
  /** Messages that nobody asked for: so many per second, and so many at once; each 16 KiB of one counts as one more. */
  unaskedPerSecond: 1_000,
  unaskedBurst: 2_000,
  /** Bytes of such messages that are kept before the handshake is done. */
  earlyBytes: 4 * 1024 * 1024,
  /** Milliseconds for which a flooding stream is not read. */
  floodPauseMs: 20,
} as const

/** What receives an answer. Nothing is called after `abort()`. */
export interface Receiver {
  onStart(status: number, headers: RawHeaders): void
  /** @returns false to pause; `HttpCall.resume` goes on */
  onChunk(chunk: Buffer): boolean
  onEnd(): void
  /** @param sent whether the request may have reached the upstream */
  onFail(error: Error, sent: boolean): void
}

/** Header names and values by turns, as they came. */
export type RawHeaders = readonly Buffer[]

/** A request that is under way. */
export interface RunningCall {
  /** Stops it, wherever it is. */
  abort(): void
  resume(): void
  /** Whether it may have reached the upstream. */
  readonly wasSent: boolean
}

const gone = new Error('no longer wanted')

/**
 * The raw handler of undici 7 rather than its controller interface, which would parse all headers and wrap every call: 3 us less.
 */
export class HttpCall implements RunningCall {
  private aborted = false
  private sent = false
  private abortRequest: ((error?: Error) => void) | undefined
  private resumeReading: (() => void) | undefined

  constructor(private readonly receiver: Receiver) {}

  /** Stops it, wherever it is. */
  abort(): void {
    if (this.aborted) return
    this.aborted = true
    this.abortRequest?.(gone)
  }

  resume(): void {
    if (!this.aborted) this.resumeReading?.()
  }

  get wasSent(): boolean {
    return this.sent
  }

  onConnect(abort: (error?: Error) => void): void {
    // A throw drops the request before it is written and leaves the connection to the next one.
    if (this.aborted) throw gone
    this.sent = true
    this.abortRequest = abort
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    this.resumeReading = resume
    if (status >= 200 && !this.aborted) this.receiver.onStart(status, headers)
    return true
  }

  onData(chunk: Buffer): boolean {
    return this.aborted || this.receiver.onChunk(chunk)
  }

  onComplete(): void {
    if (!this.aborted) this.receiver.onEnd()
  }

  onError(error: Error): void {
    if (!this.aborted) this.receiver.onFail(error, this.sent)
  }
}

/** Hands the request to the pool. What is wrong with it reaches the receiver as a failure. */
export function dispatch(pool: Dispatcher, options: Dispatcher.DispatchOptions, receiver: Receiver): HttpCall {
  const call = new HttpCall(receiver)
  pool.dispatch(options, call)
  return call
}

/** The first header of this lower-case name. */
export function headerOf(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const key = headers[i]
    if (key?.length === name.length && key.toString('latin1').toLowerCase() === name) return headers[i + 1]?.toString('latin1')
  }
  return undefined
}

/** Every header of this lower-case name. */
export const headersOf = (headers: RawHeaders, name: string): string[] =>
  headers.flatMap((key, i) =>
    i % 2 === 0 && key.toString('latin1').toLowerCase() === name ? (headers[i + 1]?.toString('latin1') ?? []) : [],
  )

/** A session or event id that can go into a header; undefined for any other. */
export const usableId = (id: string | undefined): string | undefined =>
  id !== undefined && id.length <= httpLimits.idChars && /^[\x21-\x7e]+$/.test(id) ? id : undefined

/** What an answer's body is, by its Content-Type. */
export type BodyKind = 'json' | 'events' | 'other'

export function bodyKind(headers: RawHeaders): BodyKind {
  const type = headerOf(headers, 'content-type')
  if (type === 'application/json') return 'json'
  const media = type?.split(';', 1)[0]?.trim().toLowerCase()
  if (media === 'application/json') return 'json'
  return media === 'text/event-stream' ? 'events' : 'other'
}

/** Where a target is: its name and host:port, all of it that messages may say; the path may hold a secret. */
export interface Place {
  readonly server: string
  readonly host: string
}

/** @throws GatewayError `config.invalid` */
export function urlOf(target: Target): URL {
  const url = target.url !== null && URL.canParse(target.url) ? new URL(target.url) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new GatewayError('config.invalid', `${target.name} needs an http or https url.`)
  if (url.username !== '' || url.password !== '') {
    throw new GatewayError(
      'config.invalid',
      `The url of ${target.name} holds a user name or password; put them into an Authorization header instead.`,
    )
  }
  return url
}

export const placeOf = (target: Target, url: URL): Place => ({
  server: target.name,
  host: url.port === '' ? `${url.hostname}:${url.protocol === 'https:' ? '443' : '80'}` : url.host,
})

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; is the server running?',
  ENOTFOUND: 'the name is not known; check the address and the network.',
  EAI_AGAIN: 'the name could not be looked up; check the network.',
  EHOSTUNREACH: 'the host cannot be reached; check the network.',
  ENETUNREACH: 'the network cannot be reached; check the connection.',
  ETIMEDOUT: 'nobody answers there; check the address and the network.',
  UND_ERR_CONNECT_TIMEOUT: 'nobody answers there; check the address and the network.',
}
const aboutTls = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO$)/
const aboutBytes = /^(HPE_|HTTPParserError$|UND_ERR_HEADERS_OVERFLOW)/

/** Names what the network or the other side did to a request. @param sent whether the upstream may have got it */
export function failureOf(error: Error, sent: boolean, { server, host }: Place): GatewayError {
  if (error instanceof GatewayError) return error
  const code = codeOf(error)
  if (aboutBytes.test(code))
    return new GatewayError('upstream.garbage', `${server} at ${host} answered with something that is not HTTP (${code}).`, {
      cause: error,
    })
  if (sent)
    return new GatewayError('upstream.closed', `${server} at ${host} closed the connection before it answered (${code}).`, { cause: error })
  const hint = aboutTls.test(code)
    ? 'a secure connection could not be made; check its certificate and whether the url begins with https.'
    : unreachable[code]
  return new GatewayError('upstream.unreachable', `${server} at ${host} cannot be reached (${code}): ${hint ?? 'see the log.'}`, {
    cause: error,
  })
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  if (typeof code === 'string' && code !== '') return code
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  return first instanceof Error ? codeOf(first) : error.name
}

/** Headers that belong to one connection or to us, not to a server's settings. */
const ours = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'expect'],
  ...['host', 'content-length', 'content-type', 'accept', 'accept-encoding', 'last-event-id'],
])
/** RFC 9110, section 5.5: visible characters, spaces and tabs. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/
const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** A server's own headers as a flat list, without those that are ours. @throws GatewayError `config.invalid` naming the header, never its value */
export function ownHeaders(target: Target): string[] {
  const headers: string[] = []
  for (const [name, value] of Object.entries(target.headers)) {
    if (!fieldName.test(name) || !fieldValue.test(value)) {
      throw new GatewayError(
        'config.invalid',
        `The header ${JSON.stringify(name.slice(0, 100))} of ${target.name} has a line break or a character that HTTP does not allow.`,
      )
    }
    const lower = name.toLowerCase()
    const isReplaced = lower === 'authorization' && target.credential !== undefined
    if (!ours.has(lower) && !lower.startsWith('mcp-') && !isReplaced) headers.push(name, value)
  }
  return headers
}
