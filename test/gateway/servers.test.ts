import { afterEach, describe, expect, it } from 'vitest'
import type { ServerDraft, ServerPatch } from '../../src/shared/records'
import { trustHash } from '../../src/main/gateway/mcp/upstream'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import { serverLimits } from '../../src/main/gateway/server-record'
import { mostRefreshesAtOnce } from '../../src/main/gateway/server-fleet'
import { aServerRecord } from '../support/records'
import { linkDouble, openRegistry, type Registry } from '../support/catalog-upstream'

const opened: Registry[] = []
const open = (options: Parameters<typeof openRegistry>[0] = {}) => {
  const registry = openRegistry(options)
  opened.push(registry)
  return registry
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ servers }) => servers.close()))
})

const remote: ServerDraft = { name: 'web', url: 'https://example.test/mcp' }
const command: ServerDraft = { name: 'cli', command: 'mcp-files', args: ['/data'] }
const demo: ServerDraft = { name: 'demo', url: 'builtin:demo' }

describe('creating a server', () => {
  it.each([
    [remote, { transport: 'http', sharing: 'per_session' }],
    [
      { ...remote, transport: 'sse' as const },
      { transport: 'sse', sharing: 'per_session' },
    ],
    [command, { transport: 'stdio', sharing: 'shared', trusted: false, state: 'needs_trust' }],
    [demo, { transport: 'builtin', sharing: 'shared' }],
    [
      { ...command, sharing: 'per_session' as const, timeout_seconds: 5 },
      { sharing: 'per_session', timeout_seconds: 5 },
    ],
  ])('from %j fills the gaps by what is given', async (draft, expected) => {
    const { servers, store } = open()
    const view = await servers.create(draft)
    expect(view).toMatchObject({
      timeout_seconds: 30,
      enabled: true,
      allow: [],
      auth: 'none',
      tool_count: 0,
      catalog_problems: [],
      ...expected,
    })
    expect(view.id).toMatch(/^[0-9a-f]{32}$/)
    expect(store.servers.get(view.id)).toMatchObject({ name: draft.name, trusted_hash: null })
    expect(servers.get(view.id)).toEqual(view)
    expect(servers.list()).toEqual([view])
  })

  it.each([
    [{ name: 'a' }, 'url'],
    [{ name: 'a', url: 'ftp://example.test' }, 'url'],
    [{ name: 'a', url: '/mcp' }, 'url'],
    [{ name: 'a', url: 'https:example.test' }, 'url'],
    [{ name: 'a', url: 'https://example.test/#part' }, 'url'],
    [{ name: 'a', url: 'https://user@example.test/' }, 'url'],
    [{ name: 'a', url: 'builtin:other' }, 'url'],
    [{ name: 'a', command: 'x', url: 'https://example.test' }, 'url'],
    [{ name: 'a', transport: 'http', command: 'x' }, 'url'],
    [{ name: 'a', transport: 'stdio' }, 'command'],
    [{ name: 'a', url: 'https://example.test', args: ['x'] }, 'args'],
    [{ name: 'a', url: 'https://example.test', env: { A: '1' } }, 'env'],
    [{ name: 'a', command: 'x', cwd: 'relative' }, 'cwd'],
    [{ name: 'a', command: 'x\0y' }, 'command'],
    [{ name: 'a', command: 'x', env: { 'A=B': '1' } }, 'env'],
    [{ name: 'a', url: 'https://example.test', static_headers: { 'x-a': 'a\r\nx-b: c' } }, 'static_headers'],
    [{ name: 'a', url: 'https://example.test', static_headers: { Authorization: 'Bearer abcdefghijklmnop' } }, 'static_headers'],
    [{ name: 'a', url: 'https://example.test', auth: 'oauth_client_credentials' }, 'oauth_token_url'],
    [{ name: 'a', url: 'https://example.test', allow: ['*a*b*c*'] }, 'pattern'],
    [{ name: 'a', url: 'https://example.test', deny: Array.from({ length: serverLimits.patterns + 1 }, () => 'x') }, 'at most'],
    [{ name: 'under_score', url: 'https://example.test' }, 'name'],
    [{ name: 'a', url: 'https://example.test', surprise: 1 }, 'surprise'],
  ])('from %j is refused with a word about it, and nothing is stored', async (draft, word) => {
    const { servers, store, trace } = open()
    const refused = servers.create(draft as ServerDraft)
    await expect(refused).rejects.toMatchObject({ code: 'input.invalid' })
    await expect(refused).rejects.toThrow(word)
    expect([store.servers.list(), trace]).toEqual([[], []])
  })

  it('under a name that differs from another only in case is refused', async () => {
    const { servers } = open()
    await servers.create(remote)
    await expect(servers.create({ ...remote, name: 'WEB' })).rejects.toMatchObject({ code: 'server.name_taken' })
  })

  it('that cannot be written changes nothing', async () => {
    const store = createMemoryStore()
    const { servers, trace } = open({
      store: {
        ...store,
        servers: {
          ...store.servers,
          put: () => {
            throw new Error('disk full')
          },
        },
      },
    })
    await expect(servers.create(demo)).rejects.toThrow('disk full')
    expect([servers.list(), servers.byName('demo'), trace]).toEqual([[], undefined, []])
  })

  it('while the gateway runs connects it at once and tells of every step', async () => {
    const { servers, events, offers } = open()
    await servers.start('background')
    const { id } = await servers.create(demo)
    await servers.upstream(id)?.settled()
    expect(servers.get(id)).toMatchObject({
      state: 'ready',
      state_reason: null,
      trusted: true,
      trust_hash: null,
      tool_count: offers.get(id)?.tools.length,
    })
    expect(servers.get(id).tool_count).toBeGreaterThan(3)
    const states = events.map((event) => (event.data as { server: { state: string } }).server.state)
    expect(states[0]).toBe('connecting')
    expect(states.at(-1)).toBe('ready')
  })
})

