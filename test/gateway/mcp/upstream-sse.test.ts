import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { longestEvent } from '../../../src/main/gateway/mcp/guarded-fetch'
import type { Link, Target } from '../../../src/main/gateway/mcp/link'
import { openSseLink } from '../../../src/main/gateway/mcp/upstream-sdk'
import { Ears, call, callText, handshake, never, target } from '../../support/upstream-rig'
import { GatewayError } from '../../../src/shared/errors'
import { freePort } from '../../support/free-port'
import { SseUpstream, startEverythingSse } from '../../support/upstream-sse'

let server: SseUpstream
let url: string
const open: Link[] = []

beforeEach(async () => {
  server = new SseUpstream()
  url = await server.listen()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((link) => link.close()))
  await server.close()
})

const sse = (given: Partial<Target> = {}): Target => target({ transport: 'sse', name: 'legacy', command: null, url, ...given })

async function connect(given: Partial<Target> = {}, ears = new Ears()): Promise<Link> {
  const link = await openSseLink(sse(given), handshake, ears, never)
  open.push(link)
  return link
}

describe('a legacy SSE upstream', () => {
  it('shakes hands, sends its headers with every request and tells the revision that was agreed on', async () => {
    const link = await connect({ headers: { Authorization: 'Bearer abc', 'X-Team': 'blue' } })
    await call(link, 'any')
    expect(link.initialized).toMatchObject({ protocolVersion: '2024-11-05', serverInfo: { name: 'legacy' }, later: true })
    expect(server.gets[0]?.headers).toMatchObject({ authorization: 'Bearer abc', 'x-team': 'blue', accept: 'text/event-stream' })
    expect(server.posts.map((post) => post.message.method)).toEqual(['initialize', 'notifications/initialized', 'tools/call'])
    for (const post of server.posts) expect(post.headers).toMatchObject({ authorization: 'Bearer abc', 'x-team': 'blue' })
    expect(server.posts[2]?.headers['mcp-protocol-version']).toBe('2024-11-05')
  })

  it('tells its credential of a scope that is too small', async () => {
    const asked: unknown[] = []
    const credential = {
      authorization: () => 'Bearer token',
      refused: (...told: unknown[]) => {
        asked.push(told)
        throw new GatewayError('upstream.login_required', 'It wants more rights.')
      },
    }
    const link = await connect({ credential })
    const challenge = 'Bearer error="insufficient_scope", scope="write"'
    server.onPost = (_message, response) => void response.writeHead(403, { 'www-authenticate': challenge }).end()
    await expect(call(link, 'any')).rejects.toMatchObject({ message: 'It wants more rights.' })
    expect(asked).toEqual([['Bearer token', 403, challenge]])
  })

  it('asks its credential for each request, and sends a refused one once more', async () => {
    const tokens = { now: 1, refused: 0 }
    const credential = {
      authorization: () => `Bearer token-${tokens.now}`,
      refused: () => ++tokens.refused === tokens.now++,
    }
    const usual = server.onPost
    server.onPost = (message, response) => {
      if (message.method === 'tools/call' && server.posts.at(-1)?.headers.authorization === 'Bearer token-1') response.writeHead(401).end()
      else usual(message, response)
    }
    const link = await connect({ credential, headers: { Authorization: 'Bearer of-the-record' } })
    expect(await call(link, 'any')).toMatchObject({ echo: { name: 'any' } })
    expect(server.gets[0]?.headers.authorization).toBe('Bearer token-1')
    expect(server.posts.map(({ headers, message }) => [message.method, headers.authorization])).toEqual([
      ['initialize', 'Bearer token-1'],
      ['notifications/initialized', 'Bearer token-1'],
      ['tools/call', 'Bearer token-1'],
      ['tools/call', 'Bearer token-2'],
    ])
  })

  it('keeps every field of a result, known to MCP or not', async () => {
    expect(await call(await connect(), 'any', { a: 1 })).toEqual({
      echo: { name: 'any', arguments: { a: 1 } },
      'x-later': [{ deep: null }],
      _meta: { a: 1 },
    })
  })

  it('rejects what is under way and tells its owner once when the stream ends, and does not come back by itself', async () => {
    const ears = new Ears()
    const link = await connect({}, ears)
    server.raw('retry: 0\n\n')
    server.onPost = (_message, response) => void response.writeHead(202).end(() => server.stream?.end())
    await expect(call(link, 'any')).rejects.toMatchObject({ code: 'upstream.closed' })
    await ears.until(() => ears.closed.length > 0)
    await expect(call(link, 'any')).rejects.toMatchObject({ code: 'upstream.closed' })
    expect(server.gets).toHaveLength(1)
    expect(ears.closed).toHaveLength(1)
  })

  it('says that the session is lost when the upstream has forgotten it', async () => {
    const ears = new Ears()
    const link = await connect({}, ears)
    server.onPost = (_message, response) => void response.writeHead(404).end()
    await expect(call(link, 'any')).rejects.toMatchObject({ code: 'upstream.session_lost' })
    expect(ears.closed).toHaveLength(1)
  })

  it('fails one call with what the upstream answered to it and lives on', async () => {
    const link = await connect()
    server.onPost = (_message, response) => void response.writeHead(500).end('stack trace')
    await expect(call(link, 'any')).rejects.toMatchObject({
      code: 'upstream.refused',
      message: expect.stringContaining('HTTP 500') as string,
    })
    server.onPost = (message, response) => server.answer(message, response)
    expect(await call(link, 'any')).toHaveProperty('echo')
  })

  it('cancels, gives up and reports progress like any other', async () => {
    const link = await connect()
    const heard: unknown[] = []
    server.onPost = (message, response) => {
      response.writeHead(202).end()
      if (message.method === 'tools/call')
        server.say({ method: 'notifications/progress', params: { progressToken: message.id, progress: 1 } })
    }
    const onMessage = (message: unknown) => heard.push(message)
    await expect(call(link, 'any', {}, { timeoutMs: 200, progress: true, onMessage })).rejects.toMatchObject({ code: 'upstream.timeout' })
    expect(heard).toEqual([{ kind: 'notification', method: 'notifications/progress', params: { progress: 1 } }])
    const abort = new AbortController()
    const pending = call(link, 'any', {}, { signal: abort.signal })
    abort.abort()
    await expect(pending).rejects.toMatchObject({ code: 'call.cancelled' })
    const told = () =>
      server.posts.filter((post) => post.message.method === 'notifications/cancelled').map((post) => post.message.params?.requestId)
    await expect.poll(told).toEqual([2, 3])
  })

  it('notes what is no message and hands requests to its owner, except ping', async () => {
    const ears = new Ears()
    await connect({}, ears)
    server.raw('data: no json\n\n')
    server.raw('data: {"jsonrpc":"2.0"}\n\n')
    server.say({ id: 1, method: 'ping' })
    server.say({ id: 2, method: 'roots/list' })
    await ears.until(() => ears.messages.length > 0)
    expect(ears.messages).toEqual([{ kind: 'request', id: 2, method: 'roots/list', params: undefined }])
    expect(ears.notes).toHaveLength(2)
    await expect.poll(() => server.posts.at(-1)?.message).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  it('is cut off when one event is beyond the limit', async () => {
    const ears = new Ears()
    await connect({}, ears)
    server.raw(`data: ${'x'.repeat(longestEvent)}`)
    await ears.until(() => ears.closed.length > 0)
    expect(ears.closed[0]).toContain('longer than')
  })
})

describe('a legacy SSE upstream that cannot be connected', () => {
  it('asks for a login', async () => {
    server.onGet = (_request, response) => void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
    await expect(connect()).rejects.toMatchObject({ code: 'upstream.login_required' })
    expect(server.gets).toHaveLength(1)
  })

  it('redirects, which would carry our headers elsewhere', async () => {
    const elsewhere = new SseUpstream()
    const location = await elsewhere.listen()
    server.onGet = (_request, response) => void response.writeHead(307, { location }).end()
    await expect(connect({ headers: { Authorization: 'Bearer abc' } })).rejects.toMatchObject({
      code: 'upstream.refused',
      message: expect.stringContaining('HTTP 307') as string,
    })
    expect(elsewhere.gets).toHaveLength(0)
    await elsewhere.close()
  })

  it('names an endpoint at another origin', async () => {
    server.onGet = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: endpoint\ndata: http://127.0.0.2:9/steal\n\n')
    }
    await expect(connect()).rejects.toMatchObject({ code: 'upstream.closed' })
    expect(server.posts).toEqual([])
  })

  it('is not there', async () => {
    await expect(connect({ url: `http://127.0.0.1:${await freePort()}/sse` })).rejects.toMatchObject({ code: 'upstream.unreachable' })
  })

  it('has no valid url', async () => {
    await expect(connect({ url: 'not a url' })).rejects.toMatchObject({ code: 'upstream.unreachable' })
  })

  it('never names an endpoint', async () => {
    server.onGet = (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    await expect(connect({ handshakeTimeoutMs: 200 })).rejects.toMatchObject({ code: 'upstream.timeout' })
  })

  it('answers a web page', async () => {
    server.onGet = (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>')
    await expect(connect()).rejects.toMatchObject({ code: 'upstream.closed' })
  })
})

describe('the everything server in its legacy mode', () => {
  it('is listed and called, with progress', async () => {
    const everything = await startEverythingSse()
    try {
      const link = await connect({ url: everything.url })
      expect(await callText(link, 'echo', { message: 'hello' })).toContain('hello')
      const heard: unknown[] = []
      await call(
        link,
        'trigger-long-running-operation',
        { duration: 0.5, steps: 2 },
        { progress: true, onMessage: (message) => heard.push(message) },
      )
      expect(heard.length).toBeGreaterThan(0)
      await link.close()
    } finally {
      everything.process.kill()
      await once(everything.process, 'exit')
    }
  })
})
