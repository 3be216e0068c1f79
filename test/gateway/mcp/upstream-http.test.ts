import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpConnector } from '../../../src/main/gateway/mcp/upstream-http'
import { httpLimits } from '../../../src/main/gateway/mcp/upstream-http-wire'
import type { Got, HttpUpstream, Opened, OpenOptions, Script } from '../../support/http-upstream'
import { answer, events, initialize, json, openHttpUpstream, openLink, resultOf, sse } from '../../support/http-upstream'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(script: Script = {}): Promise<HttpUpstream> {
  const upstream = await openHttpUpstream(script)
  open.push(() => upstream.close())
  return upstream
}

async function connect(upstream: Pick<HttpUpstream, 'url'>, options: OpenOptions = {}): Promise<Opened> {
  const opened = await openLink(upstream.url, options)
  open.push(() => opened.connector.close())
  return opened
}

/** A link to an upstream that answers requests like this. */
async function linked(onRequest: Script['onRequest'], options: OpenOptions = {}, more: Script = {}) {
  const upstream = await start({ ...(onRequest ? { onRequest } : {}), ...more })
  return { upstream, ...(await connect(upstream, options)) }
}

const replyTo = (got: Got, result: unknown) => ({ jsonrpc: '2.0', id: got.message.id, result })
const isCancel = (got: Got) => got.message.method === 'notifications/cancelled'

describe('the handshake over HTTP', () => {
  it('says who we are, keeps the whole answer and names session and revision from then on', async () => {
    const upstream = await start()
    const { link, call } = await connect(upstream, { handshake: { capabilities: { sampling: {} } } })
    expect(link.initialized).toMatchObject({ protocolVersion: '2025-11-25', serverInfo: { name: 'fixture' } })
    await call('echo')
    const [first, second, third] = upstream.got.filter((got) => got.method === 'POST')
    expect(first?.message.params).toMatchObject({
      protocolVersion: '2025-11-25',
      capabilities: { sampling: {} },
      clientInfo: { name: 'test' },
    })
    expect(first?.headers).not.toHaveProperty('mcp-session-id')
    expect(second?.message.method).toBe('notifications/initialized')
    for (const got of [second, third])
      expect(got?.headers).toMatchObject({ 'mcp-session-id': 'session-1', 'mcp-protocol-version': '2025-11-25' })
  })

  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])('takes an upstream that speaks %s', async (protocolVersion) => {
    const upstream = await start({ onInitialize: (got, res) => answer(res, got, { protocolVersion, capabilities: {}, serverInfo: {} }) })
    const { link, call } = await connect(upstream)
    expect(link.initialized.protocolVersion).toBe(protocolVersion)
    await call('echo')
    expect(upstream.got.at(-1)?.headers['mcp-protocol-version']).toBe(protocolVersion)
  })

  it.each<[string, Script['onInitialize'], string]>([
    ['a revision that is not spoken here', (got, res) => answer(res, got, { protocolVersion: '1999-01-01' }), 'upstream.refused'],
    ['a result without a revision', (got, res) => answer(res, got, {}), 'upstream.garbage'],
    ['HTML', (_got, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'), 'upstream.garbage'],
    [
      'a JSON-RPC error',
      (got, res) => res.writeHead(200, json).end(JSON.stringify({ id: got.message.id, error: { code: 1, message: 'no' } })),
      'upstream.refused',
    ],
    [
      '401',
      (_got, res) => res.writeHead(401, { 'www-authenticate': 'Bearer resource_metadata="https://a/b"' }).end(),
      'upstream.login_required',
    ],
    ['403', (_got, res) => res.writeHead(403).end(), 'upstream.refused'],
    ['404', (_got, res) => res.writeHead(404).end(), 'upstream.refused'],
    ['500', (_got, res) => res.writeHead(500).end(), 'upstream.refused'],
    ['a redirect', (_got, res) => res.writeHead(307, { location: 'https://elsewhere.example/secret?key=1' }).end(), 'upstream.refused'],
    ['a session id with a blank', (got, res) => initialize({ sessionId: 'a b' })(got, res, got as never), 'upstream.garbage'],
    ['a closed socket', (_got, res) => res.destroy(), 'upstream.closed'],
    ['silence', () => undefined, 'upstream.timeout'],
  ])('fails with its reason on %s', async (_what, onInitialize, code) => {
    const upstream = await start({ ...(onInitialize ? { onInitialize } : {}) })
    await expect(openLink(upstream.url, { target: { handshakeTimeoutMs: 300 } })).rejects.toMatchObject({ code })
    expect(upstream.got.some(isCancel)).toBe(false)
  })

  it('tells where a login is to be found, and of a redirect the origin only', async () => {
    const challenge = 'Bearer resource_metadata="https://a/b"'
    const locked = await start({ onInitialize: (_got, res) => res.writeHead(401, { 'www-authenticate': challenge }).end() })
    await expect(openLink(locked.url)).rejects.toMatchObject({ context: { details: { www_authenticate: challenge } } })
    const moved = await start({ onInitialize: (_got, res) => res.writeHead(302, { location: 'https://elsewhere.example/secret' }).end() })
    await expect(openLink(moved.url)).rejects.toThrow(/redirects to https:\/\/elsewhere\.example;/)
  })

  it('names a port where nothing listens, and a name that does not exist', async () => {
    const upstream = await openHttpUpstream()
    await upstream.close()
    await expect(openLink(upstream.url)).rejects.toMatchObject({
      code: 'upstream.unreachable',
      message: expect.stringContaining(`${upstream.host} cannot be reached (ECONNREFUSED)`) as string,
    })
    await expect(openLink('http://no-such-host.invalid:81/mcp')).rejects.toMatchObject({
      code: 'upstream.unreachable',
      message: expect.stringContaining('no-such-host.invalid:81') as string,
    })
  })

  it('names TLS where a plain server is asked for a secure connection', async () => {
    const upstream = await start()
    await expect(openLink(upstream.url.replace('http:', 'https:'))).rejects.toThrow(/secure connection/)
  })

  it('ends when its signal aborts', async () => {
    const upstream = await start({ onInitialize: () => undefined })
    const giveUp = new AbortController()
    const opening = openLink(upstream.url, { signal: giveUp.signal })
    await upstream.saw((got) => got.message.method === 'initialize')
    giveUp.abort()
    await expect(opening).rejects.toMatchObject({ code: 'call.cancelled' })
  })

  it.each(['ftp://127.0.0.1/mcp', 'nonsense', 'http://user:secret@127.0.0.1/mcp'])(
    'refuses the url %s without repeating it',
    async (url) => {
      const error: unknown = await openLink(url).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'config.invalid' })
      expect(String(error)).not.toContain('secret')
    },
  )
})

