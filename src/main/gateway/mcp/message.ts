import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../../../shared/errors'
import { parseExactly } from '../../../shared/exact-json'
import type { JsonText } from '../hooks'
import type { Envelope, Span } from './envelope'
import { isKey, readEnvelope, walkObject } from './envelope'
import { deepestNesting, skipSpace, skipValue, tooDeep } from './json-scan'
import type { Incoming, Params, Reply, RpcError, RpcId } from './link'

/*
 * JSON-RPC 2.0 messages as text: read from clients and upstreams, written to both. Results are never parsed here, only spliced.
 */

/** What a client may send in one POST. */
export type ClientMessage =
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: Params }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Params }
  | { readonly kind: 'response'; readonly id: RpcId; readonly answer: { readonly result: unknown } | { readonly error: RpcError } }

/** What an upstream may send. A null id is that of an error of a server that could not read our id. */
export type UpstreamMessage = Incoming | { readonly kind: 'reply'; readonly id: RpcId | null; readonly reply: Reply }

export interface MessageLimits {
  /** Levels of nesting; at most `deepestNesting`, which is the default. */
  readonly maxDepth: number
}

/** Bytes of the longest notification or request of an upstream's: it is parsed whole, which an answer is not. */
export const longestUnasked = 8 * 1024 * 1024
/** Results up to this many bytes are strings, longer ones stay Buffers. */
export const longestString = 64 * 1024

/**
 * Reads one message of a client's. Numbers that a double cannot hold keep their digits (see exact-json.ts).
 * @throws GatewayError `input.malformed`, `input.too_deep`, `input.batch`, `input.invalid`; `details.id` is the request's id when it is known
 */
export function parseMessage(body: Buffer, limits: MessageLimits = { maxDepth: deepestNesting }): ClientMessage {
  const text = body.toString('utf8')
  // Fewer characters than two for each level cannot nest too deep and be whole.
  if (text.length > 2 * limits.maxDepth) requireFlat(body, limits.maxDepth)
  const message = parseBody(text)
  if (Array.isArray(message)) throw new GatewayError('input.batch', 'Batches are not part of MCP any more: send one message per POST.')
  if (!isObject(message) || message.jsonrpc !== '2.0')
    throw malformedMessage('The body must be one JSON-RPC 2.0 message: an object with "jsonrpc": "2.0".')
  return typeof message.method === 'string' ? asCall(message, message.method) : asResponse(message)
}

function requireFlat(body: Buffer, maxDepth: number): void {
  if (skipValue(body, skipSpace(body, 0), maxDepth) === tooDeep) {
    throw new GatewayError('input.too_deep', `A message may be nested ${maxDepth} levels deep at most.`)
  }
}

const malformedMessage = (message: string) => new GatewayError('input.malformed', message)

function parseBody(text: string): unknown {
  try {
    return parseExactly(text)
  } catch (cause) {
    throw new GatewayError('input.malformed', 'The body is not valid JSON.', { cause })
  }
}

function asCall(message: Record<string, unknown>, method: string): ClientMessage {
  const { id, params = {} } = message
  if (id !== undefined && !isRpcId(id)) throw malformedMessage('The id of a request is a string or an integer below 2^53.')
  if (!isObject(params))
    throw new GatewayError('input.invalid', 'The params of a message are an object.', id === undefined ? {} : { details: { id } })
  return id === undefined ? { kind: 'notification', method, params } : { kind: 'request', id, method, params }
}

