import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { describe, expect, it } from 'vitest'
import { changeLimits } from '../../src/main/gateway/held-changes'
import { bundledPlugins } from '../../src/main/plugins'
import { createMemoryVault } from '../../src/main/vault/memory'
import type { HeldChange } from '../../src/shared/changes'
import type { ClientWithToken, GroupRecord, PolicyDocument, ServerView } from '../../src/shared/records'
import { newDataFolder, startDaemon } from '../support/gateway-daemon'
import { adminToken, approverToken, openRig, type Answered, type Rig, type RigOptions } from '../support/gateway-rig'
import { storeFolder } from '../support/store-folder'

const nowhere = 'http://127.0.0.1:9/mcp'

/** A gateway as the app runs it, and the person at the app. */
async function openApp(options: RigOptions = {}) {
  const rig = await openRig({ holdChanges: true, config: { startup_catalog: 'skip' }, vault: createMemoryVault(), ...options })
  return { rig, ...personAt(rig) }
}

function personAt({ gateway, until, events }: Pick<Rig, 'gateway' | 'until' | 'events'>) {
  const desktop = async (method: string, path: string, body?: unknown): Promise<Answered> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await gateway.admin(new Request(`http://gateway${path}`, { method, ...sent }), 'desktop')
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
  }
  const closed = () => new Set(events.flatMap((each) => (each.event === 'change.closed' ? [each.data.id] : [])))
  const waiting = () =>
    events.flatMap((each) => (each.event === 'change.held' && !closed().has(each.data.change.id) ? [each.data.change] : []))
  /** The oldest that waits, as soon as there is one. */
  const held = async (): Promise<HeldChange> => {
    await until(() => waiting().length > 0)
    const [change] = waiting()
    if (!change) throw new Error('a change that waited has gone')
    return change
  }
  const confirm = (id: string) => desktop('POST', `/changes/${id}/confirm`)
  const reject = (id: string) => desktop('POST', `/changes/${id}/reject`, {})
  return { desktop, held, waiting, confirm, reject }
}

/** What is to be held, or why it passes. */
type Treatment = 'held' | 'held when it loosens' | 'refused' | { readonly passes: string }

/** Every route of the admin API that changes something. A new one belongs here, and into the rules of whoever made it. */
const treatments: Readonly<Record<string, Treatment>> = {
  'POST /servers': 'held',
  'PATCH /servers/{id}': 'held when it loosens',
  'DELETE /servers/{id}': { passes: 'takes away' },
  'POST /servers/{id}/trust': 'held',
  'POST /servers/{id}/test': { passes: 'connects to what was confirmed' },
  'POST /servers/{id}/refresh': { passes: 'connects to what was confirmed' },
  'POST /servers/test-draft': 'refused',
  'POST /groups': 'held when it loosens',
  'PATCH /groups/{id}': 'held when it loosens',
  'PUT /groups/{id}/servers': 'held when it loosens',
  'DELETE /groups/{id}': { passes: 'takes away' },
  'POST /clients': 'held',
  'POST /clients/{id}/rotate': 'held',
  'PATCH /clients/{id}': 'held',
  'DELETE /clients/{id}': { passes: 'takes away' },
  'POST /reload': { passes: 'connects to what was confirmed' },
  'POST /pause': { passes: 'stops every call' },
  'POST /resume': 'held',
  'PUT /secrets/{name}': 'held',
  'DELETE /secrets/{name}': 'held',
  'PATCH /settings': 'held when it loosens',
  'POST /changes/{id}/confirm': { passes: 'never over HTTP' },
  'POST /changes/{id}/reject': { passes: 'never over HTTP' },
  'PUT /policy': 'held when it loosens',
  'POST /policy/check': { passes: 'reads' },
  'POST /policy/replay': { passes: 'reads' },
  'POST /tools/{name}/call': { passes: 'governed as any call' },
  'POST /hil/pending/{id}/approve': { passes: 'comes with the credential of a person' },
  'POST /hil/pending/{id}/deny': { passes: 'denies' },
  'POST /hil/deny': { passes: 'denies' },
  'DELETE /hil/grants/{id}': { passes: 'takes away' },
  'POST /agents/{id}/preview': { passes: 'reads' },
  'POST /agents/{id}/write': 'held',
  'POST /agents/{id}/undo': 'held',
  'POST /agents/import/parse': { passes: 'reads' },
  'POST /agents/import': 'held',
  'POST /oauth/{server_id}/login': { passes: 'a person logs in at the authorization server' },
  'DELETE /oauth/logins/{id}': { passes: 'ends what is not done' },
  'POST /oauth/{server_id}/logout': { passes: 'takes away' },
}

