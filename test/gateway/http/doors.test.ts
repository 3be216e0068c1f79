import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { maxFailures } from '../../../src/main/gateway/http/guards'
import { begin, bearer, initializeMessage, mcpHeaders, openRawSession, postMcp, send, sendBytes } from '../../support/gateway-http'
import { adminToken, approverToken, openRig, type Rig } from '../../support/gateway-rig'

const open = () => openRig({ demo: true, config: { startup_catalog: 'background' } })

/** A gateway with one group, a client that may open everything, and one that may open the group only. */
async function withClients() {
  const rig = await open()
  rig.gateway.groups.create({ name: 'inner' })
  rig.gateway.groups.create({ name: 'other' })
  const whole = rig.gateway.clients.create({ name: 'whole' }).token
  const bound = rig.gateway.clients.create({ name: 'bound', group: 'inner' }).token
  return { rig, whole, bound, mcp: rig.listening.endpoint }
}

const problem = (text: string) => JSON.parse(text) as { code: string; detail: string; status: number }

/** Asks with a body that is announced and never sent: whoever answers has not waited for it. */
async function withoutBody(rig: Rig, path: string, headers: Record<string, string>) {
  const asked = begin(rig.base + path, { headers: { ...mcpHeaders(), 'content-length': '1000', ...headers } })
  asked.on('error', () => undefined)
  asked.flushHeaders()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }
}

