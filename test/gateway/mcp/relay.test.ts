import { describe, expect, it } from 'vitest'
import { maxInFlight } from '../../../src/main/gateway/mcp/session'
import type { ServerDraft } from '../../../src/shared/records'
import { begin, eventsIn, mcpHeaders, messagesIn, openRawSession, send, type Message } from '../../support/gateway-http'
import { openRig } from '../../support/gateway-rig'
import { gate, openToolServer, type ToolScript, type ToolServerOptions } from '../../support/gateway-upstream'
import { answer, events, json, sse } from '../../support/http-upstream'

type Draft = Partial<ServerDraft>

/** A gateway with one scripted upstream `up`, and sessions as many as are asked for. */
async function openUp(scripts: Readonly<Record<string, ToolScript>>, draft: Draft = {}, options: ToolServerOptions = {}) {
  const upstream = await openToolServer(scripts, options)
  const rig = await openRig({ config: { mcp_auth: 'none' } })
  await rig.add({ name: 'up', url: upstream.url, ...draft })
  const session = (capabilities: object = {}) => openRawSession(rig.listening.endpoint, { capabilities })
  return { rig, upstream, session, one: await session() }
}

const call = (id: string | number, name: string, args: object = {}, meta?: object) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args, ...(meta ? { _meta: meta } : {}) },
})
const note = (method: string, params: object) => ({ jsonrpc: '2.0', method, params })
const textOf = (message: Message | undefined) => (message?.result?.content as { text: string }[] | undefined)?.[0]?.text
const sharings = [['shared'], ['per_session']] as const

describe('ids and progress tokens', () => {
  it.each(sharings)('of two clients may be equal at the same time: answers and progress never cross (%s)', async (sharing) => {
    const held = gate()
    const { session, one } = await openUp({ hold: held.script }, { sharing })
    const two = await session()
    const asked = [
      one.post(call(1, 'up_hold', { who: 'one' }, { progressToken: 1 })),
      two.post(call(1, 'up_hold', { who: 'two' }, { progressToken: '1' })),
    ]
    await held.arrived(2)
    for (const { got, res, arguments: args } of [...held.waiting].reverse()) {
      const { progressToken } = got.message.params?._meta ?? {}
      res.writeHead(200, events)
      res.write(sse(note('notifications/progress', { progressToken, progress: 1, message: args.who })))
      res.end(sse({ jsonrpc: '2.0', id: got.message.id, result: { content: [{ type: 'text', text: args.who }] } }))
    }
    const [first, second] = (await Promise.all(asked)).map(messagesIn)
    expect(first).toMatchObject([{ params: { progressToken: 1, message: 'one' } }, { id: 1, result: { content: [{ text: 'one' }] } }])
    expect(second).toMatchObject([{ params: { progressToken: '1', message: 'two' } }, { id: 1, result: { content: [{ text: 'two' }] } }])
  })

  it.each([[0], [-1], [1.5], ['0'], ['token'], [''], [2 ** 53 - 1]])('come back as they were: %j', async (token) => {
    const { one } = await openUp({
      step: ({ got, res }) => {
        const { progressToken } = got.message.params?._meta ?? {}
        res.writeHead(200, events)
        for (const progress of [1, 1, 0, 5])
          res.write(sse(note('notifications/progress', { progressToken, progress, total: 5, extra: true })))
        res.end(sse({ jsonrpc: '2.0', id: got.message.id, result: {} }))
      },
    })
    const messages = messagesIn(await one.post(call('id', 'up_step', {}, { progressToken: token })))
    const told = messages.filter(({ method }) => method === 'notifications/progress')
    expect(told.map(({ params }) => [params?.progressToken, params?.total, params?.extra])).toEqual(Array(4).fill([token, 5, true]))
    const steps = told.map(({ params }) => Number(params?.progress))
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
    expect(messages.at(-1)).toMatchObject({ id: 'id' })
  })

  it('are not invented: who gave no token hears no progress', async () => {
    const { upstream, one } = await openUp({
      step: ({ got, res }) => {
        const tokens = [got.message.params?._meta?.progressToken, 1, 0, got.message.id]
        res.writeHead(200, events)
        for (const progressToken of tokens) res.write(sse(note('notifications/progress', { progressToken, progress: 1 })))
        res.end(sse({ jsonrpc: '2.0', id: got.message.id, result: {} }))
      },
    })
    expect(messagesIn(await one.post(call(1, 'up_step', {}, { mine: { a: 1 } }))).map(({ method }) => method)).toEqual([undefined])
    expect(upstream.asked('tools/call')[0]?.message.params).toEqual({ name: 'step', arguments: {}, _meta: { mine: { a: 1 } } })
  })

  it('of a request that is under way cannot be used again; the first is answered all the same', async () => {
    const held = gate()
    const { one } = await openUp({ hold: held.script })
    const first = one.call('up_hold', {}, 7)
    await held.arrived(1)
    expect(await one.request('ping', {}, 7)).toMatchObject({ error: { code: -32600, message: expect.stringContaining('7') as string } })
    expect(await one.request('ping', {}, '7')).toMatchObject({ result: {} })
    held.waiting[0]?.text('done')
    expect(textOf(await first)).toBe('done')
    expect(await one.request('ping', {}, 7)).toMatchObject({ result: {} })
  })

  it(`may be under way ${maxInFlight} at a time in one session, which hurts no other`, async () => {
    const held = gate()
    const { rig, session, one } = await openUp({ hold: held.script }, { timeout_seconds: 60 })
    const two = await session()
    const calls = Array.from({ length: maxInFlight }, (_each, at) => one.call('up_hold', {}, `id-${at}`))
    await expect.poll(() => rig.gateway.status().calls_in_flight).toBe(maxInFlight)
    expect((await one.request('ping')).error).toMatchObject({
      code: -32603,
      message: expect.stringContaining(String(maxInFlight)) as string,
    })
    expect(await two.request('ping')).toMatchObject({ result: {} })
    held.open()
    expect(new Set((await Promise.all(calls)).map(textOf))).toEqual(new Set(['done']))
    expect(await one.request('ping')).toMatchObject({ result: {} })
  })
})

