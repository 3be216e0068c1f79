import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { hc } from 'hono/client'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/shared/errors'
import type { ClientRecord, GroupRecord, Problem } from '../../../src/shared/records'
import { createAdmin, type AdminApi } from '../../../src/main/gateway/admin'
import { createClients } from '../../../src/main/gateway/clients'
import { createGroups } from '../../../src/main/gateway/groups'
import type { AdminEnv } from '../../../src/main/gateway/plugin'
import { adminParts, askAs, listedServers, serverView, tableOf } from '../../support/admin-doubles'

/** The admin API over real groups and clients and listed servers. */
function newAdmin(plugins: { name: string; routes: Hono<AdminEnv> }[] = []) {
  const servers = listedServers(serverView('a1', 'alpha'), serverView('d1', 'dead'))
  const groupTable = tableOf<GroupRecord>()
  const common = { emit: () => undefined, onChange: () => undefined }
  const clients = createClients({
    ...common,
    store: { clients: tableOf<ClientRecord>(), groups: groupTable },
    onRevoked: () => undefined,
    log: { warn: () => undefined },
  })
  const groups = createGroups({ ...common, store: { groups: groupTable }, servers, clients })
  const { parts, lines } = adminParts({ servers, groups, clients, plugins })
  const admin = createAdmin(parts)
  return { admin, servers, clients, lines, ask: askAs(admin, 'admin'), askApprover: askAs(admin, 'approver') }
}

const problem = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return (await response.json()) as Problem
}

describe('servers', () => {
  it('are listed, added, changed and removed by a typed client', async () => {
    const { admin } = newAdmin()
    const api = hc<AdminApi>('http://gateway', {
      fetch: (input: string | URL | Request, init?: RequestInit) => admin.request(input, init, { principal: 'admin' }),
    })
    const created = await api.servers.$post({ json: { name: 'beta', url: 'http://127.0.0.1:9/mcp' } })
    expect(created.status).toBe(201)
    const { id } = await created.json()
    const patched = await api.servers[':id'].$patch({ param: { id }, json: { deny: ['*_delete'] } })
    expect((await patched.json()).deny).toEqual(['*_delete'])
    const removed = await api.servers[':id'].$delete({ param: { id } })
    expect(removed.status).toBe(204)
    expect(await removed.text()).toBe('')
    const listed = await (await api.servers.$get()).json()
    expect(listed.map((server) => server.name)).toEqual(['alpha', 'dead'])
  })

  it('are found by id or by exact name', async () => {
    const { ask } = newAdmin()
    for (const key of ['a1', 'alpha']) expect(await (await ask('GET', `/servers/${key}`)).json()).toMatchObject({ id: 'a1' })
    expect(await problem(await ask('GET', '/servers/Alpha'))).toMatchObject({ status: 404, code: 'server.not_found' })
  })

  it('show what the upstream lists, untouched, and 502 when it cannot be reached', async () => {
    const { ask } = newAdmin()
    expect(await (await ask('GET', '/servers/alpha/tools')).json()).toEqual([
      { name: 'echo', inputSchema: { type: 'object' }, 'x-odd': [1] },
    ])
    expect(await problem(await ask('GET', '/servers/dead/tools'))).toMatchObject({ status: 502, code: 'upstream.unreachable' })
  })

  it('answer a test with 200 whatever comes of it', async () => {
    const { ask } = newAdmin()
    const good = await ask('POST', '/servers/alpha/test')
    expect([good.status, await good.json()]).toEqual([200, { ok: true, tool_count: 2 }])
    const bad = await ask('POST', '/servers/dead/test')
    expect([bad.status, await bad.json()]).toEqual([200, { ok: false, error: 'Nothing listens there.' }])
  })

  it('are refreshed one by one or all together', async () => {
    const { ask } = newAdmin()
    expect(await (await ask('POST', '/servers/alpha/refresh')).json()).toEqual({ status: 'refreshed', server_id: 'a1', degraded: false })
    expect(await (await ask('POST', '/reload')).json()).toEqual({ status: 'reloaded', degraded: ['dead'] })
  })

  it('are trusted by the approver only, and only for the hash that was read', async () => {
    const { ask, askApprover, servers } = newAdmin()
    expect(await problem(await ask('POST', '/servers/alpha/trust', { hash: 'right' }))).toMatchObject({
      status: 403,
      code: 'auth.approver_required',
    })
    expect(await problem(await askApprover('POST', '/servers/alpha/trust', { hash: 'stale' }))).toMatchObject({
      status: 409,
      code: 'server.trust_stale',
    })
    expect(servers.trusted).toEqual([])
    expect((await askApprover('POST', '/servers/alpha/trust', { hash: 'right' })).status).toBe(200)
    expect(servers.trusted).toEqual(['a1'])
  })
})