describe('changing a server', () => {
  it('keeps its id and everything that the patch does not name', async () => {
    const { servers, store, trace } = open()
    const before = await servers.create({ ...remote, tags: ['t'], deny: ['x'] })
    trace.length = 0
    const after = await servers.patch(before.id, { name: 'site', allow: ['read_*'] })
    expect(after).toEqual({ ...before, name: 'site', allow: ['read_*'], updated_at: after.updated_at, state_since: after.state_since })
    expect(servers.byName('site')?.id).toBe(before.id)
    expect(servers.byName('web')).toBeUndefined()
    expect(store.servers.get(before.id)?.name).toBe('site')
    expect(trace).toEqual(['changed', 'server.changed'])
  })

  it.each<[ServerPatch, string]>([
    [{ url: 'nowhere' }, 'url'],
    [{ command: 'x' }, 'command'],
    [{ transport: 'stdio' }, 'command'],
    [{ deny: [''] }, 'pattern'],
  ])('to %j is refused, and it stays as it was', async (patch, word) => {
    const { servers } = open()
    const before = await servers.create(remote)
    await expect(servers.patch(before.id, patch)).rejects.toThrow(word)
    expect(servers.get(before.id)).toEqual(before)
  })

  it('to another transport leaves behind what belongs to the old one', async () => {
    const { servers } = open()
    const { id } = await servers.create({ ...command, env: { A: '1' } })
    expect(await servers.patch(id, { transport: 'http', url: 'http://localhost:1/mcp' })).toMatchObject({
      command: null,
      args: [],
      env: {},
      sharing: 'per_session',
      trusted: true,
      trust_hash: null,
    })
    expect(await servers.patch(id, { transport: 'stdio', command: 'x' })).toMatchObject({ url: null, sharing: 'shared', trusted: false })
  })

  it('to the name of another is refused, to another case of its own is not', async () => {
    const { servers } = open()
    await servers.create(remote)
    const { id } = await servers.create(demo)
    await expect(servers.patch(id, { name: 'Web' })).rejects.toMatchObject({ code: 'server.name_taken' })
    expect((await servers.patch(id, { name: 'Demo' })).name).toBe('Demo')
  })

  it('applies at once: switched off it is disconnected, switched on it is ready again', async () => {
    const { servers } = open()
    await servers.start('background')
    const { id } = await servers.create(demo)
    await servers.upstream(id)?.settled()
    expect((await servers.patch(id, { enabled: false })).state).toBe('disabled')
    await servers.patch(id, { enabled: true })
    await servers.upstream(id)?.settled()
    expect(servers.get(id).state).toBe('ready')
  })

  it('that is not there says so', async () => {
    const { servers } = open()
    const gone = { code: 'server.not_found' }
    expect(() => servers.get('x')).toThrow(expect.objectContaining(gone) as Error)
    for (const ask of [
      () => servers.patch('x', {}),
      () => servers.remove('x'),
      () => servers.trust('x', ''),
      () => servers.tools('x'),
      () => servers.test('x'),
      () => servers.refresh('x'),
    ])
      await expect(ask()).rejects.toMatchObject(gone)
  })

  it('hands out copies only', async () => {
    const { servers } = open()
    const { id } = await servers.create(remote)
    servers.get(id).deny.push('x')
    expect(servers.get(id).deny).toEqual([])
  })
})

