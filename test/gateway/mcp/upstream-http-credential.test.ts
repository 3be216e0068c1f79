import { describe, expect, it } from 'vitest'
import type { Credential } from '../../../src/main/gateway/hooks'
import { GatewayError } from '../../../src/shared/errors'
import { withTheTest } from '../../support/gateway-rig'
import { answer, openHttpUpstream, openLink, resultOf, type HttpUpstream, type Script } from '../../support/http-upstream'

/** Tokens that are counted: each refusal brings the next. */
function counting(more: Partial<Credential> = {}) {
  const asked: unknown[][] = []
  let now = 1
  const credential: Credential = {
    authorization: () => `Bearer token-${now}`,
    refused: (...refusal) => {
      asked.push(refusal)
      now++
      return true
    },
    ...more,
  }
  return { credential, asked }
}

async function open(script: Script, credential: Credential, headers: Record<string, string> = {}) {
  const upstream = await openHttpUpstream(script)
  withTheTest(() => upstream.close())
  const opened = await openLink(upstream.url, { stream: 'off', target: { credential, headers } })
  withTheTest(() => opened.connector.close())
  return { upstream, ...opened }
}

const authorizations = ({ got }: HttpUpstream) => got.map(({ headers, message }) => [message.method, headers.authorization])
/** Takes no token but this one. */
const only =
  (token: string, status = 401, challenge = 'Bearer'): NonNullable<Script['onRequest']> =>
  (got, res) => {
    if (got.headers.authorization === `Bearer ${token}`) answer(res, got, { said: token })
    else res.writeHead(status, { 'www-authenticate': challenge }).end('no')
  }

describe('a connection with a credential', () => {
  it('sends it with each request, in the place of a header of the server’s own', async () => {
    const { credential } = counting()
    const { upstream, call } = await open({}, credential, { Authorization: 'Bearer of-the-record', 'x-own': 'kept' })
    await call('x')
    expect(authorizations(upstream)).toEqual([
      ['initialize', 'Bearer token-1'],
      ['notifications/initialized', 'Bearer token-1'],
      ['tools/call', 'Bearer token-1'],
    ])
    expect(upstream.got.every(({ headers }) => headers['x-own'] === 'kept')).toBe(true)
  })

  it('sends a refused request once more with what it is given then', async () => {
    const { credential, asked } = counting()
    const { call } = await open({ onRequest: only('token-2', 401, 'Bearer error="invalid_token"') }, credential)
    expect(resultOf(await call('x'))).toEqual({ said: 'token-2' })
    expect(asked).toEqual([['Bearer token-1', 401, 'Bearer error="invalid_token"']])
  })

  it('gives up after the second refusal, and the session is over', async () => {
    const { credential, asked } = counting()
    const { call, closedBy } = await open({ onRequest: only('another') }, credential)
    await expect(call('x')).rejects.toMatchObject({ code: 'upstream.login_required' })
    expect([asked.length, closedBy.length]).toEqual([1, 1])
  })

  it('tells a refusal as it is where nothing better can be had', async () => {
    const { credential } = counting({ refused: () => false })
    const { call, upstream } = await open({ onRequest: only('another') }, credential)
    await expect(call('x')).rejects.toMatchObject({ code: 'upstream.login_required' })
    expect(upstream.got.filter(({ message }) => message.method === 'tools/call')).toHaveLength(1)
  })

  it('asks about a scope that is too small, tells what is said of it, and goes on', async () => {
    const small = new GatewayError('upstream.login_required', 'more rights are needed')
    const { credential } = counting({ refused: () => Promise.reject(small) })
    const challenge = 'Bearer error="insufficient_scope", scope="write"'
    const { call, closedBy } = await open({ onRequest: only('another', 403, challenge) }, credential)
    await expect(call('x')).rejects.toBe(small)
    expect(closedBy).toEqual([])
  })

  it('asks nobody about another 403', async () => {
    const { credential, asked } = counting()
    const { call } = await open({ onRequest: only('another', 403) }, credential)
    await expect(call('x')).rejects.toMatchObject({ code: 'upstream.refused' })
    expect(asked).toEqual([])
  })

  it('waits for a token, and sends nothing when the call is cancelled meanwhile', async () => {
    let give: (value: string) => void = () => undefined
    const waits = { now: false }
    const { credential } = counting({
      authorization: () => (waits.now ? new Promise<string>((resolve) => (give = resolve)) : 'Bearer first'),
    })
    const { call, upstream } = await open({}, credential)
    waits.now = true
    const slow = call('x')
    give('Bearer second')
    waits.now = false
    await slow
    expect(authorizations(upstream).at(-1)).toEqual(['tools/call', 'Bearer second'])
    waits.now = true
    const over = new AbortController()
    const cancelled = call('y', { signal: over.signal })
    over.abort()
    await expect(cancelled).rejects.toMatchObject({ code: 'call.cancelled' })
    give('Bearer third')
    waits.now = false
    await call('z')
    expect(authorizations(upstream).map(([, value]) => value)).not.toContain('Bearer third')
  })

  it.each([
    ['upstream.login_required', 1],
    ['vault.unavailable', 0],
  ] as const)('sends nothing without one: %s', async (code, closed) => {
    const state = { broken: false }
    const { credential } = counting({
      authorization: () => {
        if (state.broken) throw new GatewayError(code, 'no token')
        return 'Bearer first'
      },
    })
    const { call, upstream, closedBy } = await open({}, credential)
    const before = upstream.got.length
    state.broken = true
    await expect(call('x')).rejects.toMatchObject({ code })
    expect([upstream.got.length - before, closedBy.length]).toEqual([0, closed])
  })
})

describe('a session that may be asked back', () => {
  it('has its stream before the first call, so that nothing asked over it is lost', async () => {
    const order: string[] = []
    const upstream = await openHttpUpstream({
      onGet: (_got, res) => {
        setTimeout(() => {
          order.push('stream')
          res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        }, 30)
      },
      onRequest: (got, res) => {
        order.push('call')
        answer(res, got, {})
      },
    })
    withTheTest(() => upstream.close())
    const opened = await openLink(upstream.url, { handshake: { capabilities: { elicitation: {} } } })
    withTheTest(() => opened.connector.close())
    await opened.call('x')
    expect(order).toEqual(['stream', 'call'])
  })
})