describe('groups', () => {
  it('are created, changed, given members and removed', async () => {
    const { ask } = newAdmin()
    const created = await ask('POST', '/groups', { name: 'readonly' })
    expect(created.status).toBe(201)
    const { id } = (await created.json()) as GroupRecord
    expect(await (await ask('PUT', `/groups/${id}/servers`, ['a1', 'd1'])).json()).toMatchObject({ member_server_ids: ['a1', 'd1'] })
    expect(await (await ask('PATCH', '/groups/readonly', { deny: ['x'] })).json()).toMatchObject({
      id,
      deny: ['x'],
      member_server_ids: ['a1', 'd1'],
    })
    expect(await (await ask('GET', '/groups')).json()).toHaveLength(1)
    expect((await ask('DELETE', `/groups/${id}`)).status).toBe(204)
    expect(await problem(await ask('GET', `/groups/${id}`))).toMatchObject({ status: 404, code: 'group.not_found' })
  })

  it('answer 409 to a name that is taken and to the removal of one that is in use', async () => {
    const { ask } = newAdmin()
    await ask('POST', '/groups', { name: 'readonly' })
    await ask('POST', '/clients', { name: 'claude', group: 'readonly' })
    expect(await problem(await ask('POST', '/groups', { name: 'readonly' }))).toMatchObject({ status: 409, code: 'group.name_taken' })
    expect(await problem(await ask('DELETE', '/groups/readonly'))).toMatchObject({ status: 409, code: 'group.in_use' })
  })
})

describe('clients', () => {
  it('get a token that is shown once, renewed and ended', async () => {
    const { ask, clients } = newAdmin()
    const created = await ask('POST', '/clients', { name: 'Claude Code' })
    expect(created.status).toBe(201)
    expect(created.headers.get('cache-control')).toBe('no-store')
    const { id, token } = (await created.json()) as { id: string; token: string }
    expect(clients.authenticate(token)?.id).toBe(id)
    expect(JSON.stringify(await (await ask('GET', '/clients')).json())).not.toMatch(/token/)
    const rotated = (await (await ask('POST', '/clients/Claude%20Code/rotate')).json()) as { token: string }
    expect(clients.authenticate(token)).toBeUndefined()
    expect(clients.authenticate(rotated.token)?.id).toBe(id)
    expect((await ask('DELETE', `/clients/${id}`)).status).toBe(204)
    expect(clients.authenticate(rotated.token)).toBeUndefined()
  })
})

