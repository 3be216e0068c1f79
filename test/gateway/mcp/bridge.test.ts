import { describe, expect, it } from 'vitest'
import { answerStreamName } from '../../../src/main/gateway/mcp/event-stream'
import { coalesceMs } from '../../../src/main/gateway/mcp/list-changes'
import { maxAsked } from '../../../src/main/gateway/mcp/session'
import type { ServerDraft } from '../../../src/shared/records'
import { openEvents, openRawSession, send, type Message, type RawSession } from '../../support/gateway-http'
import { openRig, withTheTest } from '../../support/gateway-rig'
import { gate, openToolServer, resourceServer, type ToolScript, type ToolServerOptions } from '../../support/gateway-upstream'
import { answer, events, sse } from '../../support/http-upstream'
import type { ServerResponse } from 'node:http'

async function openUp(scripts: Readonly<Record<string, ToolScript>>, draft: Partial<ServerDraft> = {}, options: ToolServerOptions = {}) {
  const upstream = await openToolServer(scripts, options)
  const rig = await openRig({ config: { mcp_auth: 'none' } })
  const server = await rig.add({ name: 'up', url: upstream.url, ...draft })
  const endpoint = rig.listening.endpoint
  return { rig, upstream, server, endpoint, session: (capabilities: object = {}) => openRawSession(endpoint, { capabilities }) }
}

/** The GET stream of a session. */
async function listen(endpoint: string, { headers }: RawSession, lastEventId?: string) {
  const stream = await openEvents(endpoint, { ...headers, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) })
  withTheTest(async () => stream.close())
  return stream
}

const request = (id: string | number, method: string, params: object = {}) => ({ jsonrpc: '2.0', id, method, params })
const note = (method: string, params: object = {}) => ({ jsonrpc: '2.0', method, params })
const call = (id: number, name: string) => request(id, 'tools/call', { name, arguments: {} })
const isAnswerTo = (id: number) => (message: Message) => message.id === id && message.method === undefined
const is = (method: string) => (message: Message) => message.method === method

/** Asks the client something in the middle of a call, and answers the call with what came back. */
function asking(method: string, params: object = {}) {
  const waiting = new Map<unknown, { readonly res: ServerResponse; readonly id: unknown }>()
  const script: ToolScript = ({ got, res }) => {
    waiting.set(got.headers['mcp-session-id'], { res, id: got.message.id })
    res.writeHead(200, events).write(sse(request(1, method, params)))
  }
  const onNotification: NonNullable<ToolServerOptions['onNotification']> = (got, res) => {
    res.writeHead(202).end()
    const asked = waiting.get(got.headers['mcp-session-id'])
    if (got.message.method !== undefined || !asked) return
    asked.res.end(sse({ jsonrpc: '2.0', id: asked.id, result: { said: got.message.result ?? got.message.error } }))
  }
  return { script, onNotification }
}

const able = { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true }, experimental: { x: { y: 1 } } }

describe('what a client declared', () => {
  it('is what its own connection offers the upstream, word for word, without tasks, which are not relayed', async () => {
    const { upstream, session } = await openUp({ echo: ({ text }) => text('x') })
    const one = await session({ ...able, tasks: { list: {} } })
    await one.call('up_echo')
    const own = upstream.asked('initialize').at(-1)
    expect(own?.message.params).toEqual({ protocolVersion: '2025-11-25', capabilities: able, clientInfo: { name: 'raw', version: '1' } })
  })

  it('is never offered on a connection that sessions share', async () => {
    const { upstream, session } = await openUp({ echo: ({ text }) => text('x') }, { sharing: 'shared' })
    const [one, two] = [await session(able), await session()]
    await one.call('up_echo')
    await two.call('up_echo')
    expect(upstream.asked('initialize').map(({ message }) => message.params?.capabilities)).toEqual([{}])
  })
})

