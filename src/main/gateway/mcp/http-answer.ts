import type { ServerResponse } from 'node:http'
import { codes } from '../../../shared/errors'
import type { JsonText } from '../hooks'
import type { Answer } from './caller'
import type { EventStream } from './event-stream'
import type { RpcError, RpcId } from './link'
import { errorText, replyText } from './message'
import type { Session } from './session'

/**
 * The answer to one POST: plain JSON, or server-sent events as soon as something must be said before it
 * (Streamable HTTP, "Sending Messages to the Server").
 */
export class HttpAnswer implements Answer {
  held = false
  onGone: (() => void) | undefined
  private stream: EventStream | undefined
  private done = false

  constructor(
    private readonly response: ServerResponse,
    private readonly session: Session,
    private readonly id: RpcId,
  ) {
    response.on('close', () => this.closed())
  }

  open(): void {
    if (this.stream || this.done) return
    this.stream = this.session.openStream({ lost: () => this.lost(), abandoned: () => this.gone() }, this.id)
    this.stream.attach(this.response, {})
  }

  send(message: string): boolean {
    if (this.done) return false
    this.open()
    this.stream?.send(message)
    return this.stream?.isOpen === true
  }

  reply(result: JsonText): void {
    if (this.done) return
    this.done = true
    const text = replyText(this.id, result)
    if (!this.stream) return writeJson(this.response, 200, text)
    this.stream.send(typeof text === 'string' ? text : Buffer.concat(text).toString('utf8'))
    this.stream.end()
  }

  fail(error: RpcError): void {
    if (this.done) return
    this.done = true
    const text = errorText(this.id, error)
    if (!this.stream) return writeJson(this.response, 200, text)
    this.stream.send(text)
    this.stream.end()
  }

  /** The connection closed: for plain JSON the answer has nowhere to go; a stream may be taken up again. */
  private closed(): void {
    if (!this.stream) this.gone()
  }

  /** A held call is withdrawn at once, and who comes back for it is told so; a running one goes on for a client that resumes, for a while. */
  private lost(): void {
    if (!this.held || this.done) return
    this.gone()
    this.stream?.send(errorText(this.id, withdrawn))
    this.stream?.end()
  }

  private gone(): void {
    if (this.done) return
    this.done = true
    this.onGone?.()
  }
}

const withdrawn: RpcError = {
  code: codes['call.cancelled'].rpc,
  message: 'The connection broke while the call waited for approval; nothing was run. Call again.',
  data: { code: 'call.cancelled' },
}

const json = { 'content-type': 'application/json' }

/** Writes one JSON body; a Buffer list goes out without being copied. */
export function writeJson(
  response: ServerResponse,
  status: number,
  body: string | readonly Buffer[],
  headers: Readonly<Record<string, string>> = json,
): void {
  if (response.headersSent || response.destroyed) return
  if (typeof body === 'string') {
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
    return
  }
  let length = 0
  for (const part of body) length += part.length
  response.writeHead(status, { ...headers, 'content-length': length })
  for (const part of body) response.write(part)
  response.end()
}
