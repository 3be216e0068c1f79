import { type Agent, fetch } from 'undici'
import { GatewayError } from '../../../shared/errors'
import type { Credential } from '../hooks'
import { type FloodGate, cut } from './flood'
import { isUnauthorized } from './unauthorized'

/** Bytes of one event of a legacy SSE upstream; a longer one breaks the connection. */
export const longestEvent = 32 * 1024 * 1024

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** What a guarded fetch needs to know of its connection. */
export interface FetchGuard {
  readonly server: string
  readonly agent: Agent
  readonly gate: FloodGate
  readonly credential?: Credential | undefined
}

/**
 * A fetch for the SDK's transport that follows no redirect (it would carry credentials along), never times out on silence,
 * holds no event beyond {@link longestEvent} and waits while the gate is full.
 * @returns a fetch that throws GatewayError `upstream.unreachable`, `login_required`, `session_lost` or `refused`
 */
export function guardFetch(guard: FetchGuard): Fetch {
  const { credential } = guard
  if (!credential) return (url, init) => fetchOnce(guard, url, init)
  return async (url, init) => {
    const first = await credential.authorization()
    try {
      return await fetchOnce(guard, url, init, first)
    } catch (thrown) {
      if (!(thrown instanceof Unauthorized) || !(await credential.refused(first, thrown.status, thrown.challenge))) throw thrown
      return fetchOnce(guard, url, init, await credential.authorization())
    }
  }
}

async function fetchOnce(guard: FetchGuard, url: string | URL, init: RequestInit = {}, authorization?: string): Promise<Response> {
  const { method = 'GET', body, signal = null } = init
  const headers = Object.fromEntries(new Headers(init.headers))
  if (authorization !== undefined) headers.authorization = authorization
  const request = {
    method,
    headers,
    body: typeof body === 'string' ? body : null,
    signal,
    redirect: 'manual',
    dispatcher: guard.agent,
  } as const
  const response = await fetch(url, request).catch((cause: unknown) => {
    throw unreachable(guard.server, cause)
  })
  if (response.ok) return guarded(response, guard.gate)
  await response.body?.cancel()
  const challenge = response.headers.get('www-authenticate') ?? undefined
  if (isUnauthorized(response.status, challenge)) throw new Unauthorized(guard.server, response.status, challenge)
  throw refusal(guard.server, method, response.status)
}

/** No token, one that is over, or one whose scope is too small. */
class Unauthorized extends GatewayError {
  constructor(
    server: string,
    readonly status: number,
    readonly challenge: string | undefined,
  ) {
    super('upstream.login_required', `${server} asks for a login (HTTP ${status}).`)
  }
}

function unreachable(server: string, cause: unknown): unknown {
  if (cause instanceof Error && cause.name === 'AbortError') return cause
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const why = inner instanceof Error ? cut(inner.message, 200) : 'unknown'
  return new GatewayError('upstream.unreachable', `${server} cannot be reached (${why}); check its url and that it runs.`, { cause })
}

function refusal(server: string, method: string, status: number): GatewayError {
  if (status === 404 && method === 'POST')
    return new GatewayError('upstream.session_lost', `${server} has forgotten the session (HTTP 404).`)
  if (status >= 300 && status < 400)
    return new GatewayError('upstream.refused', `${server} redirects (HTTP ${status}); enter the address it redirects to.`)
  return new GatewayError('upstream.refused', `${server} answered HTTP ${status}; check its url and headers.`)
}

interface Readable {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<void>
  }
}

function guarded(
  response: { readonly status: number; readonly headers: Iterable<[string, string]>; readonly body: Readable | null },
  gate: FloodGate,
): Response {
  const body = response.body === null ? null : guardedBody(response.body, gate)
  return new Response(body, { status: response.status, headers: [...response.headers] })
}

function guardedBody(body: Readable, gate: FloodGate): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const size = new EventSize()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const pauseMs = gate.pauseMs()
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      const { done, value } = await reader.read()
      if (done || value === undefined) return controller.close()
      if (size.after(value) <= longestEvent) return controller.enqueue(value)
      await reader.cancel()
      controller.error(new Error(`an event was longer than ${longestEvent} bytes`))
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** Bytes since the last empty line, which ends an event. */
class EventSize {
  private size = 0
  private tail: Uint8Array = new Uint8Array()

  after(chunk: Uint8Array): number {
    const seen = Buffer.concat([this.tail, chunk])
    const ends = Math.max(seen.lastIndexOf('\n\n'), seen.lastIndexOf('\n\r\n'), seen.lastIndexOf('\r\r'))
    this.size = ends === -1 ? this.size + chunk.length : seen.length - ends
    this.tail = seen.subarray(-2)
    return this.size
  }
}