/** Of each that may be held: something that loosens. */
const loosening: Readonly<Record<string, { path: string; body?: unknown; token?: string; kind: HeldChange['kind'] }>> = {
  'POST /servers': { path: '/servers', body: { name: 'evil', url: nowhere }, kind: 'server.add' },
  'PATCH /servers/{id}': { path: '/servers/files', body: { args: ['-c', 'evil'] }, kind: 'server.change' },
  'POST /servers/{id}/trust': { path: '/servers/files/trust', token: approverToken, kind: 'server.trust' },
  'POST /groups': { path: '/groups', body: { name: 'admins' }, kind: 'group.loosen' },
  'PATCH /groups/{id}': { path: '/groups/readonly', body: { deny: [] }, kind: 'group.loosen' },
  'PUT /groups/{id}/servers': { path: '/groups/readonly/servers', body: ['another'], kind: 'group.loosen' },
  'POST /clients': { path: '/clients', body: { name: 'evil' }, kind: 'client.create' },
  'POST /clients/{id}/rotate': { path: '/clients/agent/rotate', kind: 'client.rotate' },
  'PATCH /clients/{id}': { path: '/clients/agent', body: { group: 'readonly' }, kind: 'client.move' },
  'POST /resume': { path: '/resume', kind: 'gateway.resume' },
  'PUT /secrets/{name}': { path: '/secrets/token', body: { value: 'a-value-of-evil' }, kind: 'secret.change' },
  'DELETE /secrets/{name}': { path: '/secrets/token', kind: 'secret.change' },
  'PATCH /settings': { path: '/settings', body: { hil_ticket_seconds: 80_000 }, kind: 'settings.loosen' },
  'PUT /policy': { path: '/policy', body: { deny: [], confirm: [] }, kind: 'policy.loosen' },
  'POST /agents/{id}/write': { path: '/agents/cursor/write', kind: 'agent.write' },
  'POST /agents/{id}/undo': { path: '/agents/cursor/undo', kind: 'agent.write' },
  'POST /agents/import': {
    path: '/agents/import',
    body: {
      source: { text: JSON.stringify({ mcpServers: { imported: { command: 'evil', args: ['now'] } } }) },
      picks: [{ key: 'imported', name: 'imported' }],
    },
    kind: 'server.add',
  },
}

/** A gateway with one of everything, and a home of its own. */
async function openFull() {
  const live: { endpoint: string | null } = { endpoint: null }
  const agents = { folder: storeFolder(), home: storeFolder(), platform: 'linux', env: {}, endpoint: () => live.endpoint } as const
  const policy: PolicyDocument = { deny: ['*_drop'], audit: true, default: 'allow', rules: [{ effect: 'ask', group: 'x' }] }
  const app = await openApp({ plugins: bundledPlugins({ agents }), config: { startup_catalog: 'skip', policy } })
  live.endpoint = app.rig.listening.endpoint
  const { desktop, rig } = app
  const files = (await desktop('POST', '/servers', { name: 'files', command: 'node', args: ['files.js'] })).body as ServerView
  await desktop('POST', '/groups', { name: 'readonly', member_server_ids: [files.id], deny: ['*_write'] })
  await desktop('POST', '/clients', { name: 'agent' })
  await desktop('POST', '/pause')
  return { ...rig, ...app, files }
}