describe('the headers of a server', () => {
  it('go with every request, without those that belong to the connection or to us', async () => {
    const headers = {
      authorization: 'Bearer x',
      'X-Team': 'a',
      Host: 'evil',
      'Content-Length': '1',
      Connection: 'close',
      'Mcp-Session-Id': 'stolen',
      accept: 'x/y',
      'transfer-encoding': 'chunked',
    }
    const { upstream, call, link } = await linked(undefined, { target: { headers } })
    await call('echo')
    await link.close()
    for (const got of upstream.got) {
      expect(got.headers).toMatchObject({ authorization: 'Bearer x', 'x-team': 'a', host: upstream.host, connection: 'keep-alive' })
      expect(got.headers['mcp-session-id']).not.toBe('stolen')
    }
    expect(upstream.got.map((got) => got.method)).toContain('DELETE')
  })

  it.each(['a\r\nx-evil: 1', 'a\nb', 'a\0b', '€'])('are refused with the value %j, which is not repeated', async (value) => {
    const upstream = await start()
    const error: unknown = await openLink(upstream.url, { target: { headers: { 'x-key': value } } }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'config.invalid', message: expect.stringContaining('"x-key"') as string })
    expect((error as Error).message).not.toContain(value)
    expect(upstream.got).toHaveLength(0)
  })

  it('do not follow a redirect', async () => {
    const thief = await start()
    const { call } = await linked((_got, res) => res.writeHead(307, { location: thief.url }).end(), {
      target: { headers: { authorization: 'Bearer x' } },
    })
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.refused' })
    expect(thief.got).toHaveLength(0)
  })
})