describe('cancellation', () => {
  it.each([[0], [1], ['one'], ['']])('of request %j reaches the upstream under its own id', async (id) => {
    const held = gate()
    const { upstream, one } = await openUp({ hold: held.script })
    const calling = one.call('up_hold', {}, id)
    await held.arrived(1)
    expect((await one.post(note('notifications/cancelled', { requestId: id, reason: 'changed my mind' }))).status).toBe(202)
    expect((await calling).error).toMatchObject({ code: -32800 })
    const told = await upstream.saw(({ message }) => message.method === 'notifications/cancelled')
    expect(told.message.params).toMatchObject({ requestId: held.waiting[0]?.got.message.id })
  })

  it('of a request of another session, of an unknown one, or of another type of id does nothing', async () => {
    const held = gate()
    const { session, one } = await openUp({ hold: held.script })
    const two = await session()
    const calling = one.call('up_hold', {}, 1)
    await held.arrived(1)
    await two.post(note('notifications/cancelled', { requestId: 1 }))
    for (const requestId of ['1', 2, null, { id: 1 }]) await one.post(note('notifications/cancelled', { requestId }))
    held.waiting[0]?.text('done')
    expect(textOf(await calling)).toBe('done')
  })

  it.each(sharings)('happens when the client goes away in mid-call (%s)', async (sharing) => {
    const held = gate()
    const { rig, upstream, one } = await openUp({ hold: held.script }, { sharing })
    const asked = begin(rig.listening.endpoint, { headers: { ...mcpHeaders(), ...one.headers } })
    asked.on('error', () => undefined)
    asked.end(JSON.stringify(call(1, 'up_hold')))
    await held.arrived(1)
    asked.destroy()
    await upstream.saw(({ message }) => message.method === 'notifications/cancelled')
    expect(await one.request('ping', {}, 1)).toMatchObject({ result: {} })
    expect(rig.gateway.status().calls_in_flight).toBe(0)
  })

  it.each(sharings)('happens to every call of a session that ends (%s)', async (sharing) => {
    const held = gate()
    const { rig, upstream, one } = await openUp({ hold: held.script }, { sharing })
    const calling = one.call('up_hold')
    await held.arrived(1)
    expect((await send(rig.listening.endpoint, { method: 'DELETE', headers: one.headers })).status).toBe(200)
    expect((await calling).error).toMatchObject({ code: -32800 })
    await upstream.saw(({ message }) => message.method === 'notifications/cancelled')
  })
})