describe('removing a server', () => {
  it('forgets it everywhere, and its late words are not heard', async () => {
    const { servers, store, trace } = open()
    await servers.start('background')
    const { id } = await servers.create(demo)
    const upstream = servers.upstream(id)
    await upstream?.settled()
    trace.length = 0
    await servers.remove(id)
    expect(trace).toEqual(['changed', `forgot ${id}`, `uncatalogued ${id}`, 'server.removed'])
    expect([servers.list(), servers.upstream(id), store.servers.list()]).toEqual([[], undefined, []])
    await expect(upstream?.sharedLink()).rejects.toMatchObject({ code: 'gateway.closing' })
  })
})

describe('removing a server from a store that fails half way', () => {
  it('is in force all the same, and what is left is logged', async () => {
    const fail = () => {
      throw new Error('disk full')
    }
    const { servers, trace, log } = open({ parts: { forgetServer: fail, catalog: { of: () => undefined, remove: fail } } })
    const { id } = await servers.create(remote)
    trace.length = 0
    await servers.remove(id)
    expect(servers.list()).toEqual([])
    expect(trace).toEqual(['changed', 'server.removed'])
    expect(log.lines.filter((line) => line.includes('cleared away'))).toHaveLength(2)
  })

  it('is not in force when the registry itself could not be written', async () => {
    const store = createMemoryStore()
    const fail = () => {
      throw new Error('disk full')
    }
    const { servers, trace } = open({ store: { ...store, servers: { ...store.servers, remove: fail } } })
    const { id } = await servers.create(remote)
    trace.length = 0
    await expect(servers.remove(id)).rejects.toThrow('disk full')
    expect(servers.list()).toHaveLength(1)
    expect(servers.upstream(id)).toBeDefined()
    expect(trace).toEqual([])
  })
})