const held = Object.entries(treatments).filter(([, treatment]) => typeof treatment === 'string' && treatment.startsWith('held'))

describe('every route that changes something', () => {
  it('is either held, or passes for a reason that somebody wrote down', async () => {
    const { admin } = await openFull()
    const { paths } = (await admin('GET', '/../openapi.json')).body as { paths: Record<string, Record<string, unknown>> }
    const changing = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).flatMap((method) =>
        ['post', 'put', 'patch', 'delete'].includes(method) ? [`${method.toUpperCase()} ${path}`] : [],
      ),
    )
    expect(changing.sort()).toEqual(Object.keys(treatments).sort())
    expect(held.map(([route]) => route).sort()).toEqual(Object.keys(loosening).sort())
  })

  it('is held where it loosens: with neither credential does anything happen before the person has confirmed', async () => {
    const { admin, held: next, reject, files, desktop, gateway, listening } = await openFull()
    const before = await stateOf(desktop)
    const known: Readonly<Record<string, unknown>> = {
      'POST /servers/{id}/trust': { hash: files.trust_hash },
      'POST /agents/{id}/write': { name: 'fast-gateway', url: listening.endpoint, token: 'a-token-of-evil' },
    }
    for (const [route, { path, body, token = adminToken, kind }] of Object.entries(loosening)) {
      const sent = known[route] ?? body
      const asked = admin(route.split(' ')[0] ?? '', path, sent, token)
      const change = await Promise.race([next(), asked.then(({ status, body: answer }) => ({ route, status, answer }))])
      expect(change, route).toMatchObject({ kind, principal: token === adminToken ? 'admin' : 'approver' })
      expect(JSON.stringify(change), route).not.toMatch(/of-evil/)
      await reject((change as HeldChange).id)
      expect(await asked, route).toMatchObject({ status: 403, body: { code: 'change.rejected' } })
    }
    expect(await stateOf(desktop)).toEqual(before)
    expect(gateway.status().paused_since).not.toBeNull()
  })

  it('is refused when no rule knows it', async () => {
    const { rig } = await openApp({
      plugins: [
        {
          name: 'mine',
          contribute: async () => {
            const { Hono } = await import('hono')
            return {
              routes: new Hono<{ Bindings: { principal: 'admin' | 'approver' | 'desktop' } }>().post('/:id', (c) => c.json({ done: true })),
            }
          },
        },
      ],
    })
    expect(await rig.admin('POST', '/mine/one', {})).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } })
    expect(await personAt(rig).desktop('POST', '/mine/one', {})).toMatchObject({ status: 200 })
  })
})