describe('what an upstream answers', () => {
  const strange =
    '{ "content": [ {"type":"hologram", "data":1} ], "structuredContent":{"n":12345678901234567890, "f":1.0}, "_meta":{"x":[]},"later":null,"__proto__":{"y":1} }'

  it('passes as it was said: unknown fields, order, white space and digits', async () => {
    const { one } = await openUp({
      odd: ({ got, res }) => res.writeHead(200, json).end(`{"result":${strange},"id":${got.message.id},"jsonrpc":"2.0"}`),
    })
    expect((await one.post(call(1, 'up_odd'))).text).toBe(`{"jsonrpc":"2.0","id":1,"result":${strange}}`)
  })

  it('passes as it was said through a stream', async () => {
    const { one } = await openUp({
      odd: ({ got, res }) => {
        res.writeHead(200, events)
        res.write(sse(note('notifications/message', { level: 'info', data: { deep: [null] } })))
        res.end(`data: {"result":${strange},"id":${got.message.id},"jsonrpc":"2.0"}\n\n`)
      },
    })
    const [log, result] = eventsIn((await one.post(call(1, 'up_odd'))).text).filter(({ data }) => data !== '')
    expect(log?.data).toBe('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"deep":[null]}}}')
    expect(result?.data).toBe(`{"jsonrpc":"2.0","id":1,"result":${strange}}`)
  })

  it('passes when it is a megabyte, or says isError, or is an error with code, message and data', async () => {
    const large = 'é'.repeat(1024 * 1024)
    const error = { code: -32055, message: 'MCP error -32055: no such thing', data: { hint: ['elsewhere'] } }
    const { one } = await openUp({
      large: ({ text }) => text(large),
      failed: ({ got, res }) => answer(res, got, { isError: true, content: [], structuredContent: { why: 1 } }),
      refused: ({ got, res }) => res.writeHead(200, json).end(JSON.stringify({ jsonrpc: '2.0', id: got.message.id, error })),
    })
    expect(textOf(await one.call('up_large'))).toBe(large)
    expect(await one.call('up_failed')).toMatchObject({ result: { isError: true, content: [], structuredContent: { why: 1 } } })
    expect((await one.call('up_refused')).error).toEqual({ ...error, message: 'no such thing' })
  })

  it('reaches the client without what belongs to our connection: no header, cookie or session id of the upstream', async () => {
    const { one } = await openUp({
      cookie: ({ got, res }) => {
        res.setHeader('set-cookie', 'a=b').setHeader('x-upstream', '1').setHeader('mcp-session-id', 'hijacked')
        answer(res, got, {})
      },
    })
    const { headers } = await one.post(call(1, 'up_cookie'))
    expect([headers['set-cookie'], headers['x-upstream'], headers['mcp-session-id']]).toEqual([undefined, undefined, undefined])
  })
})