describe('a question of an upstream', () => {
  it.each([
    ['sampling/createMessage', { messages: [], maxTokens: 1, later: { deep: [] } }, { role: 'assistant', extra: 1 }],
    ['elicitation/create', { mode: 'url', url: 'https://example.com/x', elicitationId: 'e' }, { action: 'accept' }],
    ['roots/list', {}, { roots: [{ uri: 'file:///a', _meta: {} }] }],
  ])('reaches the client on the stream of the call, and its answer the upstream: %s', async (method, params, result) => {
    const { script, onNotification } = asking(method, params)
    const { endpoint, session } = await openUp({ ask: script }, {}, { onNotification })
    const one = await session(able)
    const stream = await openEvents(endpoint, one.headers, call(5, 'up_ask'))
    const asked = await stream.hears(is(method))
    expect(asked.params).toEqual(params)
    expect((await one.post({ jsonrpc: '2.0', id: asked.id, result })).status).toBe(202)
    expect((await stream.hears(isAnswerTo(5))).result).toEqual({ said: result })
  })

  it('of two sessions at once is answered by the one that it was put to', async () => {
    const { script, onNotification } = asking('roots/list')
    const { endpoint, session } = await openUp({ ask: script }, {}, { onNotification })
    const sessions = [await session(able), await session(able)]
    const streams = await Promise.all(sessions.map(({ headers }) => openEvents(endpoint, headers, call(1, 'up_ask'))))
    const asked = await Promise.all(streams.map((stream) => stream.hears(is('roots/list'))))
    // Each first answers the other's question, which is nothing to it.
    for (const [at, one] of sessions.entries()) await one.post({ jsonrpc: '2.0', id: asked[1 - at]?.id, result: { roots: ['stolen'] } })
    for (const [at, one] of sessions.entries()) await one.post({ jsonrpc: '2.0', id: asked[at]?.id, result: { roots: [at] } })
    const answers = await Promise.all(streams.map((stream) => stream.hears(isAnswerTo(1))))
    expect(answers.map(({ result }) => result)).toEqual([{ said: { roots: [0] } }, { said: { roots: [1] } }])
  })

  it('is answered once: a second answer goes nowhere', async () => {
    const { script, onNotification } = asking('roots/list')
    const { upstream, endpoint, session } = await openUp({ ask: script }, {}, { onNotification })
    const one = await session(able)
    const stream = await openEvents(endpoint, one.headers, call(1, 'up_ask'))
    const { id } = await stream.hears(is('roots/list'))
    await one.post({ jsonrpc: '2.0', id, error: { code: -1, message: 'User rejected', data: { x: 1 } } })
    expect((await stream.hears(isAnswerTo(1))).result).toEqual({ said: { code: -1, message: 'User rejected', data: { x: 1 } } })
    await one.post({ jsonrpc: '2.0', id, result: {} })
    await one.request('ping')
    expect(upstream.got.filter(({ message }) => message.method === undefined && message.id !== undefined)).toHaveLength(1)
  })

  it.each([
    ['sampling/createMessage', {}],
    ['elicitation/create', { sampling: {}, roots: {} }],
    ['roots/list', { sampling: {} }],
    ['no/such/method', able],
    ['tools/call', able],
  ])('that the client did not say it can answer is refused at once: %s', async (method, capabilities) => {
    const { script, onNotification } = asking(method)
    const { session } = await openUp({ ask: script }, {}, { onNotification })
    const one = await session(capabilities)
    expect(await one.call('up_ask')).toMatchObject({ result: { said: { code: -32601 } } })
  })

  it('on a connection that sessions share is refused at once, whatever its client could answer', async () => {
    const { script, onNotification } = asking('roots/list')
    const { session } = await openUp({ ask: script }, { sharing: 'shared' }, { onNotification })
    expect(await (await session(able)).call('up_ask')).toMatchObject({ result: { said: { code: -32601 } } })
  })

  it('that is a ping is answered by us', async () => {
    const { script, onNotification } = asking('ping')
    const { session } = await openUp({ ask: script }, {}, { onNotification })
    expect(await (await session()).call('up_ask')).toMatchObject({ result: { said: {} } })
  })

  it(`is one of ${maxAsked} at most that one client may have open; further ones are refused`, async () => {
    const refused: unknown[] = []
    const ask: ToolScript = ({ res }) => {
      res.writeHead(200, events)
      for (let id = 1; id <= maxAsked + 1; id++) res.write(sse(request(id, 'roots/list')))
    }
    const { upstream, endpoint, session } = await openUp(
      { ask },
      {},
      {
        onNotification: (got, res) => {
          if (got.message.error) refused.push(got.message.error)
          res.writeHead(202).end()
        },
      },
    )
    const one = await session(able)
    const stream = await openEvents(endpoint, one.headers, call(1, 'up_ask'))
    const { message } = await upstream.saw(({ message }) => message.error !== undefined)
    expect(message).toMatchObject({ id: maxAsked + 1, error: { code: -32601 } })
    expect([stream.messages().filter(is('roots/list')).length, refused.length]).toEqual([maxAsked, 1])
    stream.close()
  })

  it('outside of any call goes to the GET stream of its session; without one the upstream is told at once', async () => {
    const streams: ServerResponse[] = []
    const { upstream, endpoint, session } = await openUp(
      { echo: ({ text }) => text('x') },
      {},
      { onGet: (_got, res) => void streams.push(res.writeHead(200, events)) },
    )
    const one = await session(able)
    await one.call('up_echo')
    await expect.poll(() => streams.length).toBe(2)
    streams[1]?.write(sse(request(41, 'roots/list')))
    expect((await upstream.saw(({ message }) => message.id === 41)).message.error).toMatchObject({ code: -32001 })
    const stream = await listen(endpoint, one)
    streams[1]?.write(sse(request(42, 'roots/list')))
    const { id } = await stream.hears(is('roots/list'))
    await one.post({ jsonrpc: '2.0', id, result: { roots: [] } })
    expect((await upstream.saw(({ message }) => message.id === 42)).message.result).toEqual({ roots: [] })
  })

  it('that the upstream withdraws is withdrawn from the client under the id that it knows', async () => {
    const held = gate()
    const { endpoint, session } = await openUp({ hold: held.script })
    const one = await session(able)
    const opening = openEvents(endpoint, one.headers, call(2, 'up_hold'))
    await held.arrived(1)
    const { res, got } = held.waiting[0] ?? {}
    res?.writeHead(200, events).write(sse(request(9, 'roots/list')))
    const open = await opening
    const { id } = await open.hears(is('roots/list'))
    res?.write(sse(note('notifications/cancelled', { requestId: 9, reason: 'never mind' })))
    expect((await open.hears(is('notifications/cancelled'))).params).toEqual({ requestId: id, reason: 'never mind' })
    res?.end(sse({ jsonrpc: '2.0', id: got?.message.id, result: {} }))
    await open.hears(isAnswerTo(2))
  })
})

