import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEnvelope } from '../../../src/main/gateway/mcp/envelope'
import { deepestNesting } from '../../../src/main/gateway/mcp/json-scan'
import { readUpstreamMessage, replyText } from '../../../src/main/gateway/mcp/message'

const read = (text: string) => readEnvelope(Buffer.from(text))

describe('the envelope of a message', () => {
  it('is read without parsing its values', () => {
    const text = '{"jsonrpc":"2.0", "id" : 7 ,"result":{"a":[1,{"b":"}"}]}}'
    const { id, result } = read(text) ?? {}
    expect(id).toBe(7)
    expect(text.slice(result?.start, result?.end)).toBe('{"a":[1,{"b":"}"}]}')
  })

  it.each(['{"id":"a\\u0062"}', '{"\\u0069d":"ab"}', '\r\n{ "id"\t:"ab" , "other": {"id": 3} }\n'])('finds the id in %j', (text) =>
    expect(read(text)?.id).toBe('ab'),
  )

  it.each([
    ['trailing text', '{"id":1,"result":{}} x'],
    ['a second message', '{"id":1,"result":{}}{"id":2,"result":{}}'],
    ['a second id', '{"id":1,"result":{},"id":2}'],
    ['a second id in disguise', '{"id":1,"result":{},"\\u0069d":2}'],
    ['a second result', '{"id":1,"result":{},"result":{}}'],
    ['a batch', '[{"id":1,"result":{}}]'],
    ['a bare value', '"id"'],
    ['nothing', ''],
    ['white space', '  '],
    ['brackets that do not match', '{"id":1,"result":[}]}'],
    ['brackets that do not close', '{"id":1,"result":{'],
    ['a string that does not end', '{"id":1,"result":"}'],
    ['a line break in a string', '{"id":1,"result":"a\nb"}'],
    ['a control character in a string', '{"id":1,"result":"a\u0001b"}'],
    ['a control character far into a string', `{"id":1,"result":"${'a'.repeat(5_000)}\u0001${'b'.repeat(5_000)}"}`],
    ['an unknown escape', '{"id":1,"result":"\\x"}'],
    ['half an escape', '{"id":1,"result":"\\u12"}'],
    ['a comment', '{"id":1,/* "}" */"result":{}}'],
    ['single quotes', "{'id':1}"],
    ['a comma too many', '{"id":1,"result":{"a":1,}}'],
    ['a comma too few', '{"id":1 "result":{}}'],
    ['a missing value', '{"id":1,"result":}'],
    ['a bare word', '{"id":1,"result":undefined}'],
    ['NaN', '{"id":1,"result":NaN}'],
    ['a number with a leading zero', '{"id":1,"result":01}'],
    ['a number that ends in a point', '{"id":1,"result":1.}'],
    ['an id that a double cannot hold', '{"id":12345678901234567890,"result":{}}'],
    ['an id that is neither text nor number', '{"id":{},"result":{}}'],
    ['a method that is no text', '{"method":1}'],
    ['a byte order mark', '\uFEFF{"id":1,"result":{}}'],
  ])('refuses %s', (_what, text) => expect(read(text)).toBeUndefined())

  it('takes the published depth and refuses one level more', () => {
    const nested = (levels: number) => `{"id":1,"result":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    expect(read(nested(deepestNesting))).toBeDefined()
    expect(read(nested(deepestNesting + 1))).toBeUndefined()
    expect(read(nested(100_000))).toBeUndefined()
  })

  it.each([0, 1, 2, 3])('reads long strings wherever they begin in memory (offset %i)', (offset) => {
    const body = Buffer.from(`{"id":1,"result":"${'a'.repeat(3_001 + offset)}\\"é${'b'.repeat(2_000)}"}`)
    const shifted = Buffer.concat([Buffer.alloc(offset), body]).subarray(offset)
    expect(readEnvelope(shifted)?.id).toBe(1)
    expect(readEnvelope(shifted.subarray(0, -2))).toBeUndefined()
  })

  it('agrees with JSON.parse whatever the white space and the order of keys', () => {
    const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/)
    const members = fc.shuffledSubarray(['id', 'result', 'error', 'params', 'method', 'extra'])
    fc.assert(
      fc.property(
        members,
        fc.jsonValue({ depthSize: 'medium' }),
        fc.array(space, { minLength: 30, maxLength: 30 }),
        (keys, value, spaces) => {
          let next = 0
          const gap = () => spaces[next++ % spaces.length] ?? ''
          const valueOf = (key: string) => (key === 'id' ? 41 : key === 'method' ? 'a/b' : value)
          const text = `${gap()}{${keys.map((key) => `${gap()}"${key}"${gap()}:${gap()}${JSON.stringify(valueOf(key), null, gap())}${gap()}`).join(',')}}${gap()}`
          const bytes = Buffer.from(text)
          const envelope = readEnvelope(bytes)
          const parsed = JSON.parse(text) as Record<string, unknown>
          expect(envelope?.id).toBe(parsed.id)
          expect(envelope?.method).toBe(parsed.method)
          for (const key of ['result', 'error', 'params'] as const) {
            const span = envelope?.[key]
            expect(span && (JSON.parse(bytes.toString('utf8', span.start, span.end)) as unknown)).toEqual(parsed[key])
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('accepts exactly what JSON.parse accepts, for damaged texts too', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      ' ',
      '\n',
      '0',
      '1',
      '-',
      '.',
      'e5',
      'true',
      'null',
      '"a"',
      '"id":1',
      '\\u0022',
      'é',
      '\u0000',
    ]
    const damage = fc.array(fc.record({ at: fc.nat(), cut: fc.nat(3), put: fc.constantFrom('', ...pieces) }), { maxLength: 3 })
    fc.assert(
      fc.property(fc.jsonValue(), damage, (value, damages) => {
        let text = `{"x":${JSON.stringify(value)}}`
        for (const { at, cut, put } of damages) text = text.slice(0, at % text.length) + put + text.slice((at % text.length) + cut) || ' '
        expect(readEnvelope(Buffer.from(text)) !== undefined).toBe(isPlainMessage(text))
      }),
      { numRuns: 3_000 },
    )
  })
})

/** What the scanner should say, by way of JSON.parse. */
function isPlainMessage(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const { id = '' } = value as { id?: unknown }
    if (typeof id === 'number' ? Math.abs(id) > Number.MAX_SAFE_INTEGER : typeof id !== 'string') return false
    // A second "id" is beyond JSON.parse; where one was put in, only the scanner can tell.
    return (text.match(/"id"/g) ?? []).length <= 1 || readEnvelope(Buffer.from(text)) !== undefined
  } catch {
    return false
  }
}

describe('a spliced reply', () => {
  it('never carries another id, whatever bytes the upstream mutates', () => {
    const message = fc.record({ id: fc.constant(5), result: fc.jsonValue() })
    const damage = fc.array(fc.record({ at: fc.nat(), byte: fc.constantFrom(...Buffer.from('{}[]",:\\\n\r 0a\u00c3'), 0xff) }), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(message, damage, fc.constantFrom('overwrite', 'insert'), (sent, damages, how) => {
        let bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...sent }))
        for (const { at, byte } of damages) {
          const position = at % bytes.length
          bytes = Buffer.concat([
            bytes.subarray(0, position),
            Buffer.from([byte]),
            bytes.subarray(how === 'insert' ? position : position + 1),
          ])
        }
        const read = readUpstreamMessage(bytes)
        if (read?.kind !== 'reply' || !('result' in read.reply)) return
        const reply = replyText('ours', read.reply.result)
        expect((JSON.parse(typeof reply === 'string' ? reply : Buffer.concat(reply).toString()) as { id: unknown }).id).toBe('ours')
      }),
      { numRuns: 3_000 },
    )
  })
})
