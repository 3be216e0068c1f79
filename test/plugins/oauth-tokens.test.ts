import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Vault } from '../../src/main/gateway/secrets'
import { createSqliteStore } from '../../src/main/gateway/store/sqlite'
import { createMemoryVault } from '../../src/main/vault/memory'
import { GatewayError } from '../../src/shared/errors'
import { browse } from '../support/browser-double'
import { freePort } from '../support/free-port'
import { openOAuthServer } from '../support/oauth-server'
import { openLoginRig, openOAuthRig, visit, type OAuthRig, type OAuthRigOptions } from '../support/oauth-rig'
import { openProtectedUpstream } from '../support/oauth-upstream'
import { withTheTest } from '../support/gateway-rig'
import { storeFolder } from '../support/store-folder'

const saying = (words: string): unknown => expect.stringContaining(words)
const hour = 3_600_000

/** Only the clock: sockets and timers go on. */
beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** A vault that can be locked, and what is in it. */
function lockable() {
  const inner = createMemoryVault()
  const how = { locked: false }
  const guarded = <T>(work: () => Promise<T>): Promise<T> =>
    how.locked ? Promise.reject(new GatewayError('vault.unavailable', 'The keychain is locked.')) : work()
  const vault: Vault = {
    ...inner,
    get: (name) => guarded(() => inner.get(name)),
    set: (name, value) => guarded(() => inner.set(name, value)),
    remove: (name) => guarded(() => inner.remove(name)),
  }
  const kept = async (): Promise<{ access_token: string; refresh_token: string } | null> => {
    const [first] = await inner.list()
    const text = first && (await inner.get(first.name))
    return text === undefined
      ? null
      : (JSON.parse(text.slice(1)) as { tokens: { access_token: string; refresh_token: string } | null }).tokens
  }
  return { vault, how, kept, names: async () => (await inner.list()).map(({ name }) => name) }
}

async function openLoggedIn(options: OAuthRigOptions = {}): Promise<OAuthRig & ReturnType<typeof lockable>> {
  const box = lockable()
  const rig = await openOAuthRig({ vault: box.vault, ...options })
  await rig.logIn()
  return { ...rig, ...box }
}

/** Logged in; from the first word on, the token endpoint says that and nothing else. */
async function openAnswering() {
  const how: { answer: readonly [status: number, body: string, type: string] | null } = { answer: null }
  const rig = await openLoggedIn({
    as: {
      before: (req, res) => {
        if (how.answer === null || req.url !== '/token') return false
        const [status, body, type] = how.answer
        res.writeHead(status, { 'content-type': type }).end(body)
        return true
      },
    },
  })
  const say = (status: number, body: string, type = 'application/json') => (how.answer = [status, body, type])
  return { rig, say, stop: () => (how.answer = null) }
}

const calls = (rig: OAuthRig, count: number) => Promise.all(Array.from({ length: count }, () => rig.call()))

