import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSecretKey, redact, redactedJson, redactText } from '../../src/shared/redact'

const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(30)}`
const samples: readonly (readonly [string, string])[] = [
  ['Authorization: Bearer abcdefgh12345678', 'abcdefgh12345678'],
  ['curl -H "X-Api-Key: 0123456789abcdef"', '0123456789abcdef'],
  ['Cookie: a=1; session=verysecretvalue', 'verysecretvalue'],
  [`key sk-proj-${'a'.repeat(30)} here`, 'sk-proj'],
  [`ghp_${'A1'.repeat(18)}`, 'ghp_'],
  [`github_pat_${'A1_'.repeat(20)}`, 'github_pat_'],
  [`xoxb-${'1'.repeat(12)}-${'a'.repeat(12)}`, 'xoxb'],
  [`AKIA${'ABCD'.repeat(4)}`, 'AKIA'],
  [jwt, 'eyJ'],
  [`-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----`, 'MIIE'],
  ['-----BEGIN PRIVATE KEY-----\nMIIE and then nothing', 'MIIE'],
  [`fgw_admin_${'x'.repeat(43)}`, 'xxxx'],
  [`fgw_${'y'.repeat(43)}`, 'yyyy'],
  ['postgres://user:hunter2@db.example/x', 'hunter2'],
  ['PASSWORD=correcthorse', 'correcthorse'],
  ['{"api_key": "abcdef123"}', 'abcdef123'],
]

describe('redacting text', () => {
  it.each(samples)('takes the secret out of %j', (text, secret) => {
    expect(redactText(text)).not.toContain(secret)
    expect(redactText(`before ${text}`)).toContain('[redacted]')
  })
  it.each([
    'a task-list for the desk',
    'https://example.org/a@b?c=d',
    'Basic understanding',
    'the token is missing',
    'password: ${env:DB_PASSWORD}',
    'max_tokens',
  ])('leaves %j alone', (text) => expect(redactText(text)).toBe(text))
  it.each(['eyJ-', 'Bearer ', 'sk-', '://a', '-----BEGIN PRIVATE KEY-----', 'token=', 'cookie:', 'ghp_', 'token: '])(
    'takes linear time on 1 MB of %j',
    (unit) => {
      const start = performance.now()
      redactText(unit.repeat(1_000_000 / unit.length))
      expect(performance.now() - start).toBeLessThan(2000)
    },
  )
  it.each([
    ...['-----BEGIN PRIVATE KEY-----', '://', 'bearer ', 'Basic ', 'sk-', 'AIza', 'cookie: ', 'token='],
    ...['eyJ', 'eyJaaaaaaaa.', 'eyJaaaaaaaa.bbbbbbbb.'],
  ])('looks at 10 million characters behind %j', (begin) => {
    expect(() => redactText(begin + 'x'.repeat(10_000_000))).not.toThrow()
    expect(() => redactText(begin + 'token='.repeat(2_000_000))).not.toThrow()
  })
})

describe('redacting values', () => {
  it.each([
    'password',
    'API_KEY',
    'apiKey',
    'x-api-key',
    'Authorization',
    'clientSecret',
    'private_key',
    'set-cookie',
    'accessToken',
    'GITHUB_TOKEN',
    'ｐａｓｓｗｏｒｄ',
  ])('hides all that is under %s', (key) => {
    expect(isSecretKey(key)).toBe(true)
    expect(redact({ a: [{ [key]: { deep: 1 } }] })).toEqual({ a: [{ [key]: '[redacted]' }] })
  })
  it.each(['author', 'key', 'path', 'tokenizer', 'name', 'passenger'])('shows what is under %s', (key) =>
    expect(redact({ [key]: 'x' })).toEqual({ [key]: 'x' }),
  )
  it('shows how many tokens a model may use, and hides a numeric password', () =>
    expect(redact({ max_tokens: 10, password: 1234 })).toEqual({ max_tokens: 10, password: '[redacted]' }))
  it('gives back the value itself when there is nothing to hide', () => {
    const value = { path: '/tmp/x', list: [1, 'two', null, { three: true }] }
    expect(redact(value)).toBe(value)
  })
  it('does not change what it is given', () => {
    const value = { token: 'abc', list: ['Bearer abcdefghijkl'] }
    redact(value)
    expect(value).toEqual({ token: 'abc', list: ['Bearer abcdefghijkl'] })
  })
  it('treats __proto__ as a key like any other', () => {
    const cleaned = redact(JSON.parse('{"__proto__":{"password":"x"},"b":1}')) as object
    expect(Object.getPrototypeOf(cleaned)).toBe(Object.prototype)
    expect(JSON.stringify(cleaned)).toBe('{"__proto__":{"password":"[redacted]"},"b":1}')
  })
  it('survives circles, depth, errors, binary and dates', () => {
    const circle: Record<string, unknown> = { when: new Date(0), bytes: new Uint8Array(3), error: new Error('token=abcdefgh') }
    circle.self = circle
    const text = JSON.stringify(redact(circle))
    expect(text).toContain('1970-01-01T00:00:00.000Z')
    expect(text).toContain('[3 bytes]')
    expect(text).toContain('token=[redacted]')
  })
  it('gives JSON text within its bytes, whatever the characters', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.integer({ min: 8, max: 200 }),
        (value, bytes) => void expect(Buffer.byteLength(redactedJson(value, bytes))).toBeLessThanOrEqual(bytes),
      ),
    )
  })
  it('does not let a cut reveal the beginning of a secret', () => {
    const text = redactedJson({ text: `${' '.repeat(60)}Bearer ${'s'.repeat(5000)}` }, 100)
    expect(text).not.toContain('ss')
  })
  it('looks at small arguments in a few microseconds', () => {
    const value = { path: '/home/user/project/readme.md', content: 'A short text of about a hundred characters', overwrite: true }
    for (let i = 0; i < 20_000; i++) redactedJson(value, 8192)
    const start = performance.now()
    for (let i = 0; i < 20_000; i++) redactedJson(value, 8192)
    expect((performance.now() - start) / 20).toBeLessThan(30)
  })
})