describe('trust in a command', () => {
  it('is given to the hash that was shown and to no other', async () => {
    const { servers, store } = open()
    const { id, trust_hash } = await servers.create(command)
    await expect(servers.trust(id, '0'.repeat(64))).rejects.toMatchObject({ code: 'server.trust_stale' })
    expect(servers.get(id).trusted).toBe(false)
    expect(await servers.trust(id, trust_hash ?? '')).toMatchObject({ trusted: true })
    expect(store.servers.get(id)?.trusted_hash).toBe(trust_hash)
    expect(servers.get(id).state).not.toBe('needs_trust')
  })

  it('keeps what was confirmed, to be compared with what it was changed to, until that is confirmed', async () => {
    const { servers } = open()
    const draft = { ...command, env: { TOKEN: '${env:TOKEN}' }, cwd: '/data' }
    const { id, trust_hash, trusted_command: never } = await servers.create(draft)
    const confirmed = { command: 'mcp-files', args: ['/data'], env: { TOKEN: '${env:TOKEN}' }, cwd: '/data' }
    expect(never ?? null).toBeNull()
    expect(await servers.trust(id, trust_hash ?? '')).toMatchObject({ trusted: true, trusted_command: confirmed })
    const changed = await servers.patch(id, { args: ['/'] })
    expect(changed).toMatchObject({ trusted: false, trusted_command: confirmed, args: ['/'] })
    const again = await servers.trust(id, changed.trust_hash ?? '')
    expect(again).toMatchObject({ trusted: true, trusted_command: { ...confirmed, args: ['/'] } })
  })

  it('that was given by an earlier version, which kept only its hash, holds', () => {
    const store = createMemoryStore()
    const record = aServerRecord({ id: 'old', transport: 'stdio', url: null, command: 'mcp-files', sharing: 'shared' })
    const { trusted_command: _none, ...row } = record
    store.servers.put({ ...row, trusted_hash: trustHash(record) })
    expect(open({ store }).servers.get(row.id)).toMatchObject({ trusted: true })
  })

  it.each<ServerPatch>([{ command: 'other' }, { args: [] }, { env: { A: '1' } }, { cwd: '/' }])(
    'ends with %j, also when it is changed back',
    async (patch) => {
      const { servers } = open()
      const { id, trust_hash, args, env, cwd } = await servers.create(command)
      await servers.trust(id, trust_hash ?? '')
      expect(await servers.patch(id, { timeout_seconds: 9, deny: ['x'] })).toMatchObject({ trusted: true })
      expect(await servers.patch(id, patch)).toMatchObject({ trusted: false, state: 'needs_trust' })
      expect(await servers.patch(id, { command: 'mcp-files', args, env, cwd })).toMatchObject({ trusted: false, trust_hash })
    },
  )

  it('cannot be written by a draft or a patch', async () => {
    const { servers } = open()
    await expect(servers.create({ ...command, trusted_hash: 'x' } as ServerDraft)).rejects.toMatchObject({ code: 'input.invalid' })
    const { id } = await servers.create(command)
    await expect(servers.patch(id, { trusted_hash: 'x' } as ServerPatch)).rejects.toMatchObject({ code: 'input.invalid' })
  })

  it('is nothing that a url needs', async () => {
    const { servers } = open()
    const { id } = await servers.create(remote)
    await expect(servers.trust(id, '')).rejects.toMatchObject({ code: 'input.invalid' })
  })
})

