import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/shared/errors'
import {
  asRpcError,
  errorText,
  isErrorResult,
  longestString,
  notificationText,
  parseJson,
  parseMessage,
  readUpstreamMessage,
  replyText,
  requestText,
  sizeOf,
} from '../../../src/main/gateway/mcp/message'

const parse = (value: unknown) => parseMessage(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
const codeOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error instanceof GatewayError ? error.code : error
  }
  return 'nothing'
}

describe('a message of a client', () => {
  it('is a request, a notification or a response', () => {
    expect(parse({ jsonrpc: '2.0', id: 0, method: 'ping' })).toEqual({ kind: 'request', id: 0, method: 'ping', params: {} })
    expect(parse({ jsonrpc: '2.0', method: 'n', params: { a: 1 } })).toEqual({ kind: 'notification', method: 'n', params: { a: 1 } })
    expect(parse({ jsonrpc: '2.0', id: 'x', result: null })).toEqual({ kind: 'response', id: 'x', answer: { result: null } })
    expect(parse({ jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } })).toEqual({
      kind: 'response',
      id: 1,
      answer: { error: { code: -1, message: 'no' } },
    })
  })

  it.each([
    ['broken JSON', '{"jsonrpc":', 'input.malformed'],
    ['an empty body', '', 'input.malformed'],
    ['a bare value', '7', 'input.malformed'],
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'ping' }], 'input.batch'],
    ['another version', { jsonrpc: '1.0', id: 1, method: 'ping' }, 'input.malformed'],
    ['a null id', { jsonrpc: '2.0', id: null, method: 'ping' }, 'input.malformed'],
    ['an id that is an object', { jsonrpc: '2.0', id: {}, method: 'ping' }, 'input.malformed'],
    ['an id that a double cannot hold', '{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}', 'input.malformed'],
    ['neither method nor answer', { jsonrpc: '2.0', id: 1 }, 'input.malformed'],
    ['a result and an error', { jsonrpc: '2.0', id: 1, result: {}, error: {} }, 'input.malformed'],
    ['params that are a list', { jsonrpc: '2.0', id: 1, method: 'ping', params: [] }, 'input.invalid'],
  ])('is refused when it is %s', (_what, body, code) => expect(codeOf(() => parse(body))).toBe(code))

  it('is refused at once when it is nested 10,000 levels deep, closed or not', () => {
    const deep = (open: string, close: string) =>
      `{"jsonrpc":"2.0","id":1,"method":"m","params":${open.repeat(10_000)}1${close.repeat(10_000)}}`
    expect(codeOf(() => parse(deep('[', ']')))).toBe('input.too_deep')
    expect(codeOf(() => parse(deep('{"a":', '}')))).toBe('input.too_deep')
    expect(codeOf(() => parse('['.repeat(1_000_000)))).toBe('input.too_deep')
    expect(codeOf(() => parseMessage(Buffer.from('{"jsonrpc":"2.0","method":"m","params":{"a":[[[1]]]}}'), { maxDepth: 3 }))).toBe(
      'input.too_deep',
    )
  })

  it('pollutes no prototype and passes such keys on', () => {
    const message = parse(
      '{"jsonrpc":"2.0","id":1,"method":"m","params":{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}}',
    )
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(JSON.stringify('params' in message && { ...message.params })).toBe(
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
    )
  })

  it.each([
    '12345678901234567890',
    '-9223372036854775808',
    '0.1234567890123456789',
    '123456789.123456789012',
    '1e400',
    '1E-400',
    '[1,20000000000000000001,"20000000000000000001"]',
  ])('gives the upstream the digits that the client sent: %s', (number) => {
    const message = parse(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":${number}}}`)
    expect(requestText(1, 'm', message.kind === 'request' ? message.params : {})).toBe(
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":${number}}}`,
    )
  })

  it('keeps numbers that a double holds as numbers', () => {
    expect(parse('{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"b":1234567890123456,"c":12345678901234567890}}')).toMatchObject({
      params: { a: 1, b: 1234567890123456 },
    })
  })
})