describe('an answer in JSON', () => {
  it('is handed back as it was written, digits and spaces included', async () => {
    const { call } = await linked((got, res) =>
      res.writeHead(200, json).end(`{"result":{ "n": 12345678901234567890, "f": 1.0 }, "jsonrpc":"2.0","id":${got.message.id}}`),
    )
    expect(await call('a')).toEqual({ result: '{ "n": 12345678901234567890, "f": 1.0 }' })
  })

  it('is a Buffer when it is large', async () => {
    const text = 'x'.repeat(1024 * 1024)
    const { call } = await linked((got, res) => answer(res, got, { text }))
    const reply = await call('big')
    expect('result' in reply && Buffer.isBuffer(reply.result)).toBe(true)
    expect(resultOf(reply)).toEqual({ text })
  })

  it('may be an error, whose prefixes are stripped and whose code and data are kept', async () => {
    const error = { code: -32042, message: 'MCP error -32042: MCP error -32042: not now', data: { url: 'x' } }
    const { call } = await linked((got, res) => res.writeHead(200, json).end(JSON.stringify({ id: got.message.id, error })))
    expect(await call('a')).toEqual({ error: { ...error, message: 'not now' } })
  })

  it('may be an error with HTTP 400 that carries our id, or none with HTTP 200', async () => {
    const error = { code: -32602, message: 'no such tool' }
    const { call } = await linked((got, res) =>
      got.message.params?.name === 'a'
        ? res.writeHead(400, json).end(JSON.stringify({ id: got.message.id, error }))
        : res.writeHead(200, json).end(JSON.stringify({ id: null, error })),
    )
    expect(await call('a')).toEqual({ error })
    expect(await call('b')).toEqual({ error })
  })

  it('may repeat our id as a string', async () => {
    const { call } = await linked((got, res) => res.writeHead(200, json).end(`{"id":"${got.message.id}","result":{}}`))
    expect(await call('a')).toEqual({ result: '{}' })
  })

  it.each<[string, (id: unknown) => string]>([
    ['another id', () => '{"id":999,"result":{}}'],
    ['two ids', (id) => `{"id":${String(id)},"result":{},"id":1}`],
    ['a result that breaks out', (id) => `{"id":${String(id)},"result":{}},"id":1}`],
    ['a batch', (id) => `[{"id":${String(id)},"result":{}}]`],
    ['no answer at all', () => '{}'],
    ['half an answer', (id) => `{"id":${String(id)},"result":{"a":`],
    ['nothing', () => ''],
    ['noise', () => '\u0000\u0001'],
  ])('that has %s is garbage', async (_what, body) => {
    const { call } = await linked((got, res) => res.writeHead(200, json).end(body(got.message.id)))
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.garbage' })
  })

  it.each<[string, (res: ServerResponse) => void]>([
    ['another content type', (res) => res.writeHead(200, { 'content-type': 'text/plain' }).end('{}')],
    ['202 and nothing', (res) => res.writeHead(202).end()],
    ['something that is not HTTP', (res) => res.socket?.end('SSH-2.0-OpenSSH\r\n')],
  ])('that is %s is garbage', async (_what, reply) => {
    const { call } = await linked((_got, res) => reply(res))
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.garbage' })
  })

  it('that is larger than the published limit is given up, and the next call goes on', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x')
    const { call } = await linked((got, res) => {
      if (got.message.params?.name !== 'huge') return void answer(res, got, 'fine')
      res.writeHead(200, json).write('{"result":"')
      const more = () => {
        while (res.writable && res.write(piece));
      }
      res.on('drain', more)
      more()
    })
    await expect(call('huge', { timeoutMs: 15_000 })).rejects.toThrow(`more than ${httpLimits.messageBytes} bytes`)
    expect(resultOf(await call('small'))).toBe('fine')
  })
})

