import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FloodGate } from '../../src/main/gateway/mcp/flood'
import { longestUnasked, readUpstreamMessage } from '../../src/main/gateway/mcp/message'
import { RpcLink, type Wire } from '../../src/main/gateway/mcp/rpc-link'
import { createUpstream } from '../../src/main/gateway/mcp/upstream'
import { mostSending, openSseLink } from '../../src/main/gateway/mcp/upstream-sdk'
import { Allowance } from '../../src/main/gateway/mcp/upstream-http-allowance'
import { httpLimits } from '../../src/main/gateway/mcp/upstream-http-wire'
import { caller, offer, openShop, serverRecord as catalogServer } from '../support/catalog-doubles'
import { messagesIn, openRawSession, type RawSession } from '../support/gateway-http'
import { openRig, withTheTest, type Rig, type RigOptions } from '../support/gateway-rig'
import {
  answer,
  events,
  handshake,
  openHttpUpstream,
  openLink,
  sse,
  target,
  type HttpUpstream,
  type Script,
} from '../support/http-upstream'
import { FakeGateway, listChanged } from '../support/upstream-doubles'
import { Ears, never, serverRecord } from '../support/upstream-rig'
import { SseUpstream } from '../support/upstream-sse'

const hostileChild = fileURLToPath(new URL('../support/security-child.mjs', import.meta.url))

async function open(options: RigOptions = {}): Promise<{ readonly rig: Rig; session(): Promise<RawSession> }> {
  const rig = await openRig(options)
  const { token } = rig.gateway.clients.create({ name: 'agent' })
  return { rig, session: () => openRawSession(rig.listening.endpoint, { token }) }
}

const tools = { tools: [{ name: 'read', inputSchema: { type: 'object' } }] }

/** An HTTP upstream with the one tool `read`; the script says what a call of it does. */
async function hostile(onCall: NonNullable<Script['onRequest']>, more: Script = {}): Promise<HttpUpstream> {
  const upstream = await openHttpUpstream({
    ...more,
    onRequest: (got, res, req) => (got.message.method === 'tools/call' ? onCall(got, res, req) : answer(res, got, tools)),
  })
  withTheTest(() => upstream.close())
  return upstream
}

const ok = { content: [{ type: 'text', text: 'fine' }] }

describe('an upstream that says what nobody expects hurts only itself', () => {
  const odd = [
    ['a resource whose URI is an object that is no text', 'notifications/resources/updated', '{"uri":{"toString":1,"valueOf":1}}'],
    ['a resource whose URI is a number of 20 digits', 'notifications/resources/updated', '{"uri":12345678901234567890}'],
    ['a level that is an object that is no text', 'notifications/message', '{"level":{"toString":1,"valueOf":1},"data":"x"}'],
  ] as const
  it.each(odd)('and not the process: %s', async (_what, method, params) => {
    const { rig, session } = await open()
    const message = `{"jsonrpc":"2.0","method":"${method}","params":${params}}`
    await rig.add({ name: 'odd', command: process.execPath, args: [hostileChild, message], sharing: 'per_session' })
    const agent = await session()
    await agent.request('logging/setLevel', { level: 'info' })
    expect((await agent.call('odd_read')).result).toMatchObject({ content: [{ text: 'fine' }] })
    // The next answer comes behind what was said: it has been dealt with by then.
    expect((await agent.call('odd_read')).result).toMatchObject({ content: [{ text: 'fine' }] })
  })
})

describe('an upstream cannot speak for another', () => {
  it('withdraws no question that it never asked', async () => {
    const { rig, session } = await open()
    const upstream = await hostile((got, res) => {
      const withdrawal = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'gw-1', reason: 'gone' } }
      const note = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'hello' } }
      res.writeHead(200, events).end(sse(withdrawal) + sse(note) + sse({ jsonrpc: '2.0', id: got.message.id, result: ok }))
    })
    await rig.add({ name: 'liar', url: upstream.url })
    const agent = await session()
    const reply = await agent.post({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'liar_read' } })
    expect(messagesIn(reply).map((message) => message.method ?? 'answer')).toEqual(['notifications/message', 'answer'])
  })
})

describe('law 9: an upstream that asks and asks, and never takes an answer', () => {
  it('holds so many connections of ours and no more', async () => {
    let held = 0
    const upstream = await openHttpUpstream({
      onGet: (_got, res) => {
        res.writeHead(200, events)
        for (let id = 1; id <= 1_500; id++) res.write(sse({ jsonrpc: '2.0', id, method: 'ping' }))
        res.write(sse({ jsonrpc: '2.0', method: 'notifications/last' }))
      },
      onNotification: (got, res) => {
        if (got.message.method === 'notifications/initialized') res.writeHead(202).end()
        else held++
      },
    })
    withTheTest(() => upstream.close())
    const { link, heard, connector } = await openLink(upstream.url)
    withTheTest(() => connector.close())
    await heard('notifications/last')
    // Time for every connection that is being opened.
    for (let turn = 0; turn < 200; turn++) await link.request('tools/list', {}, { timeoutMs: 5_000, progress: false })
    expect(held).toBeGreaterThan(0)
    expect(held).toBeLessThanOrEqual(httpLimits.sends)
  })

  it('neither over the older HTTP+SSE', async () => {
    const upstream = new SseUpstream()
    const url = await upstream.listen()
    withTheTest(() => upstream.close())
    const link = await openSseLink({ ...target(url), transport: 'sse' }, handshake, new Ears(), never)
    withTheTest(() => link.close())
    upstream.onPost = (message, response) => {
      if (message.method === 'tools/call') upstream.answer(message, response)
    }
    for (let id = 1; id <= 2_000; id++) upstream.say({ id: `p${id}`, method: 'ping' })
    await expect(link.request('tools/list', {}, { timeoutMs: 1_500, progress: false })).rejects.toThrow()
    expect(upstream.posts.length).toBeGreaterThan(100)
    expect(upstream.posts.length).toBeLessThanOrEqual(mostSending + 3)
  })
})

