import { describe, expect, it } from 'vitest'
import { holdsSecret, secretIn, secretNameFor, withReference } from '../../../src/renderer/features/servers/references'

describe('a secret that is written out', () => {
  it.each([
    ['Authorization', 'Bearer abcdefghijkl'],
    ['X-Api-Key', 'abc'],
    ['DB_PASSWORD', 'hunter2'],
    ['ANYTHING', 'ghp_0123456789abcdefghij'],
  ])('is seen in %s', (name, value) => {
    expect(holdsSecret(name, value)).toBe(true)
  })

  it.each([
    ['Authorization', 'Bearer ${keychain:stripe}'],
    ['API_KEY', '${env:API_KEY}'],
    ['API_KEY', ''],
    ['MAX_TOKENS', '4096'],
    ['TOKEN_FILE', '/run/secret'],
    ['GOOGLE_APPLICATION_CREDENTIALS', '/home/a/key.json'],
    ['X-Team', 'payments'],
  ])('is not seen in %s = %s', (name, value) => {
    expect(holdsSecret(name, value)).toBe(false)
  })

  it('is taken without the word before it', () => {
    expect(secretIn('Bearer abc')).toBe('abc')
    expect(secretIn('plain')).toBe('plain')
    expect(secretIn('Bearer ${keychain:x}')).toBe('')
  })
})

describe('a reference to a secret', () => {
  it('keeps the word before it', () => {
    expect(withReference('Authorization', 'Basic abc', 'x')).toBe('Basic ${keychain:x}')
    expect(withReference('X-Key', 'abc', 'x')).toBe('${keychain:x}')
  })

  it('is a bearer’s in an Authorization header that says nothing', () => {
    expect(withReference('authorization', '', 'x')).toBe('Bearer ${keychain:x}')
  })

  it('gets a name that is not taken', () => {
    expect(secretNameFor('stripe', 'X-Api_Key', [])).toBe('stripe-x-api-key')
    expect(secretNameFor('stripe', 'Authorization', ['stripe-authorization'])).toBe('stripe-authorization-2')
    expect(secretNameFor('', '', [])).toBe('secret')
  })
})