describe('an answer in events', () => {
  const stream = (write: (got: Got, res: ServerResponse) => void, options: OpenOptions = {}, more: Script = {}) =>
    linked((got, res) => write(got, res.writeHead(200, events)), options, more)

  it('comes after what belongs to it, in order', async () => {
    const { call, messages } = await stream((got, res) => {
      res.write(sse({ method: 'notifications/message', params: { level: 'info', data: 1 } }))
      res.write(sse({ id: 's1', method: 'sampling/createMessage', params: { a: 1 } }))
      res.end(sse(replyTo(got, 'done')))
    })
    const heard: unknown[] = []
    expect(resultOf(await call('a', { onMessage: (message) => heard.push(message) }))).toBe('done')
    expect(heard).toEqual([
      { kind: 'notification', method: 'notifications/message', params: { level: 'info', data: 1 } },
      { kind: 'request', id: 's1', method: 'sampling/createMessage', params: { a: 1 } },
    ])
    expect(messages).toEqual([])
  })

  it('tells the owner where the asker does not listen', async () => {
    const { call, messages } = await stream((got, res) => res.end(sse({ method: 'notifications/message' }) + sse(replyTo(got, 1))))
    await call('a')
    expect(messages).toMatchObject([{ method: 'notifications/message' }])
  })

  it('may be large and cut anywhere', async () => {
    const text = '€'.repeat(400_000)
    const { call } = await stream((got, res) => {
      const bytes = Buffer.from(sse(replyTo(got, text)))
      for (let at = 0; at < bytes.length; at += 99_991) res.write(bytes.subarray(at, at + 99_991))
      res.end()
    })
    expect(resultOf(await call('a'))).toBe(text)
  })

  it('is taken at once though the stream stays open, which is cut off in the end', async () => {
    const { call } = await stream((got, res) => void res.write(sse(replyTo(got, 'done'))))
    expect(resultOf(await call('a'))).toBe('done')
  })

  it('asks for progress under a token of its own and hands on only that, without the token', async () => {
    const { call } = await stream((got, res) => {
      const token = got.message.params?._meta?.progressToken
      const progress = (params: object) => res.write(sse({ method: 'notifications/progress', params }))
      progress({ progressToken: token, progress: 1, total: 2, message: 'half' })
      progress({ progressToken: 'alien', progress: 7 })
      progress({ progressToken: String(token), progress: 8 })
      progress({ progressToken: token, progress: 'much' })
      progress({ progressToken: token, progress: 2 })
      res.end(sse(replyTo(got, got.message.params?._meta)))
    })
    const heard: unknown[] = []
    const reply = await call('a', { progress: true, onMessage: (message) => heard.push(message.params) }, { _meta: { trace: 't' } })
    expect(heard).toEqual([{ progress: 1, total: 2, message: 'half' }, { progress: 2 }])
    expect(resultOf(reply)).toEqual({ trace: 't', progressToken: expect.any(Number) as number })
  })

  it('asks for no progress unless it is wanted', async () => {
    const { call } = await stream((got, res) => {
      res.write(sse({ method: 'notifications/progress', params: { progressToken: got.message.id, progress: 1 } }))
      res.end(sse(replyTo(got, got.message.params ?? null)))
    })
    const heard: unknown[] = []
    expect(resultOf(await call('a', { onMessage: (message) => heard.push(message) }))).toEqual({ name: 'a' })
    expect(heard).toEqual([])
  })

  it('cannot settle another request by a smuggled id or an injected event', async () => {
    let other: (() => void) | undefined
    const { call, notes } = await stream((got, res) => {
      if (got.message.params?.name === 'victim') return (other = () => res.end(sse(replyTo(got, 'right'))))
      res.write(`data: ${JSON.stringify(replyTo(got, 'a\n\ndata: {"id":1,"result":"injected"}'))}\n\n`)
      return res.end(sse({ id: 9_999, result: 'nobody' }))
    })
    const victim = call('victim')
    expect(resultOf(await call('attacker'))).toContain('injected')
    other?.()
    expect(resultOf(await victim)).toBe('right')
    expect(notes.length).toBeLessThanOrEqual(1)
  })

  it('that is not JSON-RPC is garbage', async () => {
    const { call } = await stream((_got, res) => res.end('data: {"id":1,"result":{}}}\n\n'))
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.garbage' })
  })

  it('that ends without the answer is a closed connection', async () => {
    const { call } = await stream((_got, res) => res.end(': nothing\n\n'))
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.closed' })
  })

  it('is taken up again by its last event id after the pause that the server named', async () => {
    let asked: Got | undefined
    const { call, upstream } = await stream(
      (got, res) => {
        asked = got
        res.end(`retry: 20\nid: e1\ndata: \n\n${sse({ method: 'notifications/message', params: { n: 1 } }, 'e2')}`)
      },
      { stream: 'off' },
      {
        onGet: (got, res) => {
          res.writeHead(200, events)
          if (got.headers['last-event-id'] === 'e2') res.end(sse({ method: 'notifications/message', params: { n: 2 } }, 'e3'))
          else res.end(asked ? sse(replyTo(asked, 'late'), 'e4') : '')
        },
      },
    )
    const heard: unknown[] = []
    expect(resultOf(await call('a', { onMessage: (message) => heard.push(message.params?.n) }))).toBe('late')
    expect(heard).toEqual([1, 2])
    expect(upstream.got.filter((got) => got.method === 'GET').map((got) => got.headers['last-event-id'])).toEqual(['e2', 'e3'])
  })

  it('is given up when it cannot be taken up again', async () => {
    const cut = (_got: Got, res: ServerResponse) => res.end(`retry: 1\n${sse({ method: 'n' }, 'e1')}`)
    const refused = await stream(cut, { stream: 'off' })
    await expect(refused.call('a')).rejects.toThrow(/could not take up its stream again \(HTTP 405\)/)
    const empty = await stream(cut, { stream: 'off' }, { onGet: (_got, res) => res.writeHead(200, events).end() })
    await expect(empty.call('a')).rejects.toMatchObject({ code: 'upstream.closed' })
    expect(empty.upstream.got.filter((got) => got.method === 'GET')).toHaveLength(httpLimits.resumeTries)
  })
})