describe('what is wrong', () => {
  const raw = (body: string, type?: string) => ({ method: 'POST', body, headers: type === undefined ? {} : { 'content-type': type } })

  it('is 422 with every flaw named where the body does not fit', async () => {
    const { ask } = newAdmin()
    const told = await problem(await ask('POST', '/servers', { name: 'no_underscore', timeout_seconds: -1, speed: 9 }))
    expect(told).toMatchObject({ status: 422, code: 'input.invalid' })
    expect((told.details as { path: string }[]).map((flaw) => flaw.path).sort()).toEqual(['', 'name', 'timeout_seconds'])
    expect(told.message).toBe(told.detail)
  })

  it.each([
    ['JSON that breaks off', '{"name":', 'application/json', 400, 'input.malformed'],
    ['a form', 'name=x', 'application/x-www-form-urlencoded', 415, 'input.content_type'],
    ['text', '{"name":"x"}', 'text/plain', 415, 'input.content_type'],
    ['nothing at all', '', 'application/json', 400, 'input.malformed'],
    ['an array', '[]', 'application/json', 422, 'input.invalid'],
    ['null', 'null', 'application/json', 422, 'input.invalid'],
    ['a polluted prototype', '{"name":"x","__proto__":{"enabled":false}}', 'application/json; charset=utf-8', 422, 'input.invalid'],
    ['JSON 10,000 levels deep', `{"name":"x","tags":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'application/json', 422, 'input.invalid'],
  ])('%s is refused', async (_what, body, type, status, code) => {
    const { admin } = newAdmin()
    expect(await problem(await admin.request('/servers', raw(body, type), { principal: 'admin' }))).toMatchObject({ status, code })
  })

  it('is 404 for a path that leads nowhere', async () => {
    const { ask } = newAdmin()
    for (const path of ['/nothing', '/', '/servers/alpha/nothing']) {
      expect(await problem(await ask('GET', path))).toMatchObject({ status: 404, code: 'route.not_found' })
    }
  })

  it('is 500 with a request id when it was not foreseen, its text in the log only', async () => {
    const { parts, lines } = adminParts({
      status: () => {
        throw new Error('the secret is xyzzy')
      },
    })
    const response = await askAs(createAdmin(parts), 'admin')('GET', '/status')
    const told = await problem(response)
    expect(told).toMatchObject({ status: 500, code: 'internal' })
    expect(JSON.stringify(told)).not.toContain('xyzzy')
    expect(lines[0]).toMatchObject({ level: 'error', facts: { request_id: told.request_id } })
    expect(String(lines[0]?.facts?.cause)).toContain('the secret is xyzzy')
  })
})

it('writes to the log who changed or tried to change what, without what was sent', async () => {
  const { ask, lines } = newAdmin()
  await ask('GET', '/servers')
  await ask('POST', '/groups', { name: 'hush' })
  await ask('POST', '/servers/alpha/trust', { hash: 'hush' })
  expect(lines.map((line) => line.facts)).toEqual([
    { method: 'POST', path: '/groups', principal: 'admin', status: 201 },
    { method: 'POST', path: '/servers/alpha/trust', principal: 'admin', status: 403 },
  ])
})

describe('plugins', () => {
  const plain = new Hono<AdminEnv>()
    .get('/', (c) => c.json({ who: c.env.principal }))
    .post('/echo/:word', async (c) => c.json(await c.req.json()))
    .get('/broken', () => {
      throw new GatewayError('tool.not_found', 'No such tool.')
    })
  const described = new OpenAPIHono<AdminEnv>().openapi(
    createRoute({
      method: 'put',
      path: '/{id}',
      summary: 'Set it',
      request: {
        params: z.object({ id: z.string() }),
        body: { required: true, content: { 'application/json': { schema: z.object({ n: z.number() }) } } },
      },
      responses: { 200: { description: 'It' } },
    }),
    (c) => c.json(c.req.valid('json'), 200),
  )
  const plugins = [
    { name: 'plain', routes: plain },
    { name: 'described', routes: described },
  ]

  it('have their routes under their names, behind the same guards and with the same errors', async () => {
    const { ask, askApprover, admin } = newAdmin(plugins)
    expect(await (await ask('GET', '/plain')).json()).toEqual({ who: 'admin' })
    expect(await (await ask('POST', '/plain/echo/x', { n: 1 })).json()).toEqual({ n: 1 })
    expect(await problem(await ask('GET', '/plain/broken'))).toMatchObject({ status: 404, code: 'tool.not_found' })
    expect(await problem(await ask('PUT', '/described/x', { n: 'one' }))).toMatchObject({ status: 422, details: [{ path: 'n' }] })
    expect((await askApprover('GET', '/plain')).status).toBe(403)
    const form = await admin.request(
      '/plain/echo/x',
      { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } },
      { principal: 'admin' },
    )
    expect(form.status).toBe(415)
  })

  it('are in the description, also those that did not describe themselves', async () => {
    const { ask } = newAdmin(plugins)
    const document = (await (await ask('GET', '/openapi.json')).json()) as { paths: Record<string, Record<string, { summary: string }>> }
    expect(document.paths['/described/{id}']?.put?.summary).toBe('Set it')
    expect(document.paths['/plain']?.get).toMatchObject({ tags: ['plain'] })
    expect(document.paths['/plain/echo/{word}']?.post).toMatchObject({ parameters: [{ name: 'word', in: 'path' }] })
  })
})

it('describes every route, whom it is for, and how it fails', async () => {
  const { ask, admin } = newAdmin()
  const response = await ask('GET', '/openapi.json')
  const document = (await response.json()) as {
    openapi: string
    servers: unknown
    paths: Record<string, Record<string, { security: unknown; responses: Record<string, unknown>; summary?: string; operationId: string }>>
    components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> }
  }
  expect(document.openapi).toBe('3.1.0')
  expect(document.servers).toEqual([{ url: './admin' }])
  expect(Object.keys(document.components.securitySchemes)).toEqual(['admin', 'approver'])
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['Problem', 'Server', 'Group', 'Client', 'ClientWithToken', 'Status']),
  )
  expect(document.paths['/servers/{id}/trust']?.post?.security).toEqual([{ approver: [] }])
  expect(document.paths['/servers/{id}']?.get?.security).toEqual([{ admin: [] }, { approver: [] }])
  expect(document.paths['/groups']?.post?.security).toEqual([{ admin: [] }])
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
  expect(operations.every((operation) => operation.summary && operation.responses.default)).toBe(true)
  expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length)
  const routes = new Set(
    admin.routes
      .filter((route) => route.method !== 'ALL' && route.path !== '/openapi.json')
      .map((route) => `${route.method} ${route.path}`),
  )
  expect(operations).toHaveLength(routes.size)
})
