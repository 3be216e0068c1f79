import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Failure } from './failure'

/** Bytes of the largest answer that is read. */
export const largestAnswer = 268_435_456
/** Milliseconds in which a connection must stand. How long the answer takes is the gateway's business: a person may have to decide. */
const connectMs = 10_000

/** One request. node:http rather than `fetch`: it starts sooner, and does not give up on a call that waits for a person. */
export interface Asked {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Ends it, whatever it waits for. */
  readonly signal?: AbortSignal
  /** The gateway has said that the request waits for a person (102). */
  readonly onHeld?: () => void
}

/** Sends a request and waits for the head of the answer. Follows no redirect: that would carry the token elsewhere. */
export function send(url: URL, asked: Asked): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: asked.method,
      headers: { ...asked.headers, ...(asked.body === undefined ? {} : { 'content-length': Buffer.byteLength(asked.body) }) },
      agent: false,
      ...(asked.signal ? { signal: asked.signal } : {}),
    })
    const tooSlow = setTimeout(() => request.destroy(new Error('no connection in time')), connectMs)
    request.once('socket', (socket) => socket.once('connect', () => clearTimeout(tooSlow)))
    request.once('response', resolve)
    request.on('information', ({ statusCode }) => statusCode === 102 && asked.onHeld?.())
    request.on('error', reject)
    request.once('close', () => clearTimeout(tooSlow))
    request.end(asked.body)
  })
}

/** The whole body as text. @throws what `tooLarge` makes */
export async function readText(answer: IncomingMessage, tooLarge: () => Failure): Promise<string> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    total += chunk.length
    if (total > largestAnswer) throw tooLarge()
  }
  return Buffer.concat(chunks).toString('utf8')
}