describe('a failure in mid-call', () => {
  it('is told at once when the socket dies, before or amid the answer', async () => {
    const { call } = await linked((got, res) => {
      if (got.message.params?.name === 'amid') res.writeHead(200, json).write('{"result":')
      setTimeout(() => res.destroy(), 20)
    })
    const begun = performance.now()
    await expect(call('before')).rejects.toMatchObject({ code: 'upstream.closed' })
    await expect(call('amid')).rejects.toMatchObject({ code: 'upstream.closed' })
    expect(performance.now() - begun).toBeLessThan(3_000)
  })

  it('leaves the link usable', async () => {
    const { call } = await linked((got, res) => (got.message.params?.name === 'die' ? res.destroy() : answer(res, got, 'fine')))
    await expect(call('die')).rejects.toMatchObject({ code: 'upstream.closed' })
    expect(resultOf(await call('live'))).toBe('fine')
  })

  it('is told as a time-out that says what to raise, and the upstream is told to stop', async () => {
    const { call, upstream } = await linked(() => undefined)
    await expect(call('hang', { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'upstream.timeout',
      message: expect.stringMatching(/fixture said nothing for 0\.1 s .*timeout_seconds/) as string,
    })
    const cancel = await upstream.saw(isCancel)
    expect(cancel.message.params?.requestId).toBe(upstream.got.find((got) => got.message.method === 'tools/call')?.message.id)
  })

  it('does not time out while the upstream speaks, and does when only comments come', async () => {
    const { call } = await linked((got, res) => {
      res.writeHead(200, events)
      const speaks = got.message.params?.name === 'speaks'
      let left = 8
      const timer = setInterval(() => {
        if (--left === 0) res.end(sse(replyTo(got, 'done')))
        else res.write(speaks ? sse({ method: 'notifications/message' }) : ': ping\n\n')
        if (left === 0) clearInterval(timer)
      }, 60)
      res.on('close', () => clearInterval(timer))
    })
    expect(resultOf(await call('speaks', { timeoutMs: 250 }))).toBe('done')
    await expect(call('pings', { timeoutMs: 250 })).rejects.toMatchObject({ code: 'upstream.timeout' })
  })

  it('takes the longest time-out there is without firing at once', async () => {
    const { call } = await linked((got, res) => void setTimeout(() => answer(res, got, 1), 30))
    expect(resultOf(await call('a', { timeoutMs: 2 ** 31 - 1 }))).toBe(1)
    expect(resultOf(await call('a', { timeoutMs: Infinity }))).toBe(1)
  })

  it.each<[number, string]>([
    [401, 'upstream.login_required'],
    [404, 'upstream.session_lost'],
    [403, 'upstream.refused'],
    [429, 'upstream.refused'],
    [500, 'upstream.refused'],
  ])('with HTTP %i is %s', async (status, code) => {
    const { call } = await linked((_got, res) => res.writeHead(status).end())
    await expect(call('a')).rejects.toMatchObject({ code })
  })

  it('quotes what a refusal says, without line breaks', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Bad\nRequest: no' } })
    const { call } = await linked((_got, res) => res.writeHead(400, json).end(body))
    await expect(call('a')).rejects.toThrow('HTTP 400: Bad Request: no')
  })

  it('that ends the session is told to the owner once and refuses what follows as not processed', async () => {
    const { call, closedBy, upstream } = await linked((_got, res) => res.writeHead(404).end())
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.session_lost' })
    const before = upstream.got.length
    await expect(call('b')).rejects.toMatchObject({ code: 'upstream.session_lost' })
    expect(upstream.got).toHaveLength(before)
    expect(closedBy).toHaveLength(1)
  })

  it('that says 400 about the session means the same, as servers after the SDK examples do', async () => {
    const error = { code: -32000, message: 'Bad Request: No valid session ID provided' }
    const { call } = await linked((_got, res) => res.writeHead(400, json).end(JSON.stringify({ jsonrpc: '2.0', error, id: null })))
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.session_lost' })
  })
})

