import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { LookUp } from '../../src/main/plugins/oauth/egress'
import { createMemoryVault } from '../../src/main/vault/memory'
import type { Login } from '../../src/shared/logins'
import { browse } from '../support/browser-double'
import { freePort } from '../support/free-port'
import { takePort } from '../support/gateway-daemon'
import { openOAuthRig, visit } from '../support/oauth-rig'

const saying = (words: string): unknown => expect.stringContaining(words)

describe('a login in a browser', () => {
  it('registers the gateway, comes back to its own door, and connects the server', async () => {
    const rig = await openOAuthRig()
    expect([rig.state(), rig.reason()]).toEqual(['needs_login', saying('fast-gateway login hosted')])
    expect(rig.upstream.seen, 'nobody asks without a token').toEqual([])

    const login = await rig.begin()
    expect(login).toMatchObject({ state: 'waiting', server_name: 'hosted', error: null })
    const { status, text, url } = await browse(login.authorization_url)
    expect([status, url.origin, url.pathname]).toEqual([200, rig.base, '/oauth/callback'])
    expect(text).toContain('Logged in')
    await rig.until(() => rig.state() === 'ready')

    expect(await rig.ended(login)).toMatchObject({ state: 'done', error: null })
    expect(await rig.call()).toBe('echo was run')
    expect(await rig.authorization()).toMatchObject({
      state: 'logged_in',
      issuer: rig.as.issuer,
      scopes: ['read'],
      refreshable: true,
    })
    const told = rig.events.flatMap((each) => (each.event === 'login.changed' ? [each.data.login.state] : []))
    expect(told).toEqual(['waiting', 'finishing', 'done'])
  })

  it('asks with PKCE, state and resource, and shows nothing of the answer on the page', async () => {
    const rig = await openOAuthRig()
    const login = await rig.begin()
    const asked = new URL(login.authorization_url).searchParams
    expect(asked.get('code_challenge_method')).toBe('S256')
    expect(asked.get('code_challenge')).toMatch(/^[\w-]{43}$/)
    expect(asked.get('state')).toMatch(/^[\w-]{43}$/)
    expect(asked.get('resource')).toBe(rig.upstream.url)
    const door = await rig.toTheDoor(login)
    const { text } = await visit(door)
    for (const value of door.searchParams.values()) expect(text).not.toContain(value)
  })

  it('is done by whom the person has registered, with the secret that the record refers to', async () => {
    process.env.OAUTH_TEST_SECRET = 'secret-of-the-registered-client'
    const port = await freePort()
    const client = {
      ...{ client_id: 'registered', client_secret: process.env.OAUTH_TEST_SECRET, grant_types: ['authorization_code', 'refresh_token'] },
      ...{ redirect_uris: [`http://127.0.0.1:${port}/oauth/callback`], response_types: ['code'], application_type: 'native' },
    }
    const rig = await openOAuthRig({
      as: { clients: [client], registration: false },
      draft: { oauth_client_id: 'registered', oauth_client_secret: '${env:OAUTH_TEST_SECRET}' },
      config: { oauth_callback_port: port },
    })
    expect(await rig.logIn()).toMatchObject({ state: 'done' })
    expect(await rig.call()).toBe('echo was run')
  })

  it('registers once for logins that come back to the same address', async () => {
    let registrations = 0
    const rig = await openOAuthRig({
      as: {
        before: (req) => {
          if (req.url === '/reg') registrations++
          return false
        },
      },
    })
    await rig.logIn()
    await rig.logIn()
    expect(registrations).toBe(1)
  })

  it('uses a document that describes the gateway where the authorization server takes one', async () => {
    const document = 'https://fast-gateway.example/client.json'
    const rig = await openOAuthRig({
      as: { metadata: { client_id_metadata_document_supported: true } },
      config: { oauth_client_metadata_url: document },
    })
    const login = await rig.begin()
    expect(new URL(login.authorization_url).searchParams.get('client_id')).toBe(document)
  })

  it('listens for itself where the gateway has no door', async () => {
    const rig = await openOAuthRig({ withoutDoor: true })
    const login = await rig.begin()
    const door = await rig.toTheDoor(login)
    expect(door.origin).not.toBe(rig.base)
    expect((await visit(new URL('/other', door))).status).toBe(404)
    expect((await visit(door)).text).toContain('Logged in')
    await expect(visit(door), 'it is closed behind the person').rejects.toThrow()
  })

  it('unites scopes: of the record and of what the server asks for', async () => {
    const rig = await openOAuthRig({ draft: { oauth_scopes: ['read'] }, upstream: { wants: 'write' } })
    const { authorization_url: url } = await rig.begin()
    expect(new URL(url).searchParams.get('scope')).toBe('read write offline_access')
  })

  it('asks for more where a call is refused for want of scope, and keeps what it had', async () => {
    const rig = await openOAuthRig()
    await rig.logIn()
    await expect(rig.call('save')).rejects.toMatchObject({ code: 'upstream.login_required', message: saying('write') })
    expect(await rig.call(), 'the rest goes on').toBe('echo was run')
    expect(rig.state()).toBe('ready')
    expect(await rig.authorization()).toMatchObject({ state: 'logged_in', missing_scopes: ['write'] })
    await rig.logIn()
    expect(await rig.call('save')).toBe('save was run')
    expect(await rig.authorization()).toMatchObject({ scopes: ['read', 'write'], missing_scopes: [] })
  })
})