describe('notifications', () => {
  it('of a call come before its answer, on its own stream, in their order', async () => {
    const { session } = await openUp({
      say: ({ got, res }) => {
        res.writeHead(200, events)
        for (const data of [1, 2, 3]) res.write(sse(note('notifications/message', { level: 'info', data })))
        res.end(sse({ jsonrpc: '2.0', id: got.message.id, result: {} }))
      },
    })
    const one = await session()
    const { text, headers } = await one.post(call(1, 'up_say'))
    expect(headers['content-type']).toContain('text/event-stream')
    expect([...text.matchAll(/"data":(\d)|"result"/g)].map(([all, n]) => n ?? all)).toEqual(['1', '2', '3', '"result"'])
  })

  it('about roots go to the upstreams that this session has connections to', async () => {
    const { upstream, session } = await openUp({ echo: ({ text }) => text('x') })
    const [one, two] = [await session(able), await session(able)]
    await one.call('up_echo')
    await two.call('up_echo')
    await two.post(note('notifications/roots/list_changed'))
    const { headers } = await upstream.saw(({ message }) => message.method === 'notifications/roots/list_changed')
    expect(headers['mcp-session-id']).toBe(upstream.asked('tools/call')[1]?.headers['mcp-session-id'])
    expect(upstream.asked('notifications/roots/list_changed')).toHaveLength(1)
  })

  it('of the log obey the level of each session', async () => {
    const say: ToolScript = ({ got, res }) => {
      res.writeHead(200, events)
      for (const level of ['debug', 'info', 'warning', 'error', 'made-up'])
        res.write(sse(note('notifications/message', { level, data: level })))
      res.end(sse({ jsonrpc: '2.0', id: got.message.id, result: {} }))
    }
    const { upstream, session } = await openUp({ say }, {}, { capabilities: { tools: {}, logging: {} } })
    const [quiet, loud] = [await session(), await session()]
    expect(await quiet.request('logging/setLevel', { level: 'warning' })).toMatchObject({ result: {} })
    const levels = async (one: RawSession) =>
      [...(await one.post(call(9, 'up_say'))).text.matchAll(/"level":"([a-z-]+)"/g)].map(([, level]) => level)
    expect(await levels(quiet)).toEqual(['warning', 'error'])
    expect(await levels(loud)).toEqual(['debug', 'info', 'warning', 'error', 'made-up'])
    expect(upstream.asked('logging/setLevel').map(({ message }) => message.params)).toEqual([{ level: 'warning' }])
  })
})