describe('cancelling a call', () => {
  it('rejects at once and tells the upstream, the very first request included', async () => {
    const { call, upstream } = await linked(() => undefined)
    const stop = new AbortController()
    const calling = call('hang', { signal: stop.signal })
    const got = await upstream.saw((seen) => seen.message.method === 'tools/call')
    stop.abort()
    await expect(calling).rejects.toMatchObject({ code: 'call.cancelled' })
    expect((await upstream.saw(isCancel)).message.params).toMatchObject({ requestId: got.message.id })
  })

  it('sends nothing when it was cancelled before', async () => {
    const { call, upstream } = await linked(undefined)
    const before = upstream.got.length
    await expect(call('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'call.cancelled' })
    expect(upstream.got).toHaveLength(before)
  })

  it('says nothing to the upstream about a call that still waits for a connection', async () => {
    const { call, upstream } = await linked((got, res) => (got.message.params?.name === 'hang' ? undefined : answer(res, got, 1)), {
      connections: 1,
    })
    const stop = new AbortController()
    const hanging = call('hang', { signal: stop.signal })
    await upstream.saw((got) => got.message.params?.name === 'hang')
    const stopWaiting = new AbortController()
    const waiting = call('waits', { signal: stopWaiting.signal })
    stopWaiting.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'call.cancelled' })
    stop.abort()
    await expect(hanging).rejects.toMatchObject({ code: 'call.cancelled' })
    expect(resultOf(await call('next'))).toBe(1)
    expect(upstream.got.filter(isCancel)).toHaveLength(1)
    expect(upstream.got.some((got) => got.message.params?.name === 'waits')).toBe(false)
  })

  it('does not listen to the signal any more once the call is done', async () => {
    const { call, upstream } = await linked(undefined)
    const stop = new AbortController()
    await call('a', { signal: stop.signal })
    stop.abort()
    await call('b')
    expect(upstream.got.some(isCancel)).toBe(false)
  })
})