describe('an upstream that fails', () => {
  it('by dying in mid-call is told to the model, and is called again when it is back', async () => {
    let dies = true
    const { one } = await openUp({
      mortal: ({ res, text }) => {
        if (dies) res.socket?.destroy()
        else text('alive')
      },
    })
    expect((await one.call('up_mortal')).result).toMatchObject({ isError: true })
    dies = false
    expect(textOf(await one.call('up_mortal'))).toBe('alive')
  })

  it('by hanging is cancelled after `timeout_seconds` and hurts no other call', async () => {
    const { upstream, one } = await openUp({ mute: () => undefined, quick: ({ text }) => text('quick') }, { timeout_seconds: 0.3 })
    const calling = one.call('up_mute')
    expect(textOf(await one.call('up_quick'))).toBe('quick')
    expect((await calling).result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('0.3 s') as string }] })
    await upstream.saw(({ message }) => message.method === 'notifications/cancelled')
  })

  it(`by hanging in ${maxInFlight} calls of one session, which is all that one can have, keeps no other session waiting`, async () => {
    const held = gate()
    const { rig, session, one } = await openUp({ hold: held.script, quick: ({ text }) => text('quick') }, { timeout_seconds: 60 })
    const two = await session()
    const hanging = Array.from({ length: maxInFlight }, async (_each, at) => one.call('up_hold', {}, `id-${at}`))
    await expect.poll(() => rig.gateway.status().calls_in_flight).toBe(maxInFlight)
    expect(textOf(await two.call('up_quick'))).toBe('quick')
    held.open()
    await Promise.all(hanging)
  })

  it('to answer is waited for as long as it tells of its progress', async () => {
    const { one } = await openUp(
      {
        long: ({ got, res }) => {
          const { progressToken } = got.message.params?._meta ?? {}
          let progress = 0
          res.writeHead(200, events)
          const timer = setInterval(() => {
            if (++progress < 8) return void res.write(sse(note('notifications/progress', { progressToken, progress })))
            clearInterval(timer)
            res.end(sse({ jsonrpc: '2.0', id: got.message.id, result: { content: [{ type: 'text', text: 'at last' }] } }))
          }, 100)
        },
      },
      { timeout_seconds: 0.4 },
    )
    const messages = messagesIn(await one.post(call(1, 'up_long', {}, { progressToken: 'p' })))
    expect([messages.length, textOf(messages.at(-1))]).toEqual([8, 'at last'])
  })

  it.each([
    ['no JSON', '%$&/'],
    ['half an answer', '{"jsonrpc":"2.0","id":'],
    ['an answer to somebody else', '{"jsonrpc":"2.0","id":999999,"result":{}}'],
    ['a batch', '[]'],
    ['nothing', ''],
    ['two answers in one', '{"jsonrpc":"2.0","id":1,"result":{}}{"jsonrpc":"2.0","id":1,"result":{}}'],
    ['10,000 levels', `{"jsonrpc":"2.0","id":1,"result":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ])('by answering %s is told to the model', async (_what, body) => {
    const { one } = await openUp(
      { garbage: ({ res }) => res.writeHead(200, json).end(body), quick: ({ text }) => text('quick') },
      { timeout_seconds: 1 },
    )
    expect((await one.call('up_garbage')).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('up') as string }],
    })
    expect(textOf(await one.call('up_quick'))).toBe('quick')
  })

  it.each([[500], [503], [403], [429], [418]])('with HTTP %i is told to the model and not asked again', async (status) => {
    const { upstream, one } = await openUp({ down: ({ res }) => res.writeHead(status, json).end('{"secret":"of the upstream"}') })
    expect((await one.call('up_down')).result).toMatchObject({ isError: true })
    expect(upstream.asked('tools/call')).toHaveLength(1)
  })

  const lostSession = { code: -32001, message: 'Session not found' }
  it.each(
    sharings.flatMap(([sharing]) => [
      { sharing, status: 404, error: lostSession, named: false },
      { sharing, status: 404, error: lostSession, named: true },
      // As server-everything has it once it was restarted.
      { sharing, status: 400, error: { code: -32000, message: 'Bad Request: No valid session ID provided' }, named: true },
    ]),
  )('to know our session is greeted again and asked once more, unseen by the client: $status $sharing $named', async (how) => {
    let forgotten = true
    const { upstream, one } = await openUp(
      {
        forgetful: ({ got, res, text }) => {
          if (!forgotten) return text('who are you again?')
          forgotten = false
          res.writeHead(how.status, json).end(JSON.stringify({ jsonrpc: '2.0', id: how.named ? got.message.id : null, error: how.error }))
        },
      },
      { sharing: how.sharing },
    )
    expect(textOf(await one.call('up_forgetful'))).toBe('who are you again?')
    const calls = upstream.asked('tools/call').map(({ headers }) => headers['mcp-session-id'])
    expect([calls.length, new Set(calls).size]).toEqual([2, 2])
  })

  it('one call with HTTP 404 and its own error keeps its session', async () => {
    const error = { code: -32602, message: 'Unknown tool: nothing' }
    const { upstream, one } = await openUp({
      nothing: ({ got, res }) => res.writeHead(404, json).end(JSON.stringify({ jsonrpc: '2.0', id: got.message.id, error })),
    })
    expect((await one.call('up_nothing')).error).toEqual(error)
    expect(upstream.asked('tools/call')).toHaveLength(1)
  })

  it('to know our session whatever we do is given up after one more try', async () => {
    const { upstream, one } = await openUp({ forgetful: ({ res }) => res.writeHead(404).end() })
    expect((await one.call('up_forgetful')).result).toMatchObject({ isError: true })
    expect(upstream.asked('tools/call')).toHaveLength(2)
  })

  it('by flooding its call with notifications does not keep the others from being answered', async () => {
    const { session, one } = await openUp({
      flood: ({ res }) => {
        res.writeHead(200, events)
        const message = sse(note('notifications/message', { level: 'info', data: 'x'.repeat(100) }))
        const more = () => {
          while (!res.destroyed && res.write(message));
          if (!res.destroyed) res.once('drain', more)
        }
        more()
      },
      quick: ({ text }) => text('quick'),
    })
    const two = await session()
    const flooded = one.post(call(1, 'up_flood'))
    for (let n = 0; n < 20; n++) expect(textOf(await two.call('up_quick'))).toBe('quick')
    await one.post(note('notifications/cancelled', { requestId: 1 }))
    const messages = messagesIn(await flooded)
    expect(messages.at(-1)).toMatchObject({ id: 1, error: { code: -32800 } })
    expect(messages.length).toBeLessThan(20_000)
  })
})
