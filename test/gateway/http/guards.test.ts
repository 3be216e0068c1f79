import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { ClientRecord } from '../../../src/shared/records'
import { bearerOf, createFailures, failureWindowMs, guardAdmin, guardClient, maxFailures } from '../../../src/main/gateway/http/guards'

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage

describe('wrong tokens', () => {
  it(`are answered 401 ${maxFailures} times within ${failureWindowMs / 1_000} s, then 429, then 401 again`, () => {
    let now = 0
    const failures = createFailures(() => now)
    const refuse = (address = '127.0.0.1') => failures.refuse(from(address), 'wrong').code
    expect(Array.from({ length: maxFailures }, () => refuse())).toEqual(Array(maxFailures).fill('auth.required'))
    now = failureWindowMs
    expect([refuse(), refuse('10.0.0.1')]).toEqual(['auth.throttled', 'auth.required'])
    now = failureWindowMs + 1
    expect(refuse()).toBe('auth.required')
  })

  it('of ever new addresses fill no memory: the next one is counted all the same', () => {
    const failures = createFailures()
    for (let n = 0; n < 5_000; n++) failures.refuse(from(`10.0.${n >> 8}.${n & 255}`), 'wrong')
    for (let n = 0; n < maxFailures; n++) failures.refuse(from('10.1.1.1'), 'wrong')
    expect(failures.refuse(from('10.1.1.1'), 'wrong').code).toBe('auth.throttled')
  })
})

describe('a bearer token', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc ', 'abc'],
    ['Bearer ', undefined],
    ['Basic abc', undefined],
    ['Bearerabc', undefined],
    ['abc', undefined],
  ])('is read from %j as %j', (authorization, token) => {
    expect(bearerOf(from('x', { authorization }))).toBe(token)
  })

  it.each([[undefined], ['']])('that is empty opens nothing, also where the credential is %j', (credential) => {
    const asked = from('x', { authorization: 'Bearer ' })
    const door = { adminToken: credential, approverToken: credential }
    expect(() => guardAdmin(asked, door, createFailures())).toThrow(/admin token/)
    expect(() => guardClient(asked, { authenticate: () => undefined, tokenNeeded: true }, null, createFailures())).toThrow(
      /Send a client token/,
    )
  })

  it('that is wrong is nobody where none is needed, and somebody where it is right', () => {
    const failures = createFailures()
    const client = { id: 'c1', name: 'agent', group: null } as ClientRecord
    const door = { authenticate: (token: string) => (token === 'right' ? client : undefined), tokenNeeded: false }
    expect(guardClient(from('x', { authorization: 'Bearer wrong' }), door, 'g', failures)).toMatchObject({
      client: 'anonymous',
      group: 'g',
    })
    expect(guardClient(from('x', { authorization: 'Bearer right' }), door, 'g', failures)).toMatchObject({
      client: 'agent',
      clientId: 'c1',
    })
  })
})
