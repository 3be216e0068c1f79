import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseReader, writeSse } from '../../../src/main/gateway/mcp/sse'

const read = (...chunks: (string | Buffer)[]) => {
  const reader = createSseReader()
  return chunks.flatMap((chunk) => reader.push(chunk)).map(({ event, data, id, retry }) => ({ event, data: data.toString(), id, retry }))
}
const plain = (data: string) => ({ event: 'message', data, id: undefined, retry: undefined })

describe('an event stream', () => {
  it('is read field by field', () => {
    expect(read('event: a\nid: 7\nretry: 250\ndata: x\ndata:y\n\n')).toEqual([{ event: 'a', data: 'x\ny', id: '7', retry: 250 }])
  })

  it.each(['\n', '\r', '\r\n'])('ends its lines with %j', (end) =>
    expect(read(`data: a${end}${end}:comment${end}data: b${end}${end}`)).toEqual([plain('a'), plain('b')]),
  )

  it('may begin with a byte order mark and hold comments, unknown fields and lines without a colon', () => {
    expect(read('\uFEFFdata: a\n: ping\nother: x\nlonger-than-any\ndata\n\n: ping\n\n')).toEqual([plain('a\n')])
  })

  it('tells of a block that only sets an id or a pause', () => {
    expect(read('id: 1\nretry: 10\n\n')).toEqual([{ event: 'message', data: '', id: '1', retry: 10 }])
  })

  it('ignores an id with a NUL and a pause that is no number', () => expect(read('id: a\0b\nretry: 1s\ndata: x\n\n')).toEqual([plain('x')]))
  it('forgets an event that never ends', () => expect(read('data: a\n\ndata: b')).toEqual([plain('a')]))

  it('reads the same events however it is cut', () => {
    const text = Buffer.from('\uFEFFid: 1\r\ndata: é€😀\r\ndata: two\r\n\r\nevent: x\rdata: a\r\r:c\ndata: last\n\n')
    const whole = read(text)
    expect(whole).toHaveLength(3)
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length]
        expect(read(...at.slice(1).map((end, i) => text.subarray(at[i], end)))).toEqual(whole)
      }),
    )
    expect(read(...Array.from(text, (byte) => Buffer.from([byte])))).toEqual(whole)
  })

  it('refuses an event beyond the limit, in one line or in many', () => {
    const limited = () => createSseReader({ maxEventBytes: 100 })
    expect(() => limited().push(`data: ${'x'.repeat(200)}`)).toThrow('100 bytes')
    expect(() => limited().push('data: 12345\n'.repeat(20))).toThrow('100 bytes')
    expect(limited().push(`data: ${'x'.repeat(60)}\n\n`.repeat(3))).toHaveLength(3)
  })

  it.each([
    ['one byte at a time', `data: ${'x'.repeat(300_000)}\n\n`, 1],
    ['in many short lines', 'data: x\n'.repeat(100_000), 65_536],
    ['in lines without a colon', 'x\n'.repeat(500_000), 1_000_000],
    ['with a CR at the very end only', `${'data: x\n'.repeat(100_000)}\r`, 1_000_000],
  ])('takes linear time for a long stream %s', (_how, text, size) => {
    const bytes = Buffer.from(text)
    const reader = createSseReader()
    const begun = performance.now()
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
    expect(performance.now() - begun).toBeLessThan(3_000)
  })
})

describe('an event to write', () => {
  it('keeps every line of its data behind a field name, so that nothing can break out', () => {
    const hostile = '{"a":1,\n"event":"x"}\r\n\r\ndata: {"id":2}\rid: 9'
    expect(read(writeSse({ data: hostile }))).toEqual([plain('{"a":1,\n"event":"x"}\n\ndata: {"id":2}\nid: 9')])
  })

  it('has no line break in its fields', () => {
    expect(read(writeSse({ event: 'a\ndata: b', id: '1\r\n2', retry: 5, data: 'x' }))).toEqual([
      { event: 'adata: b', data: 'x', id: '12', retry: 5 },
    ])
  })
})