function asResponse(message: Record<string, unknown>): ClientMessage {
  const { id, error } = message
  if (!isRpcId(id) || (message.result === undefined) === (error === undefined)) {
    throw malformedMessage('A message needs a method, or an id and either a result or an error.')
  }
  return { kind: 'response', id, answer: error === undefined ? { result: message.result } : { error: asRpcError(error) } }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A number beyond 2^53 would be answered with another one. */
const isRpcId = (id: unknown): id is RpcId => typeof id === 'string' || (typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER)

/** What the SDK puts before a message at every hop. */
const hopPrefix = /^(?:MCP error -?\d+: )+/

/** An error as it was meant: the hops' prefixes stripped, code and data kept; what is no error object becomes one. */
export function asRpcError(error: unknown): RpcError {
  if (!isObject(error)) return { code: -32603, message: 'The other side reported an error without saying which.' }
  const { code, message, data } = error
  const text = typeof message === 'string' ? message.replace(hopPrefix, '') : ''
  return { code: Number.isInteger(code) ? (code as number) : -32603, message: text, ...(data === undefined ? {} : { data }) }
}

/** Reads one message of an upstream's; results stay unparsed. @returns undefined for anything but one JSON-RPC message of a length that may be */
export function readUpstreamMessage(bytes: Buffer): UpstreamMessage | undefined {
  const envelope = readEnvelope(bytes)
  if (!envelope) return undefined
  return envelope.method === undefined ? replyIn(envelope, bytes) : incomingIn(envelope, envelope.method, bytes)
}

function replyIn({ id = null, result, error }: Envelope, bytes: Buffer): UpstreamMessage | undefined {
  if (error) return result ? undefined : { kind: 'reply', id, reply: { error: asRpcError(parseSpan(bytes, error)) } }
  return result && id !== null ? { kind: 'reply', id, reply: { result: textOf(bytes, result) } } : undefined
}

function incomingIn({ id, params: span }: Envelope, method: string, bytes: Buffer): Incoming | undefined {
  if (bytes.length > longestUnasked) return undefined
  const params = span && parseSpan(bytes, span)
  if ((params !== undefined && !isObject(params)) || id === null) return undefined
  return id === undefined ? { kind: 'notification', method, params } : { kind: 'request', id, method, params }
}

const parseSpan = (bytes: Buffer, { start, end }: Span) => parseExactly(bytes.toString('utf8', start, end))

/** The text of one value of a message: a string when it is short, else the bytes themselves, copied only to mend what is not UTF-8. */
export function textOf(bytes: Buffer, { start, end }: Span): JsonText {
  if (end - start <= longestString) return bytes.toString('utf8', start, end)
  const value = bytes.subarray(start, end)
  return isUtf8(value) ? value : Buffer.from(value.toString('utf8'))
}

/** Parses JSON text; numbers that a double cannot hold keep their digits (see exact-json.ts). @throws SyntaxError */
export const parseJson = (text: JsonText): unknown => parseExactly(typeof text === 'string' ? text : text.toString('utf8'))

/** Bytes of UTF-8. */
export const sizeOf = (text: JsonText): number => (typeof text === 'string' ? Buffer.byteLength(text) : text.length)

const idText = (id: RpcId | null) => (typeof id === 'number' ? String(id) : JSON.stringify(id))

/** The answer to a request, its result spliced in: a string, or for a Buffer the pieces that make it up, uncopied. */
export function replyText(id: RpcId, result: string): string
export function replyText(id: RpcId, result: JsonText): string | readonly Buffer[]
export function replyText(id: RpcId, result: JsonText): string | readonly Buffer[] {
  if (typeof result === 'string') return responseText(id, result)
  return [Buffer.from(`{"jsonrpc":"2.0","id":${idText(id)},"result":`), result, closingBrace]
}
const closingBrace = Buffer.from('}')

/** @param result JSON text */
export const responseText = (id: RpcId, result: string): string => `{"jsonrpc":"2.0","id":${idText(id)},"result":${result}}`

export const errorText = (id: RpcId | null, error: RpcError): string =>
  `{"jsonrpc":"2.0","id":${idText(id)},"error":${JSON.stringify(error)}}`

export const requestText = (id: RpcId, method: string, params?: Params): string =>
  `{"jsonrpc":"2.0","id":${idText(id)},"method":${JSON.stringify(method)}${paramsText(params)}}`

export const notificationText = (method: string, params?: Params): string =>
  `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${paramsText(params)}}`

const paramsText = (params: Params | undefined) => (params === undefined ? '' : `,"params":${JSON.stringify(params)}`)

const isErrorKey = Buffer.from('"isError"')

/** Whether a tool's result says `isError: true` at its top level. Looks at the text first: most results don't even name it. */
export function isErrorResult(result: JsonText): boolean {
  // An escaped key must spell one of its letters as `\u00…`.
  if (!result.includes('isError') && !result.includes('\\u00')) return false
  const bytes = typeof result === 'string' ? Buffer.from(result) : result
  let isError = false
  walkObject(bytes, (keyStart, keyEnd, start, end) => {
    // The last of several wins, as it does for whoever parses it.
    if (isKey(bytes, keyStart, keyEnd, isErrorKey)) isError = bytes.toString('latin1', start, end) === 'true'
    return true
  })
  return isError
}