describe('law 9: an upstream that ends its stream again and again and asks to be called back at once', () => {
  it('is called back no more than ten times a second', async () => {
    let streams = 0
    const again = (res: ServerResponse) => void res.writeHead(200, events).end(`retry: 0\nid: e${++streams}\ndata: \n\n`)
    const upstream = await openHttpUpstream({ onRequest: (_got, res) => again(res), onGet: (_got, res) => again(res) })
    withTheTest(() => upstream.close())
    const { link, connector } = await openLink(upstream.url, { stream: 'off' })
    withTheTest(() => connector.close())
    const call = link.request('tools/call', { name: 'x' }, { timeoutMs: 60_000, progress: false, signal: AbortSignal.timeout(1_000) })
    await expect(call).rejects.toMatchObject({ code: 'call.cancelled' })
    expect(streams).toBeGreaterThan(2)
    expect(streams).toBeLessThanOrEqual(12)
  })
})

describe('law 9: an upstream that says long things unasked', () => {
  const note = (bytes: number) => Buffer.from(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"${'x'.repeat(bytes)}"}}`)

  it('is not understood when they are too long, though an answer may be longer', () => {
    expect(readUpstreamMessage(note(longestUnasked))).toBeUndefined()
    expect(readUpstreamMessage(note(1_000))).toMatchObject({ kind: 'notification' })
    const reply = Buffer.from(`{"jsonrpc":"2.0","id":1,"result":"${'x'.repeat(longestUnasked)}"}`)
    expect(readUpstreamMessage(reply)).toMatchObject({ kind: 'reply' })
  })

  it('is read more slowly the longer they are', () => {
    const gate = new FloodGate()
    gate.count(1024 * 1024)
    expect(gate.pauseMs()).toBe(0)
    gate.count(1024 * 1024)
    expect(gate.pauseMs()).toBeGreaterThan(0)
  })

  it('is read more slowly over HTTP too', () => {
    const allowance = new Allowance()
    let taken = 0
    while (allowance.take(1024 * 1024)) taken++
    expect(taken).toBeGreaterThanOrEqual(30)
    expect(taken).toBeLessThanOrEqual(40)
  })

  it('fills no memory before the handshake is done, over HTTP either', async () => {
    const upstream = await openHttpUpstream({
      onInitialize(got, res) {
        res.writeHead(200, events)
        for (let n = 0; n < 20; n++) res.write(`data: ${note(1024 * 1024).toString()}\n\n`)
        const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} }
        res.end(sse({ jsonrpc: '2.0', id: got.message.id, result }))
      },
    })
    withTheTest(() => upstream.close())
    const { messages, connector } = await openLink(upstream.url, { stream: 'off' })
    withTheTest(() => connector.close())
    expect(messages.length).toBe(3)
  })

  it('fills no memory before the handshake is done', async () => {
    const ears = new Ears()
    const wire: Wire = { send: () => Promise.resolve(), end: () => Promise.resolve() }
    const link: RpcLink = new RpcLink('loud', wire, ears, new FloodGate())
    const greeted = link.greet(handshake, 5_000, never)
    for (let n = 0; n < 50; n++) link.receive(note(1024 * 1024))
    link.receive(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{}}}'))
    await greeted
    await new Promise((resolve) => setImmediate(resolve))
    expect(ears.messages.length).toBe(3)
  })
})

describe('law 9: an upstream whose lists cost everybody time', () => {
  afterEach(() => void vi.useRealTimers())

  it('is asked again only after a while that grows with their cost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
    const gateway = new FakeGateway()
    const taken: number[] = []
    const upstream = createUpstream(serverRecord({ transport: 'http', url: 'http://127.0.0.1:1/mcp', command: null, args: [] }), {
      ...{ resolveTarget: (record) => gateway.resolveTarget(record), openLink: gateway.openLink, log: gateway.log },
      ...{ onStatus: () => undefined, onMessage: () => undefined, onConnectError: () => undefined },
      onCatalog() {
        taken.push(Date.now())
        vi.advanceTimersByTime(400) // so long nobody else is served
      },
    })
    withTheTest(() => upstream.close())
    upstream.start()
    await vi.advanceTimersByTimeAsync(0)
    for (let turn = 0; turn < 600; turn++) {
      gateway.link.events.onMessage(listChanged)
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(taken.length).toBeGreaterThan(2)
    expect(taken.length).toBeLessThanOrEqual(5)
  })

  it('of templates: a long URI is matched against few of them, so that no reading holds up the rest', async () => {
    const hostileTemplates = Array.from({ length: 200 }, (_, n) => ({ name: `t${n}`, uriTemplate: `{a}${'a'.repeat(900)}{b}c${n}` }))
    const templates = [...hostileTemplates.slice(0, 199), { name: 'last', uriTemplate: 'x://{+rest}' }]
    const { catalog } = openShop([catalogServer('files')], [offer('files', { resource_templates: templates })])
    const view = await catalog.view(caller())
    const begun = performance.now()
    for (let n = 0; n < 10; n++) expect(view.resource(`${'a'.repeat(4_080)}${n}`)).toBeUndefined()
    expect((performance.now() - begun) / 10).toBeLessThan(100)
    expect(view.resource('x://short')?.server).toBe('files')
    expect(view.resource(`x://${'a'.repeat(5_000)}`)).toBeUndefined()
  })
})
