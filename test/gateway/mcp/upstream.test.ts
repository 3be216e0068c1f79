import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../../src/shared/errors'
import type { ServerRecord } from '../../../src/shared/records'
import { createUpstream, trustHash, type Upstream } from '../../../src/main/gateway/mcp/upstream'
import { FakeGateway, listChanged } from '../../support/upstream-doubles'
import { Ears, handshake, never, serverRecord } from '../../support/upstream-rig'

const http = (given: Partial<ServerRecord> = {}) =>
  serverRecord({ transport: 'http', url: 'http://127.0.0.1:1/mcp', command: null, args: [], ...given })
const unreachable = new GatewayError('upstream.unreachable', 'nobody is there')
const login = new GatewayError('upstream.login_required', 'log in first')

let gateway: FakeGateway
let upstream: Upstream

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  gateway = new FakeGateway()
})
afterEach(async () => {
  await upstream.close()
  vi.useRealTimers()
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
async function begin(record = http()): Promise<void> {
  upstream = createUpstream(record, gateway)
  upstream.start()
  await pass(0)
}

describe('an upstream that starts', () => {
  it('connects, introspects and is ready', async () => {
    await begin()
    expect(gateway.states).toEqual(['connecting', 'ready'])
    expect(gateway.catalogs).toMatchObject([{ server_id: 's1', tools: [{ name: 'tool' }] }])
    expect(upstream.status()).toMatchObject({ state: 'ready', reason: null })
  })

  it('stays idle until it is needed when told to', async () => {
    upstream = createUpstream(http(), gateway)
    upstream.start({ connect: false })
    await pass(60_000)
    expect(gateway.attempts).toBe(0)
    await upstream.sharedLink()
    await upstream.settled()
    expect(upstream.status().state).toBe('ready')
  })

  it('says that it connects when its turn is still to come, and connects then or when it is needed', async () => {
    upstream = createUpstream(http(), gateway)
    upstream.start({ connect: 'soon' })
    await pass(60_000)
    expect([upstream.status().state, gateway.attempts]).toEqual(['connecting', 0])
    await upstream.sharedLink()
    upstream.start()
    await upstream.settled()
    expect([gateway.states, gateway.attempts]).toEqual([['connecting', 'ready'], 1])
  })

  it('does nothing while it is switched off', async () => {
    await begin(http({ enabled: false }))
    expect(upstream.status().state).toBe('disabled')
    await expect(upstream.sharedLink()).rejects.toMatchObject({ code: 'server.disabled' })
    await expect(upstream.openSessionLink(handshake, new Ears(), { request: null }, never)).rejects.toMatchObject({
      code: 'server.disabled',
    })
    expect(await upstream.refresh()).toBe(false)
    expect(gateway.attempts).toBe(0)
  })

  it('makes one attempt however many ask for it', async () => {
    upstream = createUpstream(http(), gateway)
    upstream.start()
    const links = await Promise.all([upstream.sharedLink(), upstream.sharedLink(), upstream.sharedLink()])
    expect(new Set(links).size).toBe(1)
    expect(gateway.attempts).toBe(1)
  })

  it('offers nothing that would need a session, and refuses what is asked of it', async () => {
    await begin()
    gateway.link.events.onMessage({ kind: 'request', id: 'q', method: 'sampling/createMessage', params: {} })
    gateway.link.events.onMessage({ kind: 'notification', method: 'notifications/message', params: { level: 'info' } })
    await pass(0)
    expect(gateway.link.responses).toMatchObject([{ id: 'q', answer: { error: { code: -32601 } } }])
    expect(gateway.messages).toEqual([{ kind: 'notification', method: 'notifications/message', params: { level: 'info' } }])
  })
})

describe('trust', () => {
  const stdio = (given: Partial<ServerRecord> = {}) => serverRecord({ args: ['server.js'], ...given })

  it('is asked for before anything is spawned, and opens the way', async () => {
    await begin(stdio())
    expect(upstream.status()).toMatchObject({
      state: 'needs_trust',
      code: 'server.untrusted',
      reason: expect.stringContaining('fast-gateway trust child') as string,
    })
    await expect(upstream.sharedLink()).rejects.toMatchObject({ code: 'server.untrusted' })
    await expect(upstream.openSessionLink(handshake, new Ears(), { request: null }, never)).rejects.toMatchObject({
      code: 'server.untrusted',
    })
    expect(await upstream.refresh()).toBe(false)
    await pass(120_000)
    expect(gateway.attempts).toBe(0)
    await upstream.update(stdio({ trusted_hash: trustHash(stdio()) }))
    await upstream.settled()
    expect(upstream.status().state).toBe('ready')
  })

  it.each([
    ['argument', { args: ['other.js'] }],
    ['environment', { env: { TOKEN: '${env:OTHER}' } }],
    ['folder', { cwd: '/tmp' }],
    ['command', { command: '/bin/sh' }],
  ])('ends when the %s changes, and the process with it', async (_what, change) => {
    const trusted_hash = trustHash(stdio())
    await begin(stdio({ trusted_hash }))
    await upstream.update(stdio({ trusted_hash, ...change }))
    expect(upstream.status().state).toBe('needs_trust')
    expect(gateway.link.closed).toBe(1)
    expect(gateway.attempts).toBe(1)
  })

  it('depends on argv, env and cwd and on nothing else, not on the order of the environment', () => {
    const one = trustHash(stdio({ env: { A: '1', B: '2' } }))
    expect(trustHash(stdio({ env: { B: '2', A: '1' }, name: 'other', timeout_seconds: 1 }))).toBe(one)
    expect(trustHash(stdio({ args: ['server', '.js'] }))).not.toBe(trustHash(stdio({ args: ['server.js'] })))
    expect(trustHash(http())).toBeNull()
  })
})

describe('an upstream that cannot be connected', () => {
  beforeEach(() => {
    gateway.refusal = unreachable
  })

  it('is failed with the reason and tried again, ever more rarely, at most every 60 s', async () => {
    await begin()
    expect(upstream.status()).toMatchObject({ state: 'failed', code: 'upstream.unreachable', reason: 'nobody is there' })
    expect(gateway.errors).toEqual([unreachable])
    for (const [index, seconds] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
      await pass(seconds * 1000 - 1)
      expect(gateway.attempts).toBe(index + 1)
      await pass(1)
      expect(gateway.attempts).toBe(index + 2)
    }
    expect(gateway.states).toEqual(['connecting', 'failed'])
  })

  it('waits a little even if the dice say not at all', async () => {
    gateway.dice = 0
    await begin()
    await pass(49)
    expect(gateway.attempts).toBe(1)
    await pass(1)
    expect(gateway.attempts).toBe(2)
  })

  it('is ready as soon as an attempt succeeds', async () => {
    await begin()
    gateway.refusal = undefined
    await pass(1_000)
    expect(gateway.states).toEqual(['connecting', 'failed', 'ready'])
  })

  it('turns callers away with the reason in its back-off, but tries at once when the last attempt is a second old', async () => {
    await begin()
    await pass(1_000)
    await expect(upstream.sharedLink()).rejects.toBe(unreachable)
    expect(gateway.attempts).toBe(2)
    await pass(1_000)
    gateway.refusal = undefined
    await expect(upstream.sharedLink()).resolves.toBeDefined()
    expect(gateway.attempts).toBe(3)
  })

  it('is tried at once by a refresh', async () => {
    await begin()
    expect(await upstream.refresh()).toBe(false)
    gateway.refusal = undefined
    expect(await upstream.refresh()).toBe(true)
    expect(gateway.attempts).toBe(3)
  })

  it('is failed with the reason when a secret cannot be resolved, and tried again', async () => {
    gateway.refusal = undefined
    gateway.onResolve = () => Promise.reject(new GatewayError('secret.unresolved', 'set TOKEN'))
    await begin()
    expect(upstream.status()).toMatchObject({ state: 'failed', code: 'secret.unresolved', reason: 'set TOKEN' })
    gateway.onResolve = FakeGateway.prototype.resolveTarget.bind(new FakeGateway())
    await pass(1_000)
    expect(upstream.status().state).toBe('ready')
  })

  it('is failed when its settings never come, and can be closed while they are waited for', async () => {
    gateway.refusal = undefined
    gateway.onResolve = () => new Promise(() => undefined)
    await begin()
    await pass(60_000)
    expect(upstream.status()).toMatchObject({ state: 'failed', reason: 'The settings of child were not there after 60 s.' })
    await pass(1_000)
    await upstream.close()
    expect(gateway.attempts).toBe(0)
  })

  it('waits for a login without asking again and again', async () => {
    gateway.refusal = login
    await begin()
    expect(upstream.status()).toMatchObject({ state: 'needs_login', reason: 'log in first' })
    await pass(3_600_000)
    await expect(upstream.sharedLink()).rejects.toBe(login)
    expect(gateway.attempts).toBe(1)
    gateway.refusal = undefined
    expect(await upstream.refresh()).toBe(true)
    expect(gateway.states).toEqual(['connecting', 'needs_login', 'ready'])
  })
})

describe('an upstream that loses its connection', () => {
  it('is degraded while it reconnects, failed when that fails, and ready again in the end', async () => {
    await begin()
    gateway.refusal = unreachable
    gateway.link.events.onClosed('it fell over')
    await pass(0)
    expect(upstream.status()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('it fell over') as string })
    await pass(1_000)
    gateway.refusal = undefined
    await pass(2_000)
    expect(gateway.states).toEqual(['connecting', 'ready', 'degraded', 'failed', 'ready'])
    expect(gateway.catalogs).toHaveLength(2)
  })

  it('connects at once for whoever needs it', async () => {
    await begin()
    gateway.link.events.onClosed('it fell over')
    await pass(0)
    await expect(upstream.sharedLink()).resolves.toBeDefined()
    expect(gateway.attempts).toBe(2)
  })

  it('is given a rest when it falls over again and again', async () => {
    await begin()
    const waits: number[] = []
    for (let fall = 0; fall < 4; fall++) {
      gateway.link.events.onClosed('it fell over')
      const before = Date.now()
      const attempts = gateway.attempts
      while (gateway.attempts === attempts) await pass(500)
      waits.push(Date.now() - before)
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000])
  })

  it('begins its back-off anew after 30 s of health', async () => {
    await begin()
    for (let fall = 0; fall < 3; fall++) {
      await pass(30_000)
      gateway.link.events.onClosed('it fell over')
      await pass(1_000)
      expect(gateway.attempts).toBe(fall + 2)
    }
  })

  it('is connected anew by a refresh when its session turns out to be lost', async () => {
    await begin()
    gateway.link.onList = () => Promise.reject(new GatewayError('upstream.session_lost', 'forgotten'))
    expect(await upstream.refresh()).toBe(true)
    expect(gateway.attempts).toBe(2)
    expect(gateway.states).toEqual(['connecting', 'ready', 'degraded', 'ready'])
  })

  it('is connected anew by a refresh when nothing answers after a sleep', async () => {
    await begin()
    gateway.link.onList = () => Promise.reject(new GatewayError('upstream.timeout', 'silent'))
    expect(await upstream.refresh()).toBe(true)
    expect(gateway.links[0]?.closed).toBe(1)
    expect(gateway.attempts).toBe(2)
  })

  it('asks for a login when its credential is not accepted any more', async () => {
    await begin()
    gateway.link.onList = () => Promise.reject(login)
    expect(await upstream.refresh()).toBe(false)
    expect(upstream.status().state).toBe('needs_login')
    await pass(3_600_000)
    expect(gateway.attempts).toBe(1)
  })
})

