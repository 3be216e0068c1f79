import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../../shared/errors'

/**
 * The body of a request that was read before it came here: a parser of the program that embeds the gateway has left it in
 * `req.body`, as Express does. Undefined when it is still to be read. Numbers that JavaScript cannot hold are lost by then:
 * mounted before the parser, the gateway keeps them.
 * @throws GatewayError `input.malformed` when it was read and left nowhere
 */
export function parsedBody(req: IncomingMessage): Buffer | undefined {
  if (!req.readableEnded) return undefined
  const { body } = req as { readonly body?: unknown }
  if (Buffer.isBuffer(body)) return body
  if (body !== undefined) return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  throw new GatewayError(
    'input.malformed',
    'The body was read before it reached the gateway; mount the gateway before what reads it, or leave the body in "req.body".',
  )
}
