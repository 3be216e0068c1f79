import { request } from 'node:http'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway, type GatewayOptions } from '../../src/main/library'
import { onExpress, onFastifyDouble, onHono, onNode, type Host } from '../support/library-hosts'

const adminToken = 'an-admin-token-for-these-tests'
const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function mounted(mount: (handler: Gateway['handler']) => Promise<Host>, options: GatewayOptions = {}) {
  const gateway = createGateway({ demo: true, adminToken, ...options })
  const host = await mount(gateway.handler)
  open.push(host, gateway)
  await gateway.ready
  return { gateway, host, token: gateway.clients.create({ name: 'agent' }).token }
}

async function connect(base: string, token: string): Promise<Client> {
  const client = new Client({ name: 'agent', version: '1' })
  const headers = { authorization: `Bearer ${token}` }
  // The SDK's own types are not written for exactOptionalPropertyTypes.
  await client.connect(new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit: { headers } }))
  open.push(client)
  return client
}

const admin = (base: string, path: string, body?: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(`${base}/admin${path}`, {
    headers: { authorization: `Bearer ${adminToken}`, ...headers },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })

const hosts: readonly [string, (handler: Gateway['handler']) => Promise<Host>][] = [
  ['node:http', onNode],
  ['Express 5 below a path', onExpress],
  ['Express 5 behind its body parser', (handler) => onExpress(handler, { parser: true })],
  ['Hono on Node', onHono],
  ['Fastify, its reply hijacked (a double)', onFastifyDouble],
]

describe.each(hosts)('the gateway in %s', (_name, mount) => {
  it('lists and calls tools, and reports progress on the way', async () => {
    const { host, token } = await mounted(mount)
    const client = await connect(host.base, token)
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('demo_echo')
    const steps: number[] = []
    const result = await client.callTool({ name: 'demo_countdown', arguments: { from: 2 } }, undefined, {
      onprogress: ({ progress }) => steps.push(progress),
    })
    expect(result.content).toEqual([{ type: 'text', text: 'Lift-off!' }])
    expect(steps).toEqual([1, 2])
  })

  it('tells an open session that the tools have changed', async () => {
    const { gateway, host, token } = await mounted(mount)
    const client = await connect(host.base, token)
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('demo_echo')
    const told = new Promise((resolve) => client.setNotificationHandler(ToolListChangedNotificationSchema, resolve))
    const [demo] = gateway.servers.list()
    await gateway.servers.patch(demo?.id ?? '', { deny: ['echo'] })
    await told
    expect((await client.listTools()).tools.map((tool) => tool.name)).not.toContain('demo_echo')
  })

  it('takes changes through the admin API and serves its description', async () => {
    const { host } = await mounted(mount)
    const created = await admin(host.base, '/groups', { name: 'readonly' })
    expect([created.status, await created.json()]).toEqual([201, expect.objectContaining({ name: 'readonly' })])
    expect((await admin(host.base, '/openapi.json')).status).toBe(200)
    expect((await fetch(`${host.base}/docs`)).status).toBe(200)
  })

  it('leaves the program’s own pages alone, and refuses whoever brings no token', async () => {
    const { host } = await mounted(mount)
    expect(await (await fetch(`${host.origin}/`)).text()).toBe('a page of the program’s own')
    expect((await fetch(`${host.base}/mcp`, { method: 'POST' })).status).toBe(401)
    expect((await fetch(`${host.base}/admin/servers`)).status).toBe(401)
  })

  it('closes without closing the program, and says so to whoever comes later', async () => {
    const { gateway, host, token } = await mounted(mount)
    await connect(host.base, token)
    await gateway.close()
    expect((await fetch(`${host.base}/health`)).status).toBe(503)
    expect((await fetch(`${host.origin}/`)).status).toBe(200)
  })
})

describe('a request that was read before it came', () => {
  it('is refused with advice where its body was left nowhere', async () => {
    const { host, token } = await mounted((handler) =>
      onNode((req, res) => {
        req.resume().once('end', () => handler(req, res))
      }),
    )
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const mcp = await fetch(`${host.base}/mcp`, { method: 'POST', headers, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' })
    expect([mcp.status, await mcp.text()]).toEqual([400, expect.stringContaining('mount the gateway before')])
    const rest = await admin(host.base, '/groups', { name: 'readonly' })
    expect([rest.status, await rest.text()]).toEqual([400, expect.stringContaining('mount the gateway before')])
  })

  it('may be no larger than one that is read here', async () => {
    const { host, token } = await mounted((handler) => onExpress((req, res) => handler(req, res), { parser: true }), {
      config: { max_body_mb: 0.01 },
    })
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { filler: 'x'.repeat(20_000) } })
    expect((await fetch(`${host.base}/mcp`, { method: 'POST', headers, body })).status).toBe(413)
  })
})

describe('the name of the host', () => {
  const health = (origin: string, host: string, more: Record<string, string> = {}) =>
    new Promise<number>((resolve, reject) => {
      request(`${origin}/health`, { headers: { host, ...more } }, (res) => resolve(res.resume().statusCode ?? 0))
        .on('error', reject)
        .end()
    })

  it('is refused unless it is this machine’s or was allowed by the program', async () => {
    const { host } = await mounted(onNode, { allowedHosts: ['gateway.internal:8443'] })
    expect(await health(host.origin, new URL(host.origin).host)).toBe(200)
    expect(await health(host.origin, 'gateway.internal:8443')).toBe(200)
    expect(await health(host.origin, 'gateway.internal')).toBe(403)
    expect(await health(host.origin, 'evil.example')).toBe(403)
  })

  it('allows its own web pages too, and no others', async () => {
    const { host } = await mounted(onNode, { allowedHosts: ['gateway.internal:8443'] })
    expect(await health(host.origin, 'gateway.internal:8443', { origin: 'https://gateway.internal:8443' })).toBe(200)
    expect(await health(host.origin, 'gateway.internal:8443', { origin: 'https://evil.example' })).toBe(403)
  })
})