describe('a token', () => {
  it('is renewed once for 50 calls that need it at the same time, and none is lost', async () => {
    const rig = await openLoggedIn()
    pass(2 * hour)
    expect(await calls(rig, 50)).toEqual(Array(50).fill('echo was run'))
    expect(rig.as.asked).toEqual({ authorization_code: 1, refresh_token: 1 })
    pass(2 * hour)
    expect(await calls(rig, 50)).toHaveLength(50)
    expect(rig.as.asked.refresh_token).toBe(2)
  })

  it('is renewed once where 50 calls are refused with it, and each is sent again', async () => {
    const refused = { token: '' }
    const rig = await openLoggedIn({
      upstream: {
        before: (req, res) => {
          const isRefused = refused.token !== '' && req.headers.authorization === `Bearer ${refused.token}`
          if (isRefused) res.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
          return isRefused
        },
      },
    })
    await rig.call()
    pass(60_000)
    refused.token = (await rig.kept())?.access_token ?? ''
    expect(await calls(rig, 50)).toEqual(Array(50).fill('echo was run'))
    expect([rig.as.asked.refresh_token, rig.state()]).toEqual([1, 'ready'])
  })

  it('of five seconds does for a minute of traffic', async () => {
    const rig = await openLoggedIn({ as: { tokenSeconds: 5 } })
    for (let second = 0; second < 60; second++) {
      expect(await calls(rig, 3)).toHaveLength(3)
      pass(1_000)
    }
    expect(rig.as.asked.refresh_token).toBeGreaterThanOrEqual(11)
    expect(rig.as.asked.refresh_token).toBeLessThanOrEqual(15)
    expect(rig.state()).toBe('ready')
  })

  it('is renewed ahead of its end, while the old one still serves', async () => {
    const rig = await openLoggedIn()
    const refusals = rig.upstream.refusals()
    pass(hour - 30_000)
    await rig.call()
    await vi.waitFor(() => expect(rig.as.asked.refresh_token).toBe(1), 10_000)
    pass(40_000)
    await rig.call()
    expect([rig.as.asked.refresh_token, rig.upstream.refusals()]).toEqual([1, refusals])
  })

  it.each([
    ['that lasts longer than there are dates', '"expires_in":1e300', /^21/],
    ['with nothing where something might be', '"expires_in":null,"refresh_token":null,"scope":null', null],
  ])('%s is as good as any', async (_what, fields, end) => {
    const { rig, say } = await openAnswering()
    const { access_token: token = '' } = (await rig.kept()) ?? {}
    say(200, `{"access_token":"${token}","token_type":"bearer",${fields}}`)
    pass(hour - 30_000)
    const expires: unknown = end === null ? null : expect.stringMatching(end)
    await rig.call()
    await vi.waitFor(async () => expect(await rig.authorization()).toMatchObject({ refreshable: true, expires_at: expires }), 5_000)
    expect(await rig.call()).toBe('echo was run')
  })

  it('is renewed once where the settings of its server change in the middle of it', async () => {
    const rig = await openLoggedIn({ as: { tokenDelayMs: 300 } })
    pass(2 * hour)
    const first = rig.call().catch(() => 'ended with the connection')
    await rig.ask('PATCH', `/servers/${rig.server.id}`, { oauth_scopes: ['read'] })
    await first
    await rig.until(() => rig.state() === 'ready')
    expect(await rig.call()).toBe('echo was run')
    expect(rig.as.asked).toEqual({ authorization_code: 1, refresh_token: 1 })
  })

  it('survives a clock that jumps', async () => {
    const rig = await openLoggedIn()
    pass(-600_000)
    expect(await rig.call()).toBe('echo was run')
    pass(1_200_000)
    expect(await rig.call()).toBe('echo was run')
    expect(rig.state()).toBe('ready')
  })

  it('is kept before it is used, and an answer that was lost on the way to the vault is kept later', async () => {
    const rig = await openLoggedIn()
    const before = await rig.kept()
    rig.how.locked = true
    pass(2 * hour)
    expect(await rig.call()).toBe('echo was run')
    expect(await rig.kept()).toEqual(before)
    rig.how.locked = false
    await rig.close()
    const after = await rig.kept()
    expect(after?.refresh_token).not.toBe(before?.refresh_token)
    expect(await rig.as.scopeOf(after?.access_token ?? '', rig.upstream.url)).toBe('read')
  })

  it('goes to no other server, also where a server moves', async () => {
    const rig = await openLoggedIn()
    const other = await openProtectedUpstream(rig.as)
    withTheTest(() => other.close())
    await rig.gateway.servers.patch(rig.server.id, { url: other.url })
    await rig.until(() => rig.state() === 'needs_login')
    await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.login_required' })
    expect(other.seen).toEqual([])
    expect(await rig.authorization()).toMatchObject({ state: 'needs_login' })
  })

  it('is reached by no reference, and is on no list', async () => {
    const rig = await openLoggedIn()
    const [name = ''] = await rig.names()
    expect((await rig.ask('GET', '/secrets')).body).toMatchObject({ secrets: [] })
    expect((await rig.ask('DELETE', `/secrets/${name}`)).status).toBe(422)
    const thief = await rig.add({ name: 'thief', url: rig.upstream.url, static_headers: { 'x-stolen': `\${keychain:${name}}` } })
    expect(thief).toMatchObject({ state: 'failed', state_reason: saying('belongs to the gateway itself') })
  })

  it('is longer than an entry of some keychains may be', async () => {
    const { getLong, removeLong, setLong } = await import('../../src/main/plugins/oauth/long-text')
    const { vault } = lockable()
    for (const length of [10, 2_000, 2_001, 9_000, 5_000, 3]) {
      await setLong(vault, '.long', 'x'.repeat(length))
      expect(await getLong(vault, '.long')).toBe('x'.repeat(length))
      expect(await vault.list()).toHaveLength(length <= 2_000 ? 1 : 1 + Math.ceil(length / 2_000))
    }
    await removeLong(vault, '.long')
    expect(await vault.list()).toEqual([])
  })
})