describe('the catalogue of an upstream', () => {
  it('is listed once for many changes, at most once a second', async () => {
    await begin()
    await pass(5_000)
    for (let i = 0; i < 50; i++) gateway.link.events.onMessage(listChanged)
    await pass(100)
    expect(gateway.link.lists).toBe(2)
    for (let ms = 0; ms < 3_000; ms += 10) {
      gateway.link.events.onMessage(listChanged)
      await pass(10)
    }
    expect(gateway.link.lists).toBeLessThanOrEqual(6)
    expect(gateway.catalogs.length).toBeGreaterThan(3)
    expect(gateway.messages).toEqual([])
    expect(gateway.states).toEqual(['connecting', 'ready'])
  })

  it('is listed again when it changed while it was being listed', async () => {
    await begin()
    await pass(5_000)
    let answer: () => void = () => undefined
    gateway.link.onList = () => new Promise((resolve) => (answer = () => resolve({ result: '{"tools":[]}' })))
    gateway.link.events.onMessage(listChanged)
    await pass(100)
    gateway.link.events.onMessage(listChanged)
    await pass(1_000)
    answer()
    await pass(2_000)
    expect(gateway.link.lists).toBe(3)
  })

  it('stays as it was, and the state says so, when it cannot be refreshed; it is asked for again', async () => {
    await begin()
    const { link } = gateway
    const before = link.onList
    link.onList = () => Promise.resolve({ error: { code: -32603, message: 'database is down' } })
    expect(await upstream.refresh()).toBe(false)
    expect(upstream.status()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('database is down') as string })
    expect(await upstream.sharedLink()).toBe(link)
    expect(gateway.catalogs).toHaveLength(1)
    link.onList = before
    await pass(1_000)
    expect(upstream.status().state).toBe('ready')
    expect(gateway.attempts).toBe(1)
  })

  it('says since when it stands so', async () => {
    await begin()
    const { since } = upstream.status()
    await pass(60_000)
    await upstream.refresh()
    expect(upstream.status().since).toBe(since)
  })
})