async function stateOf(desktop: (method: string, path: string) => Promise<Answered>) {
  const shown: unknown[] = []
  for (const path of ['/servers', '/groups', '/clients', '/settings', '/policy']) shown.push((await desktop('GET', path)).body)
  return JSON.parse(JSON.stringify(shown).replaceAll(/"last_seen_at":"[^"]*"/g, '"last_seen_at":""')) as unknown
}

describe('who tightens', () => {
  it('is asked nothing', async () => {
    const { rig, waiting, desktop } = await openApp()
    const server = (await desktop('POST', '/servers', { name: 'files', url: nowhere, allow: ['a', 'b'] })).body as ServerView
    await desktop('POST', '/groups', { name: 'readonly', member_server_ids: [server.id] })
    const { id } = (await desktop('POST', '/clients', { name: 'agent' })).body as ClientWithToken
    for (const [method, path, body] of [
      ['PATCH', '/servers/files', { enabled: false }],
      ['PATCH', '/servers/files', { allow: ['a'], deny: ['c'], tags: ['x'], timeout_seconds: 5 }],
      ['PATCH', '/groups/readonly', { deny: ['*_write'] }],
      ['PUT', '/groups/readonly/servers', []],
      ['POST', '/groups', { name: 'other' }],
      ['PUT', '/policy', { deny: ['*_drop'] }],
      ['PUT', '/policy?dry_run=true', { confirm: [] }],
      ['PATCH', '/settings', { hil_timeout_seconds: 10, audit_retention_days: null }],
      ['POST', '/resume', undefined],
      ['POST', '/pause', undefined],
      ['DELETE', `/clients/${id}`, undefined],
      ['DELETE', '/groups/readonly', undefined],
      ['DELETE', '/servers/files', undefined],
    ] as const)
      expect((await rig.admin(method, path, body)).status, `${method} ${path}`).toBeLessThan(300)
    expect(waiting()).toEqual([])
  })

  it('twice at once is looked at one after the other, so that both together loosen nothing', async () => {
    const { rig, held: next, reject, desktop } = await openApp()
    await desktop('POST', '/servers', { name: 'files', url: nowhere, allow: ['a', 'b'] })
    const asked = ['a', 'b'].map((allowed) => rig.admin('PATCH', '/servers/files', { allow: [allowed] }))
    await reject((await next()).id)
    expect((await Promise.all(asked)).map(({ status }) => status).sort()).toEqual([200, 403])
  })

  it.each([
    ['another address', { url: 'http://127.0.0.1:10/mcp' }],
    ['another header', { static_headers: { 'X-Key': '${keychain:KEY}' } }],
    ['a name that rules do not know', { name: 'another' }],
    ['one denial less', { deny: [] }],
    ['one more that is allowed', { allow: ['a', 'b'] }],
    ['one connection for all', { sharing: 'shared' }],
    ['another transport', { transport: 'sse' }],
    ['a denial more and another less', { deny: ['d'] }],
  ])('and loosens besides, is: %s', async (_what, patch) => {
    const { rig, held: next, desktop, reject } = await openApp()
    await desktop('POST', '/servers', { name: 'remote', url: nowhere, allow: ['a'], deny: ['c'] })
    const asked = rig.admin('PATCH', '/servers/remote', patch)
    const { id, details } = await next()
    expect(details.length).toBeGreaterThan(0)
    await reject(id)
    expect((await asked).status).toBe(403)
  })
})

describe('what is confirmed', () => {
  it('was shown whole: every word of a command, its variables and its folder', async () => {
    const { rig, held: next, confirm } = await openApp()
    const args = ['-e', 'hid\u202eden', '', '--flag=1 2']
    const asked = rig.admin('POST', '/servers', {
      name: 'local',
      command: '/bin/evil',
      args,
      env: { NODE_OPTIONS: '--require x' },
      cwd: '/tmp',
    })
    const { id, title, details } = await next()
    const shown = Object.fromEntries(details.map(({ label, after }) => [label, after]))
    expect(title).toBe('Add the server "local", which starts a program on this machine')
    expect(shown).toMatchObject({ Program: '/bin/evil', Folder: '/tmp', Variables: '"NODE_OPTIONS" = "--require x"' })
    expect(shown.Arguments?.split('\n').map((line) => JSON.parse(line) as string)).toEqual(args)
    expect(await confirm(id)).toEqual({ status: 200, body: { id, outcome: 'confirmed' } })
    expect(await asked).toMatchObject({ status: 201, body: { name: 'local', args, state: 'needs_trust' } })
  })

  it('happens once, as it was sent, and only it', async () => {
    const { rig, held: next, confirm, desktop, waiting } = await openApp()
    const first = rig.admin('POST', '/clients', { name: 'one' })
    const { id } = await next()
    const second = rig.admin('POST', '/clients', { name: 'two' })
    await rig.until(() => waiting().length === 2)
    await confirm(id)
    expect((await first).body).toMatchObject({ name: 'one', token: expect.any(String) as string })
    expect(await confirm(id)).toMatchObject({ status: 404, body: { code: 'change.not_found' } })
    expect(((await desktop('GET', '/clients')).body as unknown[]).length).toBe(1)
    expect((await desktop('GET', '/changes')).body).toMatchObject([{ title: expect.stringContaining('two') as string }])
    await desktop('POST', `/changes/${(await next()).id}/reject`)
    expect((await second).status).toBe(403)
  })

  it('is not done when what it is about has changed meanwhile', async () => {
    const { rig, held: next, confirm, desktop } = await openApp()
    await desktop('POST', '/servers', { name: 'files', url: nowhere, deny: ['a', 'b'] })
    const asked = rig.admin('PATCH', '/servers/files', { deny: ['b'] })
    const { id } = await next()
    await desktop('PATCH', '/servers/files', { deny: ['a', 'b', 'c'] })
    expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'change.stale' } })
    expect(await asked).toMatchObject({ status: 409, body: { code: 'change.stale' } })
    expect((await desktop('GET', '/servers/files')).body).toMatchObject({ deny: ['a', 'b', 'c'] })
  })

  it('is bound to the thing itself, not to its name', async () => {
    const { rig, held: next, confirm, desktop } = await openApp()
    const { id: old } = (await desktop('POST', '/clients', { name: 'agent' })).body as ClientWithToken
    const asked = rig.admin('POST', '/clients/agent/rotate')
    const { id } = await next()
    await desktop('DELETE', `/clients/${old}`)
    await desktop('POST', '/clients', { name: 'agent' })
    expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'change.stale' } })
    expect((await asked).status).toBe(409)
  })

  it('that fails in the end says so to both', async () => {
    const { rig, held: next, confirm, desktop } = await openApp()
    await desktop('POST', '/clients', { name: 'agent' })
    const asked = rig.admin('POST', '/clients', { name: 'agent' })
    expect(await confirm((await next()).id)).toMatchObject({ status: 409, body: { code: 'client.name_taken' } })
    expect(await asked).toMatchObject({ status: 409, body: { code: 'client.name_taken' } })
  })
})