describe('a login that is over', () => {
  it('says so once, and nobody is asked again and again', async () => {
    const rig = await openLoggedIn()
    const token = (await rig.kept())?.refresh_token ?? ''
    const client = new URL((await rig.begin()).authorization_url).searchParams.get('client_id') ?? ''
    await fetch(`${rig.as.issuer}/token/revocation`, { method: 'POST', body: new URLSearchParams({ token, client_id: client }) })
    pass(2 * hour)
    for (let i = 0; i < 10; i++) await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.login_required' })
    await rig.until(() => rig.state() === 'needs_login')
    expect(rig.reason()).toContain('fast-gateway login hosted')
    expect(rig.as.asked.refresh_token).toBe(1)
    expect(await rig.authorization()).toMatchObject({ state: 'needs_login', refreshable: false })
    const login = await rig.begin()
    await browse(login.authorization_url)
    await rig.until(() => rig.state() === 'ready')
    expect(await rig.call()).toBe('echo was run')
  })

  it('does not end the one that was made meanwhile', async () => {
    const hold: { now: boolean; answer?: () => void } = { now: false }
    const rig = await openLoggedIn({
      as: {
        before: (req, res) => {
          const isHeld = hold.now && req.url === '/token'
          if (!isHeld) return false
          hold.now = false
          hold.answer = () => res.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
          return true
        },
      },
    })
    pass(2 * hour)
    hold.now = true
    const late = rig.call().catch(() => undefined)
    await vi.waitFor(() => expect(hold.answer).toBeDefined(), 10_000)
    await browse((await rig.begin()).authorization_url)
    hold.answer?.()
    await late
    expect(await rig.kept()).not.toBeNull()
    pass(10_000)
    expect(await rig.call()).toBe('echo was run')
    expect(rig.as.asked).toEqual({ authorization_code: 2 })
  })

  it('may be told with HTTP 200, as GitHub does', async () => {
    const { rig, say } = await openAnswering()
    say(200, '{"error":"bad_refresh_token","error_description":"<b>no</b>"}')
    pass(2 * hour)
    await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.login_required' })
    await rig.until(() => rig.state() === 'needs_login')
    expect(rig.reason()).toContain('bad_refresh_token')
    expect(await rig.kept()).toBeNull()
  })

  it('is not, where only the client is refused that the person has registered', async () => {
    const port = await freePort()
    const client = { client_id: 'ours', client_secret: 'right', redirect_uris: [`http://127.0.0.1:${port}/oauth/callback`] }
    const vault = createMemoryVault()
    await vault.set('client', 'right')
    const rig = await openOAuthRig({
      vault,
      as: { clients: [{ ...client, grant_types: ['authorization_code', 'refresh_token'], application_type: 'native' }] },
      draft: { oauth_client_id: 'ours', oauth_client_secret: '${keychain:client}' },
      config: { oauth_callback_port: port },
    })
    await rig.logIn()
    await vault.set('client', 'wrong')
    pass(2 * hour)
    await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.login_required' })
    await rig.until(() => rig.state() === 'needs_login')
    expect(rig.reason()).toContain('Check the OAuth client id')
    await vault.set('client', 'right')
    pass(10_000)
    await rig.ask('POST', `/servers/${rig.server.id}/refresh`)
    await rig.until(() => rig.state() === 'ready')
    expect(await rig.call()).toBe('echo was run')
    expect(rig.as.asked.authorization_code).toBe(1)
    await vault.remove('client')
    expect((await rig.ask('POST', `/oauth/${rig.server.id}/logout`)).body, 'without its secret').toEqual({
      was_logged_in: true,
      revoked: false,
    })
  })

  it('by a logout is forgotten here and ended there', async () => {
    const rig = await openLoggedIn()
    const token = (await rig.kept())?.access_token ?? ''
    expect(await rig.as.scopeOf(token, rig.upstream.url)).toBe('read')
    expect((await rig.ask('POST', `/oauth/${rig.server.id}/logout`)).body).toEqual({ was_logged_in: true, revoked: true })
    await rig.until(() => rig.state() === 'needs_login')
    expect([await rig.names(), await rig.as.scopeOf(token, rig.upstream.url)]).toEqual([[], undefined])
    await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.login_required' })
    expect((await rig.ask('POST', `/oauth/${rig.server.id}/logout`)).body).toEqual({ was_logged_in: false, revoked: false })
  })

  it('because its server was removed leaves nothing behind, here or there', async () => {
    const rig = await openLoggedIn()
    const token = (await rig.kept())?.access_token ?? ''
    await rig.gateway.servers.remove(rig.server.id)
    await vi.waitFor(async () => expect(await rig.names()).toEqual([]), 10_000)
    await vi.waitFor(async () => expect(await rig.as.scopeOf(token, rig.upstream.url)).toBeUndefined(), 10_000)
  })
})