describe('asking a server', () => {
  it('lists its tools raw, page by page, whatever they look like', async () => {
    const pages: Record<string, unknown> = {
      first: { tools: [{ name: 'a', odd: [1] }, { name: 'a' }], nextCursor: 'second' },
      second: { tools: [{ name: 'no schema' }], nextCursor: '' },
    }
    const openLink = async () =>
      Promise.resolve(
        linkDouble({ 'tools/list': (params) => pages[(params as { cursor?: string } | undefined)?.cursor ?? 'first'] ?? { tools: [] } }),
      )
    const { servers } = open({ openLink })
    const { id } = await servers.create({ ...remote, deny: ['*'] })
    expect(await servers.tools(id)).toEqual([{ name: 'a', odd: [1] }, { name: 'a' }, { name: 'no schema' }])
  })

  it('for ever the same page ends', async () => {
    let asked = 0
    const openLink = async () =>
      Promise.resolve(linkDouble({ 'tools/list': () => ({ tools: [{ name: `t${String(asked++)}` }], nextCursor: 'again' }) }))
    const { servers } = open({ openLink })
    const { id } = await servers.create(remote)
    expect((await servers.tools(id)).length).toBeLessThanOrEqual(2)
  })

  it('tests it on a connection of its own, which is closed', async () => {
    const log: string[] = []
    const openLink = async () => {
      log.push('opened')
      return Promise.resolve(linkDouble({ 'tools/list': () => ({ tools: [{ name: 'a' }, { name: 'b' }] }) }, () => log.push('closed')))
    }
    const { servers } = open({ openLink })
    const { id } = await servers.create(remote)
    expect(await servers.test(id)).toEqual({ ok: true, tool_count: 2 })
    expect(log).toEqual(['opened', 'closed'])
  })

  it('that cannot be reached, is not trusted, is off or talks garbage fails the test with what to do', async () => {
    const { servers } = open()
    const { id } = await servers.create(remote)
    expect(await servers.test(id)).toEqual({ ok: false, error: 'web does not answer.' })
    await servers.patch(id, { enabled: false })
    expect(await servers.test(id)).toMatchObject({ ok: false, error: expect.stringContaining('enable') as string })
    const stdio = await servers.create(command)
    expect(await servers.test(stdio.id)).toMatchObject({ ok: false, error: expect.stringContaining('fast-gateway trust cli') as string })
    const odd = open({ openLink: async () => Promise.resolve(linkDouble({ 'tools/list': () => ({ tools: 'many' }) })) })
    const other = await odd.servers.create(remote)
    expect(await odd.servers.test(other.id)).toMatchObject({ ok: false, error: expect.stringContaining('no list of tools') as string })
  })

  it('that has no tools at all counts none', async () => {
    const { servers } = open({ openLink: async () => Promise.resolve(linkDouble({})) })
    const { id } = await servers.create(remote)
    expect(await servers.test(id)).toEqual({ ok: true, tool_count: 0 })
  })

  it('refreshes it, and says whether it is degraded', async () => {
    const { servers } = open()
    await servers.start('background')
    const good = await servers.create(demo)
    const bad = await servers.create(remote)
    expect(await servers.refresh(good.id)).toEqual({ status: 'refreshed', server_id: good.id, degraded: false })
    expect(await servers.refresh(bad.id)).toEqual({ status: 'refreshed', server_id: bad.id, degraded: true })
    await servers.patch(bad.id, { enabled: false })
    expect((await servers.refresh(bad.id)).degraded).toBe(false)
  })

  it('reloads all that are on, some at a time, and names those that did not come up', async () => {
    let [now, most] = [0, 0]
    const openLink = async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setImmediate(resolve))
      now--
      return linkDouble({ 'tools/list': () => ({ tools: [] }) })
    }
    const { servers } = open({ openLink })
    for (let index = 0; index < 3 * mostRefreshesAtOnce; index++) await servers.create({ ...remote, name: `s${String(index)}` })
    await servers.create(command)
    await servers.create({ ...command, name: 'off', enabled: false })
    await servers.start('skip')
    expect(most).toBe(0)
    expect(await servers.reload()).toEqual(['cli'])
    expect(most).toBe(mostRefreshesAtOnce)
  })
})

describe('starting', () => {
  const stocked = async () => {
    const store = createMemoryStore()
    await open({ store }).servers.create(demo)
    return store
  }

  it('with "refresh" waits until every server has settled', async () => {
    const { servers } = open({ store: await stocked() })
    expect(servers.records()).toHaveLength(1)
    await servers.start('refresh')
    expect(servers.list()[0]).toMatchObject({ name: 'demo', state: 'ready' })
  })

  it('with "background" does not wait', async () => {
    const { servers } = open({ store: await stocked() })
    await servers.start('background')
    expect(servers.list()[0]?.state).toBe('connecting')
    await servers.upstream(servers.list()[0]?.id ?? '')?.settled()
    expect(servers.list()[0]?.state).toBe('ready')
  })

  it('with "skip" connects nothing until it is needed', async () => {
    const { servers } = open({ store: await stocked() })
    await servers.start('skip')
    const id = servers.list()[0]?.id ?? ''
    expect(servers.get(id).state).not.toBe('ready')
    expect((await servers.upstream(id)?.sharedLink())?.initialized.capabilities).toHaveProperty('tools')
    await servers.upstream(id)?.settled()
    expect(servers.get(id).state).toBe('ready')
  })

  it('adds the demo server once: who removed it does not get it back', async () => {
    const store = createMemoryStore()
    const first = open({ store }).servers
    await first.seedDemo()
    await first.seedDemo()
    expect(first.list()).toMatchObject([{ name: 'demo', transport: 'builtin', url: 'builtin:demo' }])
    await first.remove(first.list()[0]?.id ?? '')
    const second = open({ store }).servers
    await second.seedDemo()
    expect(second.list()).toEqual([])
  })

  it('leaves a server alone that somebody called demo', async () => {
    const { servers } = open()
    await servers.create({ ...remote, name: 'Demo' })
    await servers.seedDemo()
    expect(servers.list()).toHaveLength(1)
  })
})
