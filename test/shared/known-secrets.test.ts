import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/shared/errors'
import { redactKnown, rememberSecret } from '../../src/shared/known-secrets'
import { redact, redactedJson, redactText } from '../../src/shared/redact'

/** Looks like nothing that the other expressions know. */
const plain = 'Zq7.Wm3 x"é/ß+'
const signs = "qu!t'e(~)"
const digits = '48151623'

describe('a secret that is known by its value', () => {
  it('costs nothing and hides nothing while there is none', () => {
    const text = 'a text '.repeat(1000)
    expect(redactKnown(text)).toBe(text)
  })

  it.each([
    ['as it is', plain],
    ['in JSON', JSON.stringify({ a: plain })],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(plain)).slice(3, -3)],
    ['in a URL', `https://a.example/?k=${encodeURIComponent(plain)}&x=1`],
    ['in a form', `k=${String(new URLSearchParams({ k: plain }))}`],
    ...['', 'a', 'me', 'me:', 'user:'].map((before) => [
      `in base64 behind "${before}"`,
      Buffer.from(`${before}${plain}:z`).toString('base64'),
    ]),
    ['in a form, with signs that URLs leave alone', `k=${String(new URLSearchParams({ k: `${signs}${plain}` }))}`],
    ['in an address, with a quote', new URL(`https://a.example/?k=${encodeURIComponent(`${signs}${plain}`)}`).href],
    ['in base64url', Buffer.from(`ab${plain}`).toString('base64url')],
  ])('is masked %s', (_where, text) => {
    rememberSecret(plain)
    rememberSecret(`${signs}${plain}`)
    const masked = redactText(`before ${text} after`)
    expect(masked).toContain('[redacted]')
    for (const part of [plain, JSON.stringify(plain).slice(1, -1), encodeURIComponent(plain), 'Zq7.', 'WnE3', 'Wm3', 'qu'])
      expect(masked).not.toContain(part)
  })

  it('is masked where a text was cut within it', () => {
    rememberSecret('abcdef-ghijkl-mnopqr')
    expect(redactKnown('x abcdef-ghij')).toBe('x [redacted]')
  })

  it('is masked in values, in names of fields and as a number', () => {
    rememberSecret(plain)
    rememberSecret(digits)
    const value = { [`k ${plain}`]: [{ text: `see ${plain}` }], pin: Number(digits), other: 12 }
    expect(redact(value)).toEqual({ 'k [redacted]': [{ text: 'see [redacted]' }], pin: '[redacted]', other: 12 })
    expect(JSON.parse(redactedJson({ n: Number(`${digits}9`) }, 1000))).toEqual({ n: '[redacted]' })
  })

  it('is masked in whatever an error says', () => {
    rememberSecret(plain)
    const error = new GatewayError('upstream.refused', `It said: ${plain} is wrong`)
    expect([error.message, String(error.stack).includes(plain)]).toEqual(['It said: [redacted] is wrong', false])
  })

  it('of many lines is masked line by line, as it stands in what a program prints', () => {
    const [first, second] = ['QUJDREVGR0hJSktMTU5P', '  "client": "x\\y é"']
    rememberSecret(['{', first, second, '}'].join('\r\n'))
    expect([first, second, JSON.stringify(second), '{'].map((line) => redactKnown(`stderr: ${line}`))).toEqual([
      'stderr: [redacted]',
      'stderr:   [redacted]',
      'stderr: "  [redacted]"',
      'stderr: {',
    ])
  })

  it('of fewer than six characters stays: it stands in ordinary text too', () => {
    rememberSecret('abc12')
    expect(redactKnown('abc12')).toBe('abc12')
    rememberSecret('abc123')
    expect(redactKnown('abc123')).toBe('[redacted]')
  })

  it('is replaced as a whole where another begins alike', () => {
    for (const value of ['pre-shared-1', 'pre-shared-1-longer']) rememberSecret(value)
    expect(redactKnown('pre-shared-1-longer, pre-shared-1.')).toBe('[redacted], [redacted].')
  })

  it('is known as long as it is used, however many come after it', () => {
    const used = 'used again and again'
    for (let i = 0; i < 3000; i++) {
      rememberSecret(used)
      rememberSecret(`rotated-value-number-${i}`)
    }
    expect(redactKnown(`${used} rotated-value-number-2999 rotated-value-number-0`)).toBe('[redacted] [redacted] rotated-value-number-0')
  })

  it('is searched for in one pass: a thousand of them cost about what ten do', () => {
    const text = 'The quick brown fox jumps over the lazy dog, 0123456789. '.repeat(2000)
    const once = () => {
      const start = performance.now()
      redactKnown(text)
      return performance.now() - start
    }
    const best = () => Math.min(...Array.from({ length: 15 }, once))
    for (let i = 0; i < 10; i++) rememberSecret(`ten of them ${i}`)
    const few = best()
    for (let i = 0; i < 1000; i++) rememberSecret(`${i * 7919}-value-of-a-thousand-${i}`)
    expect(best() / few).toBeLessThan(20)
  })
})