describe.each([['shared'], ['per_session']] as const)('a subscription to a resource (%s)', (sharing) => {
  const capabilities = { resources: { subscribe: true } }

  it('brings its updates to the session that has it, and to no other', async () => {
    const streams: ServerResponse[] = []
    const { upstream, endpoint, session } = await openUp(
      {},
      { sharing },
      { capabilities, onRequest: resourceServer(['x://a', 'x://b']), onGet: (_got, res) => void streams.push(res.writeHead(200, events)) },
    )
    const [one, two] = [await session(), await session()]
    const [heardByOne, heardByTwo] = [await listen(endpoint, one), await listen(endpoint, two)]
    expect(await one.request('resources/subscribe', { uri: 'x://a' })).toMatchObject({ result: {} })
    expect(await two.request('resources/subscribe', { uri: 'x://b' })).toMatchObject({ result: {} })
    await expect.poll(() => streams.length).toBe(sharing === 'shared' ? 1 : 3)
    const say = (uri: string) => {
      for (const stream of streams) stream.write(sse(note('notifications/resources/updated', { uri })))
    }
    say('x://a')
    say('x://b')
    expect((await heardByOne.hears(is('notifications/resources/updated'))).params).toEqual({ uri: 'x://a' })
    expect((await heardByTwo.hears(is('notifications/resources/updated'))).params).toEqual({ uri: 'x://b' })
    await one.request('resources/unsubscribe', { uri: 'x://a' })
    expect(upstream.asked('resources/unsubscribe')).toHaveLength(sharing === 'shared' ? 0 : 1)
    say('x://a')
    say('x://b')
    await expect.poll(() => heardByTwo.messages().length).toBe(2)
    expect(heardByOne.messages()).toHaveLength(1)
  })

  it('is made again on the connection that replaces a lost one', async () => {
    let forget = false
    const { upstream, session } = await openUp(
      {},
      { sharing },
      {
        capabilities,
        onRequest: (got, res, req) => {
          if (got.message.method === 'resources/read' && forget) {
            forget = false
            return void res.writeHead(404).end()
          }
          resourceServer(['x://a'])(got, res, req)
        },
      },
    )
    const one = await session()
    await one.request('resources/subscribe', { uri: 'x://a' })
    forget = true
    expect(await one.request('resources/read', { uri: 'x://a' })).toMatchObject({ result: { contents: [{ text: 'content' }] } })
    await expect.poll(() => upstream.asked('resources/subscribe').length).toBe(2)
    const [before, after] = upstream.asked('resources/subscribe').map(({ headers }) => headers['mcp-session-id'])
    expect(after).not.toBe(before)
  })
})

