import { EventEmitter, once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hono } from 'hono'
import { afterEach, expect, it } from 'vitest'
import type { Problem } from '../../../src/shared/records'
import { createAdmin, type AdminParts } from '../../../src/main/gateway/admin'
import { docsRoutes } from '../../../src/main/gateway/admin/docs'
import { uiRoutes } from '../../../src/main/gateway/admin/ui'
import { createEvents } from '../../../src/main/gateway/events'
import { adminLimits, createAdminListener } from '../../../src/main/gateway/http/admin-listener'
import type { AdminEnv } from '../../../src/main/gateway/plugin'
import { adminParts } from '../../support/admin-doubles'

let server: Server | undefined

afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((closed) => (server ? server.close(closed) : closed(undefined)))
  server = undefined
})

/** The admin API behind a real listener; everybody is the admin. */
async function listen(changes: Partial<AdminParts> = {}) {
  const { parts, events, lines } = adminParts(changes)
  let loads = 0
  const admin = createAdmin(parts)
  const listener = createAdminListener({
    loadAdmin: async () => {
      loads += 1
      return admin
    },
    loadDocs: async () => docsRoutes(),
    loadUi: async () => uiRoutes('/admin'),
    log: parts.log,
  })
  server = createServer((req, res) => {
    const path = req.url ?? '/'
    void (path.startsWith('/docs') ? listener.docs(req, res, path) : listener.admin(req, res, 'admin', path))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, events, lines, loads: () => loads }
}

const post = (url: string, body: RequestInit['body'], extra: Record<string, unknown> = {}) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: body ?? null, ...extra })

it('carries requests and answers between node:http and the API', async () => {
  const { url } = await listen()
  const created = await post(`${url}/servers`, JSON.stringify({ name: 'beta' }))
  expect([created.status, created.headers.get('content-type'), created.headers.get('x-content-type-options')]).toEqual([
    201,
    'application/json',
    'nosniff',
  ])
  expect(await created.json()).toMatchObject({ name: 'beta' })
  const removed = await fetch(`${url}/servers/beta`, { method: 'DELETE' })
  expect([removed.status, await removed.text()]).toEqual([204, ''])
  const head = await fetch(`${url}/status`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

it('reads a body up to its limit and refuses a larger one, declared or streamed', async () => {
  const routes = new Hono<AdminEnv>().post('/', async (c) => c.json((await c.req.text()).length))
  const { url } = await listen({ plugins: [{ name: 'size', routes }] })
  const text = (length: number) => `"${'x'.repeat(length - 2)}"`
  expect(await (await post(`${url}/size`, text(adminLimits.bodyBytes))).json()).toBe(adminLimits.bodyBytes)
  const declared = await post(`${url}/size`, text(5_000_000))
  expect([declared.status, ((await declared.json()) as Problem).code]).toEqual([413, 'input.too_large'])
  const streamed = await post(`${url}/size`, new Blob([text(5_000_000)]).stream(), { duplex: 'half' })
  expect(streamed.status).toBe(413)
})

it('answers who declares an enormous body before reading it', async () => {
  const { url } = await listen()
  const sent = request(`${url}/servers`, {
    method: 'POST',
    headers: { 'content-length': adminLimits.discardedBytes + 1, 'content-type': 'application/json' },
  })
  sent.flushHeaders()
  const [answer] = (await once(sent, 'response')) as [{ statusCode: number; headers: Record<string, string> }]
  expect([answer.statusCode, answer.headers.connection]).toEqual([413, 'close'])
  sent.destroy()
})

it('lets no credential through to the routes', async () => {
  const routes = new Hono<AdminEnv>().get('/', (c) => c.json(c.req.header()))
  const { url } = await listen({ plugins: [{ name: 'headers', routes }] })
  const seen = (await (
    await fetch(`${url}/headers`, { headers: { authorization: 'Bearer secret', cookie: 'a=secret', 'x-kept': 'yes' } })
  ).json()) as object
  expect(seen).toMatchObject({ 'x-kept': 'yes' })
  expect(JSON.stringify(seen)).not.toContain('secret')
})

it('refuses methods that no route has', async () => {
  const { url } = await listen()
  const sent = request(url, { method: 'TRACE' }).end()
  const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }]
  expect(answer.statusCode).toBe(405)
  answer.resume()
})

it('streams events as they happen and forgets the reader that went away', async () => {
  const emitter = createEvents()
  let forgotten = () => undefined as void
  const forgets = new Promise<void>((resolve) => (forgotten = resolve))
  const onEvent: AdminParts['onEvent'] = (listener) => {
    const stop = emitter.on(listener)
    return () => {
      stop()
      forgotten()
    }
  }
  const { url } = await listen({ onEvent })
  const leave = new AbortController()
  const response = await fetch(`${url}/events`, { signal: leave.signal })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader.read()).value).toContain(': connected')
  emitter.emit('groups.changed', { ids: ['g'] })
  expect((await reader.read()).value).toContain('event: groups.changed')
  leave.abort()
  await expect(reader.read()).rejects.toThrow()
  await forgets
})

it('tells a route that its caller has gone', async () => {
  const told = new EventEmitter()
  const routes = new Hono<AdminEnv>().get('/', async (c) => {
    const gone = once(c.req.raw.signal, 'abort')
    told.emit('reached')
    await gone
    told.emit('gone')
    return c.json('late')
  })
  const { url } = await listen({ plugins: [{ name: 'slow', routes }] })
  const leave = new AbortController()
  const reached = once(told, 'reached')
  const gone = once(told, 'gone')
  const answer = fetch(`${url}/slow`, { signal: leave.signal })
  await reached
  leave.abort()
  await expect(answer).rejects.toThrow()
  await gone
})

it('cuts a stream off whose reader does not read, and keeps serving others', async () => {
  const { url, events } = await listen()
  const stalled = request(`${url}/events`).end()
  const [answer] = (await once(stalled, 'response')) as [{ pause(): void; once(event: string, listener: () => void): void; resume(): void }]
  answer.pause()
  const cut = new Promise((resolve) => stalled.once('close', resolve))
  const big = { ids: ['x'.repeat(200_000)] }
  // More than what waits here, in both sockets and in the kernel.
  for (let count = 0; count < 200; count += 1) {
    events.emit('groups.changed', big)
    await new Promise((resolve) => setImmediate(resolve))
  }
  answer.resume()
  stalled.on('error', () => undefined)
  await cut
  expect((await fetch(`${url}/status`)).status).toBe(200)
})

it('loads nothing before it is asked, and says so when loading fails', async () => {
  const lines: unknown[] = []
  const listener = createAdminListener({
    loadAdmin: () => Promise.reject(new Error('no such chunk')),
    loadDocs: async () => docsRoutes(),
    loadUi: async () => uiRoutes('/admin'),
    log: { error: (message) => void lines.push(message) },
  })
  server = createServer((req, res) => void listener.admin(req, res, 'admin', '/status'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  expect(lines).toEqual([])
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  expect([response.status, ((await response.json()) as Problem).code]).toEqual([500, 'internal'])
  expect(lines).toHaveLength(1)
})

it('serves the reference page', async () => {
  const { url, loads } = await listen()
  const page = await fetch(`${url}/docs/`)
  expect(page.url).toBe(`${url}/docs`)
  expect(await page.text()).toContain('<title>Fast Gateway admin API</title>')
  expect(loads()).toBe(0)
})