describe('a message of an upstream', () => {
  const read = (text: string) => readUpstreamMessage(Buffer.from(text))

  it('keeps its result as it was written', () => {
    expect(read('{"jsonrpc":"2.0","result":{ "n": 1.0, "big": 12345678901234567890 },"id":3}')).toEqual({
      kind: 'reply',
      id: 3,
      reply: { result: '{ "n": 1.0, "big": 12345678901234567890 }' },
    })
  })

  it('keeps a large result as bytes, and mends what is not UTF-8', () => {
    const wrap = (text: Buffer) => Buffer.concat([Buffer.from('{"id":1,"result":"'), text, Buffer.from('"}')])
    const large = readUpstreamMessage(wrap(Buffer.alloc(longestString, 'a')))
    expect(large?.kind === 'reply' && 'result' in large.reply && Buffer.isBuffer(large.reply.result)).toBe(true)
    const broken = readUpstreamMessage(wrap(Buffer.concat([Buffer.alloc(longestString, 'a'), Buffer.from([0xc3])])))
    expect(broken?.kind === 'reply' && 'result' in broken.reply && (parseJson(broken.reply.result) as string).at(-1)).toBe('\uFFFD')
  })

  it('is a notification or a request with its params', () => {
    expect(read('{"method":"n"}')).toEqual({ kind: 'notification', method: 'n', params: undefined })
    expect(read('{"method":"r","id":"q","params":{"a":[]}}')).toEqual({ kind: 'request', id: 'q', method: 'r', params: { a: [] } })
  })

  it.each([
    '{"id":1}',
    '{"id":1,"result":1,"error":{}}',
    '{"result":{}}',
    '{"id":null,"result":{}}',
    '{"method":"r","id":null}',
    '{"method":"n","params":[1]}',
  ])('is refused when it is %s', (text) => expect(read(text)).toBeUndefined())

  it('has the prefixes of every hop stripped from its error, and code and data kept', () => {
    expect(read('{"id":1,"error":{"code":-7,"message":"MCP error -7: MCP error -7: no","data":{"a":1}}}')).toMatchObject({
      reply: { error: { code: -7, message: 'no', data: { a: 1 } } },
    })
    expect(asRpcError('boom')).toMatchObject({ code: -32603 })
  })
})

describe('text', () => {
  it('splices a short result into a string and a large one between two Buffers, uncopied', () => {
    expect(replyText('a"b', '{"x":1}')).toBe('{"jsonrpc":"2.0","id":"a\\"b","result":{"x":1}}')
    const large = Buffer.from('{"x":1}')
    const pieces = replyText(4, large)
    expect(pieces[1]).toBe(large)
    expect(Buffer.concat(pieces as Buffer[]).toString()).toBe('{"jsonrpc":"2.0","id":4,"result":{"x":1}}')
  })

  it('writes errors and notifications', () => {
    expect(errorText(null, { code: -32700, message: 'no' })).toBe('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}')
    expect(notificationText('n')).toBe('{"jsonrpc":"2.0","method":"n"}')
  })

  it('counts bytes, not characters', () => expect([sizeOf('é'), sizeOf(Buffer.from('é'))]).toEqual([2, 2]))

  it.each([
    ['{"content":[],"isError":true}', true],
    ['{"isError": true }', true],
    ['{"is\\u0045rror":true}', true],
    ['{"isError":true,"isError":false}', false],
    ['{"content":[{"isError":true}],"text":"\\"isError\\":true"}', false],
    ['{"isError":"true"}', false],
    ['{}', false],
    ['[]', false],
  ])('tells from %s that the result is an error: %s', (text, isError) => {
    expect(isErrorResult(text)).toBe(isError)
    expect(isErrorResult(Buffer.from(text))).toBe(isError)
  })
})