describe('what the upstream says unasked', () => {
  /** Holds the GET stream of the fixture. */
  function getStream() {
    const streams: ServerResponse[] = []
    const script: Script = {
      onGet: (_got, res) => {
        res.writeHead(200, events).flushHeaders()
        streams.push(res)
      },
    }
    const wait = (upstream: HttpUpstream) => upstream.saw((got) => got.method === 'GET')
    return { streams, script, wait }
  }

  it('reaches the owner from the GET stream, progress the request that it belongs to', async () => {
    const { streams, script, wait } = getStream()
    let finish: (() => void) | undefined
    const { upstream, heard, call, messages } = await linked((got, res) => void (finish = () => answer(res, got, 1)), {}, script)
    await wait(upstream)
    const progress: unknown[] = []
    const calling = call('a', { progress: true, onMessage: (message) => progress.push(message.params) })
    const got = await upstream.saw((seen) => seen.message.method === 'tools/call')
    streams[0]?.write(sse({ method: 'notifications/progress', params: { progressToken: got.message.id, progress: 1 } }))
    streams[0]?.write(sse({ method: 'notifications/tools/list_changed' }))
    await heard('notifications/tools/list_changed')
    finish?.()
    await calling
    expect(progress).toEqual([{ progress: 1 }])
    expect(messages).toHaveLength(1)
  })

  it('may even be the answer to a request whose own connection stays silent', async () => {
    const { streams, script, wait } = getStream()
    const { upstream, call } = await linked(() => undefined, {}, script)
    await wait(upstream)
    const calling = call('a')
    const got = await upstream.saw((seen) => seen.message.method === 'tools/call')
    streams[0]?.write(sse(replyTo(got, 'elsewhere')))
    expect(resultOf(await calling)).toBe('elsewhere')
  })

  it('is asked for again with the last event id after the stream was lost, and the lists may have changed', async () => {
    const { streams, script, wait } = getStream()
    const { upstream, heard, notes } = await linked(undefined, {}, script)
    await wait(upstream)
    streams[0]?.end(`retry: 10\n${sse({ method: 'notifications/message' }, 'g1')}`)
    await heard('notifications/tools/list_changed')
    expect(upstream.got.filter((got) => got.method === 'GET').map((got) => got.headers['last-event-id'])).toEqual([undefined, 'g1'])
    expect(notes).toHaveLength(2)
  })

  it('tells of changed lists only where the server said that it would', async () => {
    const { streams, script, wait } = getStream()
    const { upstream, heard, messages } = await linked(
      undefined,
      {},
      { ...script, capabilities: { resources: { listChanged: true }, tools: {} } },
    )
    await wait(upstream)
    streams[0]?.end()
    await heard('notifications/resources/list_changed')
    expect(messages.map((message) => message.method)).toEqual(['notifications/resources/list_changed'])
  })

  it.each(['off', 'lazy'] as const)('is not asked for within the first second when the stream is %s', async (stream) => {
    const { upstream, call } = await linked(undefined, { stream })
    await call('a')
    expect(upstream.got.some((got) => got.method === 'GET')).toBe(false)
  })

  it('is not missed where the server offers no stream', async () => {
    const { upstream, call, notes } = await linked(undefined)
    await upstream.saw((got) => got.method === 'GET')
    await call('a')
    expect(notes).toEqual([])
    expect(upstream.got.filter((got) => got.method === 'GET')).toHaveLength(1)
  })

  it('ends with its session when a stream that was there is answered 404, and only then', async () => {
    const streams: ServerResponse[] = []
    const onGet = (_got: Got, res: ServerResponse) => {
      if (streams.push(res) > 1) return void res.writeHead(404).end()
      res.writeHead(200, events).flushHeaders()
    }
    const { upstream, closedBy, call } = await linked(undefined, {}, { onGet })
    await upstream.saw((got) => got.method === 'GET')
    streams[0]?.end('retry: 1\n\n')
    await expect.poll(() => closedBy).toHaveLength(1)
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.session_lost' })
    const without = await linked(undefined, {}, { onGet: (_got, res) => res.writeHead(404).end() })
    await without.upstream.saw((got) => got.method === 'GET')
    expect(resultOf(await without.call('a'))).toBeDefined()
    expect(without.closedBy).toEqual([])
  })

  it('harms neither the call nor the link when whoever listens throws', async () => {
    const { call, notes } = await linked((got, res) =>
      res.writeHead(200, events).end(sse({ method: 'notifications/message' }) + sse(replyTo(got, 'done'))),
    )
    const onMessage = () => {
      throw new TypeError('broken listener')
    }
    expect(resultOf(await call('a', { onMessage }))).toBe('done')
    expect(notes).toEqual(['notifications/message could not be handled here (TypeError)'])
  })

  it('is dropped beyond the published rate, noted once, and the call is answered all the same', async () => {
    const { call, notes } = await linked((got, res) => {
      res.writeHead(200, events).write(sse({ method: 'notifications/message', params: { text: 'x'.repeat(50) } }).repeat(20_000))
      res.end(sse(replyTo(got, 'done')))
    })
    let heard = 0
    expect(resultOf(await call('flood', { onMessage: () => heard++, timeoutMs: 15_000 }))).toBe('done')
    expect(heard).toBeGreaterThanOrEqual(httpLimits.unaskedBurst)
    expect(heard).toBeLessThan(httpLimits.unaskedBurst + 10 * httpLimits.unaskedPerSecond)
    expect(notes).toHaveLength(1)
    expect(resultOf(await call('flood', { timeoutMs: 15_000 }))).toBe('done')
    expect(notes).toHaveLength(1)
  })
})