describe('law 1: only this machine, and no foreign page', () => {
  it.each([
    ['evil.example.com'],
    ['127.0.0.1'],
    ['127.0.0.1:1'],
    ['localhost.evil.example.com:PORT'],
    ['127.0.0.1:PORT.evil.example.com'],
    ['127.0.0.1:PORT@evil.example.com'],
    ['LOCALHOST:PORT'],
    ['[::ffff:127.0.0.1]:PORT'],
    ['2130706433:PORT'],
    [' '],
  ])('refuses the Host %j before the body, whatever the token', async (host) => {
    const { rig, whole } = await withClients()
    for (const [path, token] of [
      ['/mcp', whole],
      ['/admin/servers', adminToken],
      ['/health', ''],
      ['/docs', ''],
    ] as const) {
      const answer = await withoutBody(rig, path, { host: host.replace('PORT', String(rig.listening.port)), ...bearer(token) })
      expect([answer.status, problem(answer.text).code, answer.headers.connection], path).toEqual([403, 'host.forbidden', 'close'])
      expect(answer.headers['content-type']).toBe('application/problem+json')
    }
  })

  it.each([['127.0.0.1'], ['localhost'], ['[::1]']])('answers to %s with its port', async (name) => {
    const rig = await open()
    const answer = await send(`${rig.base}/health`, { method: 'GET', headers: { host: `${name}:${rig.listening.port}` } })
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([200, { status: 'ok' }])
  })

  it.each([
    ['https://evil.example.com'],
    ['null'],
    ['http://localhost'],
    ['https://localhost:PORT'],
    ['http://localhost:PORT.evil.example.com'],
    ['http://localhost:1'],
    ['file://'],
    [''],
  ])('refuses the Origin %j before the body', async (origin) => {
    const { rig, whole } = await withClients()
    for (const [path, token] of [
      ['/mcp', whole],
      ['/admin/servers', adminToken],
    ] as const) {
      const answer = await withoutBody(rig, path, { origin: origin.replace('PORT', String(rig.listening.port)), ...bearer(token) })
      expect([answer.status, problem(answer.text).code], path).toEqual([403, 'origin.forbidden'])
    }
  })

  it('accepts its own Origin and gives no page leave to read it (no CORS headers)', async () => {
    const { rig, whole, mcp } = await withClients()
    const origin = `http://localhost:${rig.listening.port}`
    const answer = await postMcp(mcp, initializeMessage(), { origin, ...bearer(whole) })
    expect(answer.status).toBe(200)
    const preflight = await send(mcp, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', ...bearer(whole) } })
    for (const { headers } of [answer, preflight])
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('refuses a request that names no Host, or two', async () => {
    const rig = await open()
    const old = await sendBytes(rig.listening.port, 'GET /health HTTP/1.0\r\n\r\n').answered
    expect(old).toMatch(/^HTTP\/1\.1 403 /)
    const none = await sendBytes(rig.listening.port, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n').answered
    expect(none).toMatch(/^HTTP\/1\.1 400 /)
    const hosts = `Host: evil.example.com\r\nHost: 127.0.0.1:${rig.listening.port}`
    const two = await sendBytes(rig.listening.port, `GET /health HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`).answered
    expect(two).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  it('does not take the host out of an absolute request target', async () => {
    const rig = await open()
    const target = `GET http://evil.example.com/health HTTP/1.1\r\nHost: 127.0.0.1:${rig.listening.port}\r\nConnection: close\r\n\r\n`
    expect(await sendBytes(rig.listening.port, target).answered).toMatch(/^HTTP\/1\.1 404 /)
  })

  it('refuses to listen beyond loopback without tokens', async () => {
    await expect(openRig({ config: { host: '0.0.0.0', mcp_auth: 'none' } })).rejects.toMatchObject({ code: 'config.invalid' })
    const rig = await openRig({ config: { host: '0.0.0.0' } })
    const answer = await send(`http://127.0.0.1:${rig.listening.port}/mcp`, { headers: { ...mcpHeaders(), host: 'gateway.internal' } })
    expect(answer.status).toBe(401)
  })
})

describe('law 2: every door has its own key', () => {
  const guarded = ['/mcp', '/mcp/', '/mcp/g/inner', '/admin', '/admin/servers', '/admin/hil/pending', '/admin/events', '/openapi.json']

  it.each(guarded)('asks for a token at %s, before the body', async (path) => {
    const { rig } = await withClients()
    for (const headers of [{}, bearer(''), bearer('wrong'), { authorization: `Basic ${adminToken}` }, { authorization: adminToken }]) {
      const answer = await withoutBody(rig, path, headers)
      expect([answer.status, problem(answer.text).code]).toEqual([401, 'auth.required'])
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /)
    }
  })

  it('opens nothing for another door with any key', async () => {
    const { rig, whole, mcp } = await withClients()
    const status = async (path: string, token: string) =>
      (await send(rig.base + path, { method: 'GET', headers: mcpHeaders(token) })).status
    expect(await status('/admin/servers', whole)).toBe(401)
    expect(await status('/admin/servers', adminToken)).toBe(200)
    expect(await status('/admin/servers', approverToken)).toBe(403)
    for (const token of [adminToken, approverToken]) expect((await postMcp(mcp, initializeMessage(), bearer(token))).status).toBe(401)
    expect(await status('/health', '')).toBe(200)
  })

  it('lets a client of one group into that view only, and says where it may go', async () => {
    const { rig, bound } = await withClients()
    const at = async (path: string, token = bound) => postMcp(rig.base + path, initializeMessage(), bearer(token))
    expect((await at('/mcp/g/inner')).status).toBe(200)
    expect((await at('/mcp/g/inner/')).status).toBe(200)
    for (const path of ['/mcp', '/mcp/', '/mcp/g/other', '/mcp/g/nowhere', '/mcp/g/Inner']) {
      const answer = await at(path)
      expect([answer.status, problem(answer.text).code, problem(answer.text).detail], path).toEqual([
        403,
        'auth.forbidden',
        expect.stringContaining('/g/inner'),
      ])
    }
  })

  it('does not take a token out of the query', async () => {
    const { rig, whole } = await withClients()
    const inQuery = async (path: string) => (await postMcp(rig.base + path, initializeMessage())).status
    expect(await inQuery(`/mcp?token=${whole}`)).toBe(401)
    expect(await inQuery(`/mcp?access_token=${whole}&authorization=Bearer%20${whole}`)).toBe(401)
    expect((await send(`${rig.base}/admin/servers?token=${adminToken}`, { method: 'GET' })).status).toBe(401)
  })

  it('forgets a token that was rotated or removed, and ends the sessions that it had opened', async () => {
    const { rig, mcp } = await withClients()
    const client = rig.gateway.clients.create({ name: 'short-lived' })
    const session = await openRawSession(mcp, { token: client.token })
    expect(await session.request('ping')).toMatchObject({ result: {} })
    const next = rig.gateway.clients.rotate(client.id)
    expect((await session.post({ jsonrpc: '2.0', id: 9, method: 'ping' })).status).toBe(401)
    expect(
      (await postMcp(mcp, { jsonrpc: '2.0', id: 9, method: 'ping' }, { 'mcp-session-id': session.id, ...bearer(next.token) })).status,
    ).toBe(404)
    rig.gateway.clients.remove(client.id)
    expect((await postMcp(mcp, initializeMessage(), bearer(next.token))).status).toBe(401)
  })

  it(`answers 429 to wrong tokens after ${maxFailures} of them, and still knows the right one`, async () => {
    const { rig, whole, mcp } = await withClients()
    const wrong = async () => (await send(mcp, { headers: mcpHeaders('wrong') })).status
    for (let n = 0; n < maxFailures; n++) expect(await wrong()).toBe(401)
    const refused = await send(`${rig.base}/admin/servers`, { method: 'GET', headers: bearer('wrong') })
    expect([refused.status, problem(refused.text).code]).toEqual([429, 'auth.throttled'])
    expect((await postMcp(mcp, initializeMessage(), bearer(whole))).status).toBe(200)
  })
})

describe('paths', () => {
  it('serves the same at /mcp and /mcp/, and each group with and without a slash, without a redirect', async () => {
    const { rig, whole } = await withClients()
    for (const path of ['/mcp', '/mcp/', '/mcp?x=1', '/mcp/g/inner', '/mcp/g/inner/', '/mcp/g/inner?x=1'])
      expect((await postMcp(rig.base + path, initializeMessage(), bearer(whole))).status, path).toBe(200)
  })

  it.each([
    ['/mcp/g/nowhere', 'group.not_found'],
    ['/mcp/g/', 'group.not_found'],
    ['/mcp/g/__proto__', 'group.not_found'],
    ['/mcp/g/constructor', 'group.not_found'],
    ['/mcp/g/..', 'group.not_found'],
    ['/mcp/g/%69nner', 'group.not_found'],
    ['/mcp/g/inner%2f..%2fother', 'group.not_found'],
    ['/mcp/g/inner/../other', 'route.not_found'],
    ['/mcp/g/../../admin/servers', 'route.not_found'],
    ['/mcp/g/inner/x', 'route.not_found'],
    ['/mcp//', 'route.not_found'],
    ['//mcp', 'route.not_found'],
    ['/mcpx', 'route.not_found'],
    ['/MCP', 'route.not_found'],
    ['/mcp/..%2fadmin', 'route.not_found'],
    ['/adminx', 'route.not_found'],
    ['/', 'route.not_found'],
  ])('answers 404 at %s', async (path, code) => {
    const { rig, whole } = await withClients()
    const bytes = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${rig.listening.port}\r\nAuthorization: Bearer ${whole}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`
    const answer = await sendBytes(rig.listening.port, bytes).answered
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
    expect(problem(answer.slice(answer.indexOf('{')))).toMatchObject({ status: 404, code })
  })

  it.each(['/register', '/.well-known/oauth-authorization-server', '/.well-known/oauth-protected-resource/mcp'])(
    'tells a client that looks for OAuth at %s what it really needs',
    async (path) => {
      const { status, text } = await send((await open()).base + path)
      expect([status, problem(text).detail]).toEqual([404, expect.stringContaining('connect --client') as string])
    },
  )

  it('takes other paths from the config', async () => {
    const rig = await openRig({ config: { mcp_path: '/agents/mcp', admin_prefix: '/ops' } })
    const { token } = rig.gateway.clients.create({ name: 'a' })
    expect(rig.listening.endpoint).toBe(`${rig.base}/agents/mcp`)
    expect((await postMcp(rig.listening.endpoint, initializeMessage(), bearer(token))).status).toBe(200)
    expect((await rig.admin('GET', '/servers')).status).toBe(200)
    for (const path of ['/mcp', '/admin/servers'])
      expect((await send(rig.base + path, { method: 'GET', headers: bearer(adminToken) })).status).toBe(404)
  })
})

describe('what no honest program sends', () => {
  it('answers 431 to headers of more than 16 KiB and goes on', async () => {
    const { rig } = await withClients()
    const huge = `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${rig.listening.port}\r\nX-Huge: ${'x'.repeat(20_000)}\r\n\r\n`
    expect(await sendBytes(rig.listening.port, huge).answered).toMatch(/^HTTP\/1\.1 431 /)
    expect((await send(`${rig.base}/health`, { method: 'GET' })).status).toBe(200)
  })

  it('answers 400 to what is no HTTP', async () => {
    const { rig } = await withClients()
    expect(await sendBytes(rig.listening.port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03').answered).toMatch(/^HTTP\/1\.1 400 |^$/)
    const smuggled = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${rig.listening.port}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`
    expect(await sendBytes(rig.listening.port, smuggled).answered).toMatch(/^HTTP\/1\.1 400 /)
    expect((await send(`${rig.base}/health`, { method: 'GET' })).status).toBe(200)
  })

  it('answers pipelined requests in their order, and none that follows a refused one', async () => {
    const { rig, whole } = await withClients()
    const host = `Host: 127.0.0.1:${rig.listening.port}`
    const body = JSON.stringify(initializeMessage())
    const good = `POST /mcp HTTP/1.1\r\n${host}\r\nAuthorization: Bearer ${whole}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const health = `GET /health HTTP/1.1\r\n${host}\r\n\r\n`
    const refused = `GET /admin/servers HTTP/1.1\r\n${host}\r\n\r\n`
    const answer = await sendBytes(rig.listening.port, good + health + refused + health).answered
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 401'])
  })
})