describe('a change of the record', () => {
  it('keeps the connection when it is not about the connection', async () => {
    await begin()
    await upstream.update(http({ deny: ['*'], timeout_seconds: 5, tags: ['x'] }))
    expect(upstream.record().timeout_seconds).toBe(5)
    expect(gateway.attempts).toBe(1)
    expect(gateway.link.closed).toBe(0)
  })

  it('connects anew when it is', async () => {
    await begin()
    await upstream.update(http({ static_headers: { 'X-Key': '${env:KEY}' } }))
    await upstream.settled()
    expect(gateway.links[0]?.closed).toBe(1)
    expect(gateway.states).toEqual(['connecting', 'ready', 'connecting', 'ready'])
  })

  it('switches off and on, ending the connections of sessions too', async () => {
    await begin()
    const ears = new Ears()
    await upstream.openSessionLink(handshake, ears, { request: null }, never)
    await upstream.update(http({ enabled: false }))
    expect(upstream.status().state).toBe('disabled')
    expect(gateway.links.map((link) => link.closed)).toEqual([1, 1])
    expect(ears.closed).toEqual(['Its settings have changed.'])
    gateway.links[0]?.events.onClosed('late news')
    expect(upstream.status().state).toBe('disabled')
    await upstream.update(http())
    await upstream.settled()
    expect(upstream.status().state).toBe('ready')
  })

  it('overtakes an attempt that is under way', async () => {
    let open: () => void = () => undefined
    const plain = gateway.openLink
    gateway.openLink = async (...asked) => {
      if (asked[0].url?.endsWith('old')) await new Promise<void>((resolve) => (open = resolve))
      return plain(...asked)
    }
    await begin(http({ url: 'http://127.0.0.1:1/old' }))
    const waiting = expect(upstream.sharedLink()).rejects.toMatchObject({ code: 'upstream.closed' })
    await pass(0)
    const updated = upstream.update(http())
    await pass(0)
    open()
    await updated
    await waiting
    await upstream.settled()
    expect(gateway.links.map((link) => link.closed)).toEqual([1, 0])
    expect(await upstream.sharedLink()).toBe(gateway.links[1])
  })
})