describe('changed lists', () => {
  const changed = is('notifications/tools/list_changed')

  it('are told after an edit to the sessions whose list is another now, and to no other', async () => {
    const { rig, server, endpoint, session } = await openUp({ read: ({ text }) => text('x'), write: ({ text }) => text('x') })
    rig.gateway.groups.create({ name: 'readers', member_server_ids: [server.id], allow: ['read'] })
    const [whole, never] = [await session(), await session()]
    const reader = await openRawSession(`${endpoint}/g/readers`)
    for (const one of [whole, reader]) await one.request('tools/list')
    const heard = [await listen(endpoint, whole), await listen(endpoint, never), await listen(`${endpoint}/g/readers`, reader)]
    await rig.admin('PATCH', `/servers/${server.id}`, { deny: ['write'] })
    await heard[0]?.hears(changed)
    expect((await whole.request('tools/list')).result?.tools).toMatchObject([{ name: 'up_read' }])
    await rig.admin('PATCH', `/servers/${server.id}`, { deny: ['write', 'read'] })
    await heard[2]?.hears(changed)
    await expect.poll(() => heard[0]?.messages().length).toBe(2)
    expect([heard[1]?.messages(), heard[2]?.messages().length]).toEqual([[], 1])
  })

  it(`that follow each other within ${coalesceMs} ms are told once`, async () => {
    const { rig, server, endpoint, session } = await openUp({
      a: ({ text }) => text('x'),
      b: ({ text }) => text('x'),
      c: ({ text }) => text('x'),
    })
    const one = await session()
    await one.request('tools/list')
    const heard = await listen(endpoint, one)
    for (const deny of [['a'], ['a', 'b'], ['a', 'b', 'c']]) await rig.gateway.servers.patch(server.id, { deny })
    await heard.hears(changed)
    await rig.gateway.servers.patch(server.id, { deny: [] })
    await expect.poll(() => heard.messages().length).toBe(2)
  })

  it('are kept for a session that does not listen yet', async () => {
    const { rig, server, endpoint, session } = await openUp({ a: ({ text }) => text('x') })
    const one = await session()
    await one.request('tools/list')
    await rig.gateway.servers.patch(server.id, { deny: ['a'] })
    await new Promise((resolve) => setTimeout(resolve, 2 * coalesceMs))
    const heard = await listen(endpoint, one)
    await heard.hears(changed)
  })

  it('are told when an upstream says that its own have changed, and only where they really have', async () => {
    const streams: ServerResponse[] = []
    let tools = ['a']
    const { endpoint, session } = await openUp(
      {},
      {},
      {
        onGet: (_got, res) => void streams.push(res.writeHead(200, events)),
        onRequest: (got, res) => answer(res, got, { tools: tools.map((name) => ({ name, inputSchema: { type: 'object' } })) }),
      },
    )
    const one = await session()
    await one.request('tools/list')
    const heard = await listen(endpoint, one)
    await expect.poll(() => streams.length).toBe(1)
    streams[0]?.write(sse(note('notifications/tools/list_changed')))
    tools = ['a', 'b']
    streams[0]?.write(sse(note('notifications/tools/list_changed')))
    await heard.hears(changed)
    const names = ((await one.request('tools/list')).result?.tools as { name: string }[]).map(({ name }) => name)
    expect([names, heard.messages().length]).toEqual([['up_a', 'up_b'], 1])
  })
})

describe('the GET stream of a session', () => {
  it('is one: a second takes over from a first that may be dead, with 200 and not 409', async () => {
    const { endpoint, session } = await openUp({})
    const one = await session()
    const first = await listen(endpoint, one)
    const second = await listen(endpoint, one)
    expect([first.status, second.status]).toEqual([200, 200])
    await first.ended
    expect(second.headers['content-type']).toBe('text/event-stream')
  })

  it('asks for an Accept that takes events, and takes one that takes anything', async () => {
    const { endpoint, session } = await openUp({})
    const { headers } = await session()
    const refused = await send(endpoint, { method: 'GET', headers: { ...headers, accept: 'application/json' } })
    expect(refused.status).toBe(406)
    for (const accept of ['text/event-stream', '*/*', 'text/*', 'application/json, text/event-stream;q=0.9']) {
      const stream = await openEvents(endpoint, { ...headers, accept })
      expect(stream.status, accept).toBe(200)
      stream.close()
    }
  })

  it('replays after a break what was said meanwhile', async () => {
    const { rig, server, endpoint, session } = await openUp({ a: ({ text }) => text('x') })
    const one = await session()
    await one.request('tools/list')
    const first = await listen(endpoint, one)
    await expect.poll(() => first.events().length).toBe(1)
    const last = first.events()[0]?.id ?? ''
    await rig.gateway.servers.patch(server.id, { deny: ['a'] })
    await first.hears(changed)
    first.close()
    const second = await listen(endpoint, one, last)
    await second.hears(changed)
  })

  it('that is named and is not there is 404', async () => {
    const { endpoint, session } = await openUp({})
    expect((await openEvents(endpoint, { ...(await session()).headers, 'last-event-id': 'p1.1' })).status).toBe(404)
  })

  it('that was to answer a call and is forgotten, as after a restart, says so to the call at once', async () => {
    const { endpoint, session } = await openUp({})
    const one = await session()
    for (const seq of [1, 7]) {
      const stream = await openEvents(endpoint, { ...one.headers, 'last-event-id': `${answerStreamName('anearlie', 3, 'r')}.${seq}` })
      await stream.ended
      expect(stream.messages()).toMatchObject([{ id: 'r', error: { code: -32603, data: { code: 'call.lost' } } }])
    }
  })
})

const changed = is('notifications/tools/list_changed')