describe('our own messages', () => {
  it('answer the upstream, also while every connection for requests is taken', async () => {
    let ask: ((value: unknown) => void) | undefined
    const { call, link, upstream } = await linked(
      (got, res) => {
        res.writeHead(200, events).write(sse({ id: 'q1', method: 'roots/list' }))
        ask = (result) => res.end(sse(replyTo(got, result)))
      },
      { connections: 1 },
      {
        onNotification: (got, res) => {
          res.writeHead(202).end()
          if (got.message.id === 'q1') ask?.(got.message.result)
        },
      },
    )
    const reply = await call('asks', {
      onMessage: (message) => void (message.kind === 'request' && link.respond(message.id, { result: { roots: [] } })),
    })
    expect(resultOf(reply)).toEqual({ roots: [] })
    await link.respond('q2', { error: { code: -1, message: 'no' } })
    expect(upstream.got.at(-1)?.message).toEqual({ jsonrpc: '2.0', id: 'q2', error: { code: -1, message: 'no' } })
  })

  it('answer a ping', async () => {
    const { upstream, call } = await linked((got, res) =>
      res.writeHead(200, events).end(sse({ id: 'p', method: 'ping' }) + sse(replyTo(got, 1))),
    )
    const heard: unknown[] = []
    await call('a', { onMessage: (message) => heard.push(message) })
    expect((await upstream.saw((got) => got.message.id === 'p')).message.result).toEqual({})
    expect(heard).toEqual([])
  })

  it('are told when they were refused', async () => {
    const { link, closedBy } = await linked(
      undefined,
      {},
      { onNotification: (got, res) => res.writeHead(got.message.method === 'n' ? 404 : 202).end() },
    )
    await expect(link.notify('n')).rejects.toMatchObject({ code: 'upstream.session_lost' })
    expect(closedBy).toHaveLength(1)
  })
})

describe('links to one origin', () => {
  it('keep their sessions apart though they share connections', async () => {
    let sessions = 0
    const upstream = await start({
      onInitialize: (got, res, req) => initialize({ sessionId: `s${++sessions}` })(got, res, req),
      onRequest: (got, res) => answer(res, got, `${String(got.headers['mcp-session-id'])} ${got.message.id}`),
    })
    const connector = createHttpConnector()
    const [one, two] = [await connect(upstream, { connector }), await connect(upstream, { connector })]
    expect([resultOf(await one.call('a')), resultOf(await two.call('a'))]).toEqual(['s1 2', 's2 2'])
  })

  it('end one by one: a DELETE for its session, a rejection for what is under way, no word to the owner', async () => {
    const { link, call, upstream, closedBy } = await linked(() => undefined)
    const hanging = call('hang')
    await upstream.saw((got) => got.message.method === 'tools/call')
    await Promise.all([link.close(), link.close(), expect(hanging).rejects.toMatchObject({ code: 'upstream.closed' })])
    expect(upstream.got.filter((got) => got.method === 'DELETE').map((got) => got.headers['mcp-session-id'])).toEqual(['session-1'])
    expect(closedBy).toEqual([])
    await expect(call('after')).rejects.toMatchObject({ code: 'upstream.closed' })
    await expect(link.notify('n')).rejects.toMatchObject({ code: 'upstream.closed' })
  })

  it('end in time though the upstream does not answer the goodbye', async () => {
    const { link } = await linked(undefined, {}, { onDelete: () => undefined })
    const begun = performance.now()
    await link.close()
    expect(performance.now() - begun).toBeLessThan(httpLimits.goodbyeMs + 1_000)
  })

  it('are not opened any more once the connector is closed', async () => {
    const upstream = await start()
    const { connector, call } = await connect(upstream)
    await connector.close()
    await expect(call('a')).rejects.toMatchObject({ code: 'upstream.closed' })
    await expect(openLink(upstream.url, { connector })).rejects.toMatchObject({ code: 'gateway.closing' })
  })

  it('survive the death of the server and find it again', async () => {
    const { call, upstream } = await linked(undefined)
    await call('a')
    upstream.cut()
    await call('b').catch(() => undefined)
    expect(resultOf(await call('c'))).toEqual({ echo: { name: 'c' } })
  })
})