describe('scopes that a server asks for', () => {
  it.each([
    ['in its metadata', [], 900, /^scope-0-/],
    ['in its refusal, after those of the person', ['read'], 35, /^read scope-0-/],
  ])('find an end, however many it names %s', async (_where, own, many, first) => {
    const names = Array.from({ length: many }, (_, i) => `scope-${i}-${'x'.repeat(200)}`)
    const upstream = own.length === 0 ? { metadata: { scopes_supported: names } } : { wants: names.join(' ') }
    const as = { metadata: { registration_endpoint: undefined } }
    const rig = await openOAuthRig({ as, upstream, draft: { oauth_scopes: own, oauth_client_id: 'ours' } })
    const { authorization_url: url } = await rig.begin()
    expect(url.length).toBeLessThan(16_384)
    expect(new URL(url).searchParams.get('scope')).toMatch(first)
  })

  it('are words, each by itself', async () => {
    const rig = await openOAuthRig({ upstream: { metadata: { scopes_supported: ['read write', 'a"b', 'c\nd', ''] } } })
    expect(new URL((await rig.begin()).authorization_url).searchParams.get('scope')).toBe('read write offline_access')
  })

  it('find an end where each call is refused for another one', async () => {
    const refusing = { now: false, count: 0 }
    const rig = await openOAuthRig({
      upstream: {
        before: (req, res) => {
          if (!refusing.now || req.method !== 'POST') return false
          const scope = Array.from({ length: 20 }, (_, i) => `s${refusing.count++}-${i}-${'y'.repeat(200)}`).join(' ')
          req.resume()
          res.writeHead(403, { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` }).end()
          return true
        },
      },
    })
    await rig.logIn()
    refusing.now = true
    for (let i = 0; i < 10; i++) await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.login_required' })
    const { missing_scopes: missing } = await rig.authorization()
    expect(missing.join(' ').length).toBeLessThanOrEqual(8_192)
  })

  it('are seen in whichever header and however they are written', async () => {
    const strict = { now: false }
    const rig = await openOAuthRig({
      upstream: {
        before: (req, res) => {
          if (!strict.now || req.method !== 'POST') return false
          req.resume()
          res.writeHead(403, { 'www-authenticate': ['Basic realm="old"', 'Bearer error = "insufficient_scope", scope = "write"'] }).end()
          return true
        },
      },
    })
    await rig.logIn()
    strict.now = true
    await expect(rig.call()).rejects.toMatchObject({ code: 'upstream.login_required' })
    expect(await rig.authorization()).toMatchObject({ missing_scopes: ['write'] })
  })
})

describe('an authorization server that has forgotten the gateway', () => {
  it('gets it registered anew once a login has come to nothing', async () => {
    const rig = await openOAuthRig()
    await rig.logIn()
    const clientOf = (login: Login) => new URL(login.authorization_url).searchParams.get('client_id')
    const stuck = await rig.begin()
    await rig.ask('DELETE', `/oauth/logins/${stuck.id}`)
    const next = await rig.begin()
    expect(clientOf(next)).not.toBe(clientOf(stuck))
    expect(await rig.call(), 'the login before goes on').toBe('echo was run')
    await browse(next.authorization_url)
    await rig.until(() => rig.state() === 'ready')
    expect(clientOf(await rig.begin())).toBe(clientOf(next))
  })
})

describe('what comes back to the door', () => {
  it('is refused with a state that nobody gave, and the login goes on', async () => {
    const rig = await openOAuthRig()
    const login = await rig.begin()
    const door = await rig.toTheDoor(login)
    const wrong = new URL(door)
    wrong.searchParams.set('state', 'of-somebody-else')
    const { status, text } = await visit(wrong)
    expect([status, text]).toEqual([400, saying('Not logged in')])
    expect(await rig.ended(login)).toMatchObject({ state: 'waiting' })
    expect((await visit(door)).status).toBe(200)
  })

  it('is taken once', async () => {
    const rig = await openOAuthRig()
    const login = await rig.begin()
    const door = await rig.toTheDoor(login)
    const answers = await Promise.all([visit(door), visit(door), visit(door)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
    expect((await visit(door)).status).toBe(400)
    expect(rig.as.asked).toEqual({ authorization_code: 1 })
  })

  it.each([
    ['of another issuer', (door: URL) => door.searchParams.set('iss', 'https://evil.example')],
    ['without an issuer where one is promised', (door: URL) => door.searchParams.delete('iss')],
  ])('is refused %s, and the code is shown to nobody', async (_what, change) => {
    const rig = await openOAuthRig()
    const login = await rig.begin()
    const door = await rig.toTheDoor(login)
    change(door)
    expect((await visit(door)).status).toBe(400)
    expect(await rig.ended(login)).toMatchObject({ state: 'failed', error: saying('did not come from') })
    expect([rig.as.asked, rig.state()]).toEqual([{}, 'needs_login'])
  })

  it.each(['code', 'iss', 'error', 'state'])('is refused where it says its %s twice', async (field) => {
    const rig = await openOAuthRig()
    const login = await rig.begin()
    const door = await rig.toTheDoor(login)
    door.searchParams.append(field, door.searchParams.get(field) ?? 'access_denied')
    if (field === 'error') door.searchParams.append(field, 'access_denied')
    expect((await visit(door)).status).toBe(400)
    expect(await rig.ended(login)).toMatchObject({ state: 'failed', error: saying('twice') })
    expect(rig.as.asked).toEqual({})
  })

  it('may be a no, which is told in our words', async () => {
    const rig = await openOAuthRig()
    const login = await rig.begin()
    const state = new URL(login.authorization_url).searchParams.get('state')
    await visit(`${rig.base}/oauth/callback?error=access_denied&error_description=<b>evil</b>&iss=${rig.as.issuer}&state=${state}`)
    const { error } = await rig.ended(login)
    expect(error).toBe('The login of hosted was refused where you logged in; start it again if that was a mistake.')
  })

  it('needs GET and a host that is ours', async () => {
    const rig = await openOAuthRig()
    expect((await fetch(`${rig.base}/oauth/callback?state=x`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${rig.base}/oauth/callback`)).status).toBe(400)
  })

  it('is not taken after the login was cancelled', async () => {
    const rig = await openOAuthRig()
    const login = await rig.begin()
    const door = await rig.toTheDoor(login)
    expect((await rig.ask('DELETE', `/oauth/logins/${login.id}`)).body).toMatchObject({ state: 'cancelled' })
    expect((await visit(door)).status).toBe(400)
    expect([rig.as.asked, rig.state()]).toEqual([{}, 'needs_login'])
  })
})

describe('a person who does not come back', () => {
  it('is waited for ten minutes; then the login says so, and what comes later is not taken', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const rig = await openOAuthRig()
    const login = await rig.begin()
    const door = await rig.toTheDoor(login)
    vi.advanceTimersByTime(600_000)
    vi.useRealTimers()
    expect(await rig.ended(login)).toMatchObject({ state: 'failed', error: saying('within 10 minutes') })
    expect((await visit(door)).status).toBe(400)
    expect([rig.as.asked, rig.state()]).toEqual([{}, 'needs_login'])
    expect((await rig.begin()).id).not.toBe(login.id)
  })
})

describe('two logins at once', () => {
  it('are one', async () => {
    const rig = await openOAuthRig()
    const [first, second] = await Promise.all([rig.begin(), rig.begin()])
    expect(second).toEqual(first)
    expect(await rig.begin()).toEqual(first)
  })

  it('of two servers do not get in each other’s way', async () => {
    const rig = await openOAuthRig()
    const other = await rig.add({ name: 'other', url: rig.upstream.url, auth: 'oauth' })
    const mine = await rig.begin()
    const theirs = (await rig.ask('POST', `/oauth/${other.id}/login`)).body as typeof mine
    await browse(theirs.authorization_url)
    await rig.until(() => rig.gateway.servers.get(other.id).state === 'ready')
    expect([rig.state(), (await rig.ended(mine)).state]).toEqual(['needs_login', 'waiting'])
    await browse(mine.authorization_url)
    await rig.until(() => rig.state() === 'ready')
  })

  it('say so where only one port takes them', async () => {
    const rig = await openOAuthRig({ config: { oauth_callback_port: await freePort() } })
    const other = await rig.add({ name: 'other', url: rig.upstream.url, auth: 'oauth' })
    await rig.begin()
    expect(await rig.ask('POST', `/oauth/${other.id}/login`)).toMatchObject({ status: 503, body: { code: 'listen.port_taken' } })
  })
})

describe('a login that cannot begin', () => {
  it('says that the callback port is taken', async () => {
    const taken = await takePort(0)
    const rig = await openOAuthRig({ config: { oauth_callback_port: taken.port } })
    expect(await rig.ask('POST', `/oauth/${rig.server.id}/login`)).toMatchObject({
      body: { code: 'listen.port_taken', message: saying('oauth_callback_port') },
    })
    await taken.release()
    expect(await rig.logIn()).toMatchObject({ state: 'done' })
  })

  it.each([
    ['without PKCE', { code_challenge_methods_supported: undefined }, 'PKCE'],
    ['with null for PKCE', { code_challenge_methods_supported: null }, 'PKCE'],
    ['with plain PKCE only', { code_challenge_methods_supported: ['plain'] }, 'PKCE'],
    ['with metadata of another issuer', { issuer: 'https://other.example' }, 'another issuer'],
    ['with javascript: where one logs in', { authorization_endpoint: 'javascript:alert(1)' }, 'only https is safe'],
    ['with file: where one logs in', { authorization_endpoint: 'file:///etc/passwd' }, 'only https is safe'],
    ['with plain http elsewhere', { registration_endpoint: 'http://example.com/register' }, 'only https is safe'],
    ['with the address of a cloud’s metadata', { registration_endpoint: 'https://169.254.169.254/register' }, 'private network'],
    ['with a password in an address', { authorization_endpoint: 'https://a:b@example.com/' }, 'user name or password'],
    ['without registration', { registration_endpoint: undefined }, 'does not let programs register'],
  ])('%s is refused', async (_what, metadata, words) => {
    const rig = await openOAuthRig({ as: { metadata } })
    const { status, body } = await rig.ask('POST', `/oauth/${rig.server.id}/login`)
    expect([status, body]).toEqual([502, expect.objectContaining({ code: 'upstream.refused', message: saying(words) })])
    expect(rig.state()).toBe('needs_login')
  })

  it('says so where the authorization server is away, and can begin once it is back', async () => {
    const away = { now: true }
    const before = (_req: IncomingMessage, res: ServerResponse) => {
      if (away.now) res.writeHead(503).end()
      return away.now
    }
    const rig = await openOAuthRig({ as: { before } })
    expect(await rig.ask('POST', `/oauth/${rig.server.id}/login`)).toMatchObject({
      status: 502,
      body: { code: 'upstream.unreachable', message: saying('try again later') },
    })
    expect(rig.state()).toBe('needs_login')
    away.now = false
    expect(await rig.logIn()).toMatchObject({ state: 'done' })
  })

  it.each([
    [
      'is locked',
      { ...createMemoryVault(), status: () => Promise.resolve({ kind: 'keychain', state: 'locked', detail: 'Unlock it.' } as const) },
    ],
    ['is not there', null],
  ])('says so where the vault %s, before anybody is sent anywhere', async (_what, vault) => {
    const rig = await openOAuthRig(vault === null ? { withoutVault: true } : { vault })
    expect(await rig.ask('POST', `/oauth/${rig.server.id}/login`)).toMatchObject({ status: 503, body: { code: 'vault.unavailable' } })
    expect(rig.upstream.seen).toEqual([])
  })

  it('is refused where a token would go over plain http to another machine', async () => {
    const looked: string[] = []
    const lookUp: LookUp = (name, done) => (looked.push(name), done(null, [{ address: '93.184.216.34', family: 4 }]))
    const rig = await openOAuthRig({ draft: { url: 'http://mcp.example.com/mcp' }, lookUp })
    expect((await rig.ask('POST', `/oauth/${rig.server.id}/login`)).body).toMatchObject({
      code: 'upstream.refused',
      message: saying('Give it an https address'),
    })
    expect(looked).toEqual([])
  })

  it('does not stumble over null for what there is not', async () => {
    const nothing = { scopes_supported: null, revocation_endpoint: null, authorization_response_iss_parameter_supported: null }
    const rig = await openOAuthRig({ as: { metadata: nothing }, upstream: { metadata: { scopes_supported: null }, wants: 'read' } })
    expect(await rig.logIn()).toMatchObject({ state: 'done' })
  })

  it('takes a page for people as no metadata', async () => {
    const page = (res: ServerResponse) => res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>')
    const rig = await openOAuthRig({
      as: {
        before: (req, res) => {
          const isFirst = req.url === '/.well-known/oauth-authorization-server'
          if (isFirst) page(res)
          return isFirst
        },
      },
    })
    expect(await rig.logIn()).toMatchObject({ state: 'done' })
  })

  it('is refused for the metadata of another resource', async () => {
    const rig = await openOAuthRig({ upstream: { metadata: { resource: 'https://other.example/mcp' } } })
    expect((await rig.ask('POST', `/oauth/${rig.server.id}/login`)).body).toMatchObject({
      code: 'upstream.refused',
      message: saying('another server'),
    })
  })

  it('says so where there is nothing to log in to, and leaves the server alone', async () => {
    const rig = await openOAuthRig()
    const plain = await rig.add({ name: 'plain', url: 'builtin:demo', transport: 'builtin' })
    expect((await rig.ask('POST', `/oauth/${plain.id}/login`)).body).toMatchObject({ code: 'input.invalid' })
    expect((await rig.ask('POST', '/oauth/nobody/login')).body).toMatchObject({ code: 'server.not_found' })
    expect((await rig.ask('GET', '/oauth/logins/nothing')).body).toMatchObject({ code: 'login.not_found' })
  })
})