describe('holding', () => {
  it('is ended by whoever asked, when they go away', async () => {
    const { rig, held: next, confirm, desktop } = await openApp()
    const leaving = new AbortController()
    const body = JSON.stringify({ name: 'evil' })
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
    const asked = fetch(`${rig.listening.adminUrl}/clients`, { method: 'POST', headers, body, signal: leaving.signal }).catch(() => 'gone')
    const { id } = await next()
    leaving.abort()
    expect(await asked).toBe('gone')
    await rig.until(() => rig.events.some((each) => each.event === 'change.closed'))
    expect(rig.events).toContainEqual(expect.objectContaining({ event: 'change.closed', data: { id, outcome: 'withdrawn' } }))
    expect((await confirm(id)).status).toBe(404)
    expect((await desktop('GET', '/clients')).body).toEqual([])
  })

  it('tells whoever wishes it that the request waits, before its answer', async () => {
    const { rig, held: next, reject } = await openApp()
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', prefer: 'processing' }
    const asking = requestHttp(`${rig.listening.adminUrl}/clients`, { method: 'POST', headers })
    asking.end('{"name":"ci"}')
    const [{ statusCode }] = (await once(asking, 'information')) as [{ statusCode: number }]
    expect(statusCode).toBe(102)
    await reject((await next()).id)
    const [answer] = (await once(asking, 'response')) as [{ statusCode: number; resume(): void }]
    answer.resume()
    expect(answer.statusCode).toBe(403)
  })

  it('is limited in number over HTTP', async () => {
    const { rig, waiting, desktop } = await openApp()
    const asked = Array.from({ length: changeLimits.waiting }, (_each, i) => rig.admin('POST', '/clients', { name: `c${i}` }))
    await rig.until(() => waiting().length === changeLimits.waiting)
    expect(await rig.admin('POST', '/clients', { name: 'more' })).toMatchObject({ status: 429, body: { code: 'limit.changes' } })
    expect(await rig.admin('PUT', '/policy', { deny: ['*'] })).toMatchObject({ status: 200 })
    for (const { id } of waiting()) await desktop('POST', `/changes/${id}/reject`)
    await Promise.all(asked)
  })

  it('is decided over no credential: neither is shown or may confirm what waits', async () => {
    const { rig, held: next, reject } = await openApp()
    const asked = rig.admin('POST', '/clients', { name: 'evil' })
    const { id } = await next()
    for (const token of [adminToken, approverToken]) {
      expect((await rig.admin('GET', '/changes', undefined, token)).status).toBe(403)
      for (const what of ['confirm', 'reject'])
        expect((await rig.admin('POST', `/changes/${id}/${what}`, undefined, token)).status).toBe(403)
    }
    await reject(id)
    await asked
  })

  it.each([
    ['/clients', '{"name":"evil",}', 400],
    ['/clients', '', 422],
    ['/clients', '[]', 422],
    ['/servers', '{"name":"evil"}', 422],
    ['/policy', '{"denny":[]}', 422],
    ['/clients/%ZZ/rotate', '{}', 422],
  ])('passes nothing that it cannot read: %s %s', async (path, body, status) => {
    const { rig, waiting } = await openApp()
    const method = path === '/policy' ? 'PUT' : 'POST'
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
    const answer = await fetch(rig.listening.adminUrl + path, { method, headers, ...(body === '' ? {} : { body }) })
    expect(answer.status).toBe(status)
    await answer.body?.cancel()
    expect(waiting()).toEqual([])
  })

  it('ends with the gateway', async () => {
    const { rig, held: next } = await openApp()
    const asked = rig.admin('POST', '/clients', { name: 'ci' }).catch(() => 'cut off')
    const { id } = await next()
    await rig.close()
    await asked
    expect(rig.events).toContainEqual(expect.objectContaining({ event: 'change.closed', data: { id, outcome: 'withdrawn' } }))
    expect(rig.events.some(({ event }) => event === 'clients.changed')).toBe(false)
  })

  it('is only where it was asked for', async () => {
    const { admin, events } = await openRig({ config: { startup_catalog: 'skip' } })
    expect(await admin('POST', '/clients', { name: 'ci' })).toMatchObject({ status: 201 })
    expect(events.some(({ event }) => event === 'change.held')).toBe(false)
  })

  it('is what a daemon does when it is told so, with plugins of its own', async () => {
    const seen: string[] = []
    const plugin = { name: 'mine', contribute: () => ({ pause: () => void seen.push('paused') }) }
    const daemon = await startDaemon(newDataFolder({ port: 0, startup_catalog: 'skip' }), { holdChanges: true, plugins: [plugin] })
    const asked = daemon.admin('POST', '/clients', { name: 'ci' })
    const { held: next, confirm, desktop } = personAt(daemon)
    await confirm((await next()).id)
    expect((await asked).status).toBe(201)
    await desktop('POST', '/pause')
    expect(seen).toEqual(['paused'])
  })

  it('creates no group that rules of the policy wait for', async () => {
    const {
      rig,
      held: next,
      confirm,
    } = await openApp({ config: { policy: { deny: [], audit: true, default: 'deny', rules: [{ effect: 'allow', group: 'trusted' }] } } })
    const asked = rig.admin('POST', '/groups', { name: 'trusted' })
    await confirm((await next()).id)
    expect((await asked).body as GroupRecord).toMatchObject({ name: 'trusted' })
  })
})

describe('a draft that is tested over HTTP', () => {
  it.each([
    ['starts a program', { name: 'x', command: 'node' }],
    ['is sent a secret', { name: 'x', url: nowhere, static_headers: { Authorization: 'Bearer ${keychain:KEY}' } }],
    ['logs in', { name: 'x', url: nowhere, auth: 'oauth' }],
  ])('is refused while the app runs when it %s', async (_what, draft) => {
    const { rig, waiting } = await openApp()
    for (const token of [adminToken, approverToken])
      expect(await rig.admin('POST', '/servers/test-draft', draft, token)).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } })
    expect(waiting()).toEqual([])
  })

  it('is connected to when it is an address and nothing else', async () => {
    const { rig } = await openApp()
    expect(await rig.admin('POST', '/servers/test-draft', { name: 'x', url: nowhere })).toMatchObject({ status: 200, body: { ok: false } })
  })
})
