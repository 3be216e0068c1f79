import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError, toGatewayError } from '../../../shared/errors'
import type { Log } from '../log'
import { parsedBody } from '../parsed-body'
import type { AdminEnv, Principal } from '../plugin'
import { problemResponse } from '../admin/problem'

/** Published limits, in bytes: the largest body that is read, and the largest that is thrown away politely before the answer. */
export const adminLimits = { bodyBytes: 4_194_304, discardedBytes: 33_554_432 } as const

/** `Prefer: processing`: an interim `102 Processing` tells that the request waits for a person. */
export const preferHeldNotice = 'processing'

/** A Hono app as the bridge sees it. */
export interface FetchApp<Env> {
  fetch(request: Request, env: Env): Response | Promise<Response>
}

/** How the listener hands a request on, after Host, Origin and token were checked. A path keeps its query. None of them rejects. */
export interface AdminListener {
  /** @param path below the admin prefix; `/openapi.json` is one of them */
  admin(req: IncomingMessage, res: ServerResponse, principal: Principal, path: string): Promise<void>
  /** @param path `/docs` and below, whole */
  docs(req: IncomingMessage, res: ServerResponse, path: string): Promise<void>
  /** @param path `/ui` and below, whole */
  ui(req: IncomingMessage, res: ServerResponse, path: string): Promise<void>
}

/** What the listener needs; the apps are asked for with each request, so that they can be loaded with the first. */
export interface AdminListenerParts {
  loadAdmin(): Promise<FetchApp<AdminEnv['Bindings']>>
  loadDocs(): Promise<FetchApp<undefined>>
  loadUi(): Promise<FetchApp<undefined>>
  readonly log: Pick<Log, 'error'>
}

/** The HTTP door of the admin API: node:http on one side, Hono apps on the other. */
export function createAdminListener(parts: AdminListenerParts): AdminListener {
  const serve = async (req: IncomingMessage, res: ServerResponse, path: string, answer: (request: Request) => Promise<Response>) => {
    try {
      const response = await requestOf(req, res, path)
        .then(answer)
        .catch((thrown: unknown) => refuse(thrown, parts.log))
      await send(response, req, res)
    } catch {
      // The other side is gone, or the stream was cut off: there is nobody to tell.
      res.destroy()
    }
  }
  return {
    admin: (req, res, principal, path) =>
      serve(req, res, path, async (request) => (await parts.loadAdmin()).fetch(request, { principal, onHeld: () => tellHeld(req, res) })),
    docs: (req, res, path) => serve(req, res, path, async (request) => (await parts.loadDocs()).fetch(request, undefined)),
    ui: (req, res, path) => serve(req, res, path, async (request) => (await parts.loadUi()).fetch(request, undefined)),
  }
}

/** 102 to those who asked for it: many a client takes an interim answer for the answer. */
function tellHeld(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.prefer === preferHeldNotice && !res.headersSent) res.writeProcessing()
}

function refuse(thrown: unknown, log: AdminListenerParts['log']): Response {
  const error = toGatewayError(thrown)
  if (error.code === 'internal') log.error('A request to the admin API could not be handed on.', { cause: error.context.cause ?? error })
  return problemResponse(error)
}

/** Credentials end here: nothing behind the door needs them, so nothing can pass them on. */
const credentials = new Set(['authorization', 'proxy-authorization', 'cookie'])

async function requestOf(req: IncomingMessage, res: ServerResponse, path: string): Promise<Request> {
  const method = req.method ?? 'GET'
  if (['CONNECT', 'TRACE', 'TRACK'].includes(method)) throw new GatewayError('method.not_allowed', `${method} is not used here.`)
  const body = method === 'GET' || method === 'HEAD' ? null : await readBody(req)
  const gone = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) gone.abort()
  })
  return new Request(`http://gateway${path}`, { method, headers: headersOf(req), signal: gone.signal, body: body?.length ? body : null })
}

function headersOf(req: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined && !credentials.has(name)) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}

async function readBody(req: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = () =>
    new GatewayError('input.too_large', `The body is larger than ${adminLimits.bodyBytes} bytes, which is the most that is read.`)
  const parsed = parsedBody(req)
  if (parsed && parsed.length > adminLimits.bodyBytes) throw tooLarge()
  if (parsed) return Uint8Array.from(parsed)
  if (Number(req.headers['content-length'] ?? 0) > adminLimits.discardedBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    total += chunk.length
    if (total <= adminLimits.bodyBytes) chunks.push(chunk)
    else chunks.length = 0
    // Somewhat too much is read to its end: who is cut off while sending often never sees the answer.
    if (total > adminLimits.discardedBytes) break
  }
  if (total > adminLimits.bodyBytes) throw tooLarge()
  return Uint8Array.from(Buffer.concat(chunks))
}

async function send(response: Response, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (res.destroyed) return response.body?.cancel()
  // What is left of an unread body must not be taken for the next request.
  if (!req.complete) res.setHeader('connection', 'close')
  res.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body === null || req.method === 'HEAD') {
    res.end()
    return response.body?.cancel()
  }
  res.flushHeaders()
  await pump(response.body.getReader(), res)
}

/** Piece by piece, no faster than the other side reads; stops at once when it is gone. */
async function pump(reader: ReadableStreamDefaultReader<Uint8Array>, res: ServerResponse): Promise<void> {
  // A stream that was cut off has nothing to cancel any more; its reader hears why below.
  res.once('close', () => void reader.cancel().catch(() => undefined))
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (!res.write(value)) await drained(res)
  }
  res.end()
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      res.off('drain', go).off('close', go)
      resolve()
    }
    if (res.destroyed) resolve()
    else res.on('drain', go).on('close', go)
  })
}