describe('an upstream whose secret has changed', () => {
  it('connects anew with the same settings, and sessions hear that theirs is over', async () => {
    await begin()
    const ears = new Ears()
    await upstream.openSessionLink(handshake, ears, { request: null }, never)
    await upstream.reconnect()
    await upstream.settled()
    expect(gateway.links.map((link) => link.closed)).toEqual([1, 1, 0])
    expect(ears.closed).toHaveLength(1)
    expect(upstream.status().state).toBe('ready')
  })

  it.each([{ enabled: false }, { transport: 'stdio', command: 'node', url: null }] as const)(
    'is not connected by that when it may not be: %j',
    async (bar) => {
      await begin(serverRecord({ ...http(), ...bar }))
      await upstream.reconnect()
      await pass(1_000)
      expect(gateway.attempts).toBe(0)
    },
  )

  it('stays closed', async () => {
    await begin()
    await upstream.close()
    await upstream.reconnect()
    await pass(1_000)
    expect(gateway.attempts).toBe(1)
  })
})

describe('a connection of one session', () => {
  it('passes everything on and is not told of its own end', async () => {
    await begin()
    const ears = new Ears()
    const link = await upstream.openSessionLink(handshake, ears, { request: null }, never)
    gateway.link.events.onMessage(listChanged)
    expect(ears.messages).toEqual([listChanged])
    await link.respond(1, { result: {} })
    expect(gateway.link.responses).toHaveLength(1)
    await link.close()
    await upstream.close()
    expect(ears.closed).toEqual([])
  })

  it('is told once when it ends, and leaves the upstream as it is', async () => {
    await begin()
    const ears = new Ears()
    await upstream.openSessionLink(handshake, ears, { request: null }, never)
    gateway.link.events.onClosed('gone')
    await upstream.close()
    expect(ears.closed).toEqual(['gone'])
    expect(upstream.status().state).toBe('ready')
  })

  it('fails with the reason', async () => {
    await begin()
    gateway.refusal = login
    await expect(upstream.openSessionLink(handshake, new Ears(), { request: null }, never)).rejects.toBe(login)
    expect(gateway.errors).toEqual([login])
    expect(upstream.status().state).toBe('ready')
  })
})

describe('the end of an upstream', () => {
  it('closes everything and turns callers away', async () => {
    await begin()
    const ears = new Ears()
    await upstream.openSessionLink(handshake, ears, { request: null }, never)
    await upstream.close()
    expect(gateway.links.map((link) => link.closed)).toEqual([1, 1])
    expect(ears.closed).toEqual(['The gateway is closing.'])
    await expect(upstream.sharedLink()).rejects.toMatchObject({ code: 'gateway.closing' })
    await pass(120_000)
    expect(gateway.attempts).toBe(2)
  })

  it('ends a back-off', async () => {
    gateway.refusal = unreachable
    await begin()
    await upstream.close()
    await pass(120_000)
    expect(gateway.attempts).toBe(1)
  })
})
