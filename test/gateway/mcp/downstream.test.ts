import { describe, expect, it } from 'vitest'
import { revisions } from '../../../src/main/gateway/mcp/downstream'
import { deepestNesting } from '../../../src/main/gateway/mcp/json-scan'
import { bearer, initializeMessage, mcpHeaders, messagesIn, openRawSession, postMcp, send, sendBytes } from '../../support/gateway-http'
import type { HttpReply, RawSession } from '../../support/gateway-http'
import { openRig } from '../../support/gateway-rig'

async function openDoor(config: object = {}) {
  const rig = await openRig({ demo: true, config: { mcp_auth: 'none', ...config } })
  await rig.until(() => rig.gateway.servers.list()[0]?.state === 'ready')
  return { rig, mcp: rig.listening.endpoint, session: await openRawSession(rig.listening.endpoint) }
}

const ping = (id: unknown = 1) => ({ jsonrpc: '2.0', id, method: 'ping' })
/** HTTP status, JSON-RPC code and our own code of a refusal. */
function refusal(reply: HttpReply) {
  const [message] = messagesIn(reply)
  return [reply.status, message?.error?.code, (message?.error?.data as { code?: string } | undefined)?.code]
}
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const withArguments = (json: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"demo_echo","arguments":${json}}}`

describe('a message that cannot be taken', () => {
  it.each([
    ['nothing', '', [400, -32700, 'input.malformed']],
    ['half a message', '{"jsonrpc":"2.0","id":1,', [400, -32700, 'input.malformed']],
    ['text behind the message', `${JSON.stringify(ping())}}`, [400, -32700, 'input.malformed']],
    ['a text that is no JSON', 'ping', [400, -32700, 'input.malformed']],
    ['null', 'null', [400, -32700, 'input.malformed']],
    ['a string', '"ping"', [400, -32700, 'input.malformed']],
    ['another JSON-RPC', '{"id":1,"method":"ping"}', [400, -32700, 'input.malformed']],
    ['a batch', JSON.stringify([ping(1), ping(2)]), [400, -32600, 'input.batch']],
    ['an empty batch', '[]', [400, -32600, 'input.batch']],
    ['an id that is null', JSON.stringify(ping(null)), [400, -32700, 'input.malformed']],
    ['an id that is an object', JSON.stringify(ping({})), [400, -32700, 'input.malformed']],
    ['an id beyond 2^53', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', [400, -32700, 'input.malformed']],
    ['a method that is a number', '{"jsonrpc":"2.0","id":1,"method":7}', [400, -32700, 'input.malformed']],
    ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', [400, -32602, 'input.invalid']],
    ['an answer with result and error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', [400, -32700, 'input.malformed']],
    ['10,000 levels of nesting', withArguments(nested(10_000)), [400, -32600, 'input.too_deep']],
    ['one level too many', withArguments(nested(deepestNesting - 1)), [400, -32600, 'input.too_deep']],
  ])('is refused: %s', async (_what, body, expected) => {
    const { session } = await openDoor()
    expect(refusal(await session.post(body))).toEqual(expected)
    expect(await session.request('ping')).toMatchObject({ result: {} })
  })

  it('is refused under its own id where that can be read', async () => {
    const { session } = await openDoor()
    const [message] = messagesIn(await session.post('{"jsonrpc":"2.0","id":"seven","method":"ping","params":3}'))
    expect(message).toMatchObject({ jsonrpc: '2.0', id: 'seven', error: { code: -32602 } })
    expect(messagesIn(await session.post('{'))[0]).toMatchObject({ jsonrpc: '2.0', id: null })
  })

  it.each([
    ['text/plain'],
    ['application/jsonx'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=application/json'],
  ])('is refused with 415: content type %s', async (type) => {
    const { session } = await openDoor()
    expect(refusal(await session.post(ping(), { 'content-type': type }))).toEqual([415, -32600, 'input.content_type'])
  })

  it.each([['application/json; charset=utf-8'], ['Application/JSON'], ['application/json;charset=utf-8']])(
    'is taken whatever the case and parameters of its content type: %s',
    async (type) => {
      const { session } = await openDoor()
      expect((await session.post(ping(), { 'content-type': type })).status).toBe(200)
    },
  )

  it('is refused with 415 when it says no content type', async () => {
    const { session, mcp } = await openDoor()
    const reply = await send(mcp, { headers: { 'mcp-session-id': session.id }, body: JSON.stringify(ping()) })
    expect(refusal(reply)).toEqual([415, -32600, 'input.content_type'])
  })
})

describe('a message that is too large', () => {
  const echo = (bytes: number) => withArguments(JSON.stringify({ message: 'x'.repeat(bytes) }))

  it('is refused with 413 when it announces its 5 MB', async () => {
    const { session } = await openDoor()
    for (let n = 0; n < 5; n++) expect(refusal(await session.post(echo(5_000_000)))).toEqual([413, -32600, 'input.too_large'])
    expect(await session.request('ping')).toMatchObject({ result: {} })
  })

  it('is refused with 413 when its 5 MB come in chunks', async () => {
    const { session, mcp } = await openDoor()
    for (let n = 0; n < 5; n++) {
      const reply = await fetch(mcp, {
        method: 'POST',
        headers: { ...session.headers, 'content-type': 'application/json' },
        body: new Blob([echo(5_000_000)]).stream(),
        duplex: 'half',
      })
      expect(reply.status).toBe(413)
    }
  })

  it('is refused without being read when it announces what nobody would wait for', async () => {
    const { rig, session } = await openDoor()
    const head = Object.entries({ ...session.headers, 'content-type': 'application/json', 'content-length': '999999999999' })
    const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const answer = sendBytes(rig.listening.port, `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${rig.listening.port}\r\n${lines}\r\n{`)
    expect(await answer.answered).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('is taken up to `max_body_mb` exactly, and the config moves the limit at once', async () => {
    const { session } = await openDoor({ max_body_mb: 0.5 })
    const rest = echo(0).length
    const limit = 0.5 * 1024 * 1024
    expect((await session.post(echo(limit - rest))).status).toBe(200)
    expect((await session.post(echo(limit - rest + 1))).status).toBe(413)
  })
})

describe('the session of a message', () => {
  /** Two clients, and one of them with an open session. */
  async function withTokens() {
    const rig = await openRig({ demo: true })
    const [mine, other] = ['mine', 'other'].map((name) => rig.gateway.clients.create({ name }).token)
    rig.gateway.groups.create({ name: 'inner' })
    const session = await openRawSession(rig.listening.endpoint, { token: mine ?? '' })
    return { rig, mcp: rig.listening.endpoint, mine: mine ?? '', other: other ?? '', session }
  }

  it('must be named: 400 without one', async () => {
    const { mcp, mine } = await withTokens()
    expect(refusal(await postMcp(mcp, ping(), bearer(mine)))).toEqual([400, -32600, 'session.required'])
    expect((await send(mcp, { method: 'GET', headers: mcpHeaders(mine) })).status).toBe(400)
    expect((await send(mcp, { method: 'DELETE', headers: mcpHeaders(mine) })).status).toBe(400)
  })

  it.each([['no-such-session'], ['../../etc/passwd'], ['__proto__'], ['x'.repeat(4_000)], ['']])(
    'must be known: 404 for %.40s',
    async (id) => {
      const { mcp, mine } = await withTokens()
      const headers = { 'mcp-session-id': id, ...bearer(mine) }
      expect(refusal(await postMcp(mcp, ping(), headers))).toEqual([404, -32001, 'session.not_found'])
      for (const method of ['GET', 'DELETE'])
        expect((await send(mcp, { method, headers: { ...mcpHeaders(), ...headers } })).status).toBe(404)
    },
  )

  it('is unknown to any other client and in any other view: 404', async () => {
    const { rig, mcp, mine, other, session } = await withTokens()
    const as = async (url: string, token: string) => (await postMcp(url, ping(), { 'mcp-session-id': session.id, ...bearer(token) })).status
    expect(await as(mcp, mine)).toBe(200)
    expect(await as(mcp, other)).toBe(404)
    expect(await as(`${rig.base}/mcp/g/inner`, mine)).toBe(404)
    expect((await send(mcp, { method: 'DELETE', headers: { 'mcp-session-id': session.id, ...bearer(other) } })).status).toBe(404)
    expect(await as(mcp, mine)).toBe(200)
  })

  it('ends with DELETE and is unknown from then on', async () => {
    const { mcp, session } = await withTokens()
    expect((await send(mcp, { method: 'DELETE', headers: session.headers })).status).toBe(200)
    expect((await session.post(ping())).status).toBe(404)
    expect((await send(mcp, { method: 'DELETE', headers: session.headers })).status).toBe(404)
  })

  it('has an id that nobody can guess', async () => {
    const { mcp, mine } = await withTokens()
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await openRawSession(mcp, { token: mine })).id))
    expect(new Set(ids).size).toBe(20)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/)
  })
})

describe('initialize', () => {
  it.each(revisions.map((revision) => [revision]))('speaks %s', async (revision) => {
    const { mcp } = await openDoor()
    const [answer] = messagesIn(await postMcp(mcp, initializeMessage({}, revision)))
    expect(answer?.result).toMatchObject({ protocolVersion: revision, serverInfo: { name: 'fast-gateway' } })
  })

  it('answers the newest revision to one that it does not know, and to a client of tomorrow', async () => {
    const { mcp } = await openDoor()
    for (const revision of ['2026-07-28', '1999-01-01', '', 'x'.repeat(1_000)])
      expect(messagesIn(await postMcp(mcp, initializeMessage({}, revision)))[0]?.result).toMatchObject({ protocolVersion: revisions[0] })
  })

  it('needs a protocolVersion', async () => {
    const { mcp } = await openDoor()
    expect(refusal(await postMcp(mcp, { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }))).toEqual([400, -32602, 'input.invalid'])
  })

  it('takes capabilities and names that are no objects for none', async () => {
    const { mcp } = await openDoor()
    const params = { protocolVersion: '2025-11-25', capabilities: [1], clientInfo: 'me' }
    expect((await postMcp(mcp, { jsonrpc: '2.0', id: 1, method: 'initialize', params })).status).toBe(200)
  })

  it('offers what it serves: lists that change, subscriptions, completions and logging, but no tasks', async () => {
    const { mcp } = await openDoor()
    const [answer] = messagesIn(await postMcp(mcp, initializeMessage()))
    expect(answer?.result?.capabilities).toEqual({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      completions: {},
      logging: {},
    })
  })
})

describe('the revision header', () => {
  it('may be left out or any revision that is spoken; anything else is 400', async () => {
    const { mcp, session } = await openDoor()
    const as = (revision: string) => session.post(ping(), { 'mcp-protocol-version': revision })
    for (const revision of revisions) expect((await as(revision)).status).toBe(200)
    for (const revision of ['2026-07-28', 'latest', '']) expect(refusal(await as(revision))).toEqual([400, -32700, 'input.malformed'])
    expect((await postMcp(mcp, ping(), { 'mcp-session-id': session.id })).status).toBe(200)
    const twice = { 'mcp-session-id': session.id, 'mcp-protocol-version': ['2025-11-25', '2025-11-25'] }
    expect((await send(mcp, { headers: { ...mcpHeaders(), ...twice }, body: JSON.stringify(ping()) })).status).toBe(400)
    const get = await send(mcp, {
      method: 'GET',
      headers: { ...session.headers, accept: 'text/event-stream', 'mcp-protocol-version': '1' },
    })
    expect(get.status).toBe(400)
  })
})

describe('methods', () => {
  it.each([['PUT'], ['PATCH'], ['OPTIONS'], ['HEAD'], ['PROPFIND']])('answers 405 to %s and says which it takes', async (method) => {
    const { mcp, session } = await openDoor()
    const answer = await send(mcp, { method, headers: session.headers })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST, DELETE'])
  })

  it('answers -32601 to a request that MCP does not have, and to what is not relayed', async () => {
    const { session } = await openDoor()
    for (const method of [
      'no/such/method',
      'tasks/list',
      'sampling/createMessage',
      'roots/list',
      '__proto__',
      'toString',
      'x'.repeat(10_000),
    ])
      expect((await session.request(method)).error, method.slice(0, 40)).toMatchObject({ code: -32601 })
  })

  it('takes notifications and answers that mean nothing with 202', async () => {
    const { session } = await openDoor()
    for (const message of [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', method: 'notifications/no/such' },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 99 } },
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: { toString: null } } },
      { jsonrpc: '2.0', id: 'gw-1', result: {} },
      { jsonrpc: '2.0', id: 5, error: { code: 1, message: 'no' } },
    ]) {
      const reply = await session.post(message)
      expect([reply.status, reply.text]).toEqual([202, ''])
    }
  })

  it('answers bad parameters with -32602', async () => {
    const { session } = await openDoor()
    const code = async (method: string, params: object) => (await session.request(method, params)).error?.code
    expect(await code('tools/call', {})).toBe(-32602)
    expect(await code('tools/call', { name: 7 })).toBe(-32602)
    expect(await code('tools/call', { name: 'demo_echo', arguments: [] })).toBe(-32602)
    expect(await code('tools/call', { name: 'demo_echo', arguments: 'message' })).toBe(-32602)
    expect(await code('tools/list', { cursor: 'made-up' })).toBe(-32602)
    expect(await code('tools/list', { cursor: -1 })).toBe(-32602)
    expect(await code('prompts/get', { name: 'nowhere' })).toBe(-32602)
    expect(await code('prompts/get', {})).toBe(-32602)
    expect(await code('resources/read', { uri: 'nowhere://x' })).toBe(-32002)
    expect(await code('completion/complete', { ref: { type: 'ref/else' } })).toBe(-32602)
    expect(await code('completion/complete', {})).toBe(-32602)
    expect(await code('logging/setLevel', { level: 'loud' })).toBe(-32602)
  })

  it('answers a call of an unknown tool with a result that the model can read', async () => {
    const { session } = await openDoor()
    expect((await session.call('demo_nothing')).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('demo_nothing') as string }],
    })
  })
})

describe('a body', () => {
  const head = (port: number, session: RawSession, length: number) =>
    `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nMcp-Session-Id: ${session.id}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`

  it('may come slowly, byte by byte', async () => {
    const { rig, session } = await openDoor()
    const body = JSON.stringify(ping())
    const { socket, answered } = sendBytes(rig.listening.port, head(rig.listening.port, session, body.length))
    for (const byte of body) {
      socket.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await answered).toContain('{"jsonrpc":"2.0","id":1,"result":{}}')
  })

  it('that breaks off half-way harms nobody', async () => {
    const { rig, session } = await openDoor()
    for (let n = 0; n < 20; n++) {
      const { socket, answered } = sendBytes(rig.listening.port, `${head(rig.listening.port, session, 1_000)}{"jsonrpc":"2.0",`)
      if (n % 2 === 0) socket.end()
      else socket.resetAndDestroy()
      await answered
    }
    expect(await session.request('ping')).toMatchObject({ result: {} })
    expect(rig.gateway.status().calls_in_flight).toBe(0)
    expect(rig.lines.filter((line) => line.level === 'error')).toEqual([])
  })
})