describe('what is away for a while', () => {
  it.each([
    [403, '<html>Blocked by the firewall.</html>', 'text/html'],
    [404, 'not found', 'text/plain'],
    [302, '', 'text/html'],
    [400, '{"error":"temporarily_unavailable"}', 'application/json'],
  ])('a token endpoint that answers %i %s: the login is not lost', async (status, body, type) => {
    const { rig, say, stop } = await openAnswering()
    say(status, body, type)
    pass(2 * hour)
    await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.unreachable', message: saying('try again later') })
    stop()
    pass(10_000)
    expect(await rig.call()).toBe('echo was run')
    expect(rig.as.asked.authorization_code).toBe(1)
  })

  it('an authorization server: the login is not lost, and a good token still serves', async () => {
    const away = { now: false }
    const rig = await openLoggedIn({
      as: {
        before: (req, res) => {
          if (away.now) res.writeHead(503).end()
          return away.now && req.url !== undefined
        },
      },
    })
    away.now = true
    pass(hour - 30_000)
    expect(await rig.call()).toBe('echo was run')
    pass(hour)
    await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.unreachable', message: saying('try again later') })
    expect(rig.state()).not.toBe('needs_login')
    away.now = false
    pass(10_000)
    expect(await rig.call()).toBe('echo was run')
  })

  it('a keychain at the start: the server says so and comes back by itself once it is open', async () => {
    const box = lockable()
    const file = join(storeFolder(), 'gateway.db')
    const first = await openOAuthRig({ vault: box.vault, store: createSqliteStore({ file }) })
    await first.logIn()
    await first.close()
    box.how.locked = true
    const rig = await openLoginRig({ vault: box.vault, store: createSqliteStore({ file }) }, first.upstream.url)
    await rig.until(() => rig.state() === 'failed')
    expect(rig.reason()).toContain('keychain is locked')
    box.how.locked = false
    pass(10_000)
    await rig.until(() => rig.state() === 'ready')
    expect(await rig.call()).toBe('echo was run')
    expect(first.as.asked).toEqual({ authorization_code: 1 })
  })

  it('a keychain at the end of a login: nobody is logged in, and it is said', async () => {
    const box = lockable()
    const rig = await openOAuthRig({ vault: box.vault })
    const login = await rig.begin()
    const door = await rig.toTheDoor(login)
    box.how.locked = true
    expect((await visit(door)).status).toBe(400)
    expect(await rig.ended(login)).toMatchObject({ state: 'failed', error: 'The keychain is locked.' })
    expect(rig.state()).toBe('needs_login')
    box.how.locked = false
    expect(await rig.logIn()).toMatchObject({ state: 'done' })
  })

  it('a gateway that closes in the middle of a renewal keeps what it brings', async () => {
    const rig = await openLoggedIn({ as: { tokenDelayMs: 100 } })
    const before = await rig.kept()
    pass(hour - 30_000)
    await rig.call()
    await rig.close()
    const after = await rig.kept()
    expect(after?.refresh_token).not.toBe(before?.refresh_token)
    expect(await rig.as.scopeOf(after?.access_token ?? '', rig.upstream.url)).toBe('read')
  })
})

describe('a gateway that was killed after the other side renewed the login, and before it was kept', () => {
  it('says that a login is needed, once', async () => {
    const box = lockable()
    const file = join(storeFolder(), 'gateway.db')
    const first = await openOAuthRig({ vault: box.vault, store: createSqliteStore({ file }) })
    await first.logIn()
    const [name = ''] = await box.names()
    const before = (await box.vault.get(name)) ?? ''
    pass(2 * hour)
    await first.call()
    await first.close()
    await box.vault.set(name, before)
    const rig = await openLoginRig({ vault: box.vault, store: createSqliteStore({ file }) }, first.upstream.url)
    await rig.until(() => rig.state() === 'needs_login')
    expect(rig.reason()).toContain('fast-gateway login hosted')
    expect(first.as.asked.refresh_token).toBe(2)
    expect(await rig.logIn()).toMatchObject({ state: 'done' })
  })
})

describe('an authorization server of another issuer', () => {
  it('takes the place of the one before, whose tokens go', async () => {
    const first = await openOAuthServer()
    withTheTest(() => first.close())
    const upstream = { metadata: { authorization_servers: [first.issuer] } }
    const box = lockable()
    const rig = await openOAuthRig({ vault: box.vault, upstream })
    const login = await rig.begin()
    await browse(login.authorization_url)
    expect((await rig.authorization()).issuer).toBe(first.issuer)
    const [before] = await box.names()
    upstream.metadata.authorization_servers = [rig.as.issuer]
    await rig.logIn()
    expect((await rig.authorization()).issuer).toBe(rig.as.issuer)
    expect(await box.names()).toEqual([expect.not.stringMatching(before ?? '')])
  })
})
