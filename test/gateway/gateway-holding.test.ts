import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { heartbeatMs } from '../../src/main/gateway/mcp/caller'
import type { GatewayConfig } from '../../src/main/gateway/config'
import { houseMs } from '../../src/main/gateway/mcp/sessions'
import { begin, mcpHeaders, openEvents, openRawSession, type Message } from '../support/gateway-http'
import { openRig, type Rig } from '../support/gateway-rig'
import { gate, openToolServer, type ScriptedCall } from '../support/gateway-upstream'

/*
 * A call that waits for a person (PROTOCOL "Holding a call"): through the real doors, with a tool that asks under the default policy.
 */

interface Options {
  readonly hil?: Partial<GatewayConfig['hil']>
  readonly onCall?: (call: ScriptedCall) => void
}

async function openHeld({ hil = {}, onCall = ({ text }) => text('deleted') }: Options = {}) {
  const upstream = await openToolServer({ delete_all: onCall, read: ({ text }) => text('read') })
  const rig = await openRig({ config: { hil: { ...defaults, ...hil } } })
  await rig.add({ name: 'up', url: upstream.url })
  const token = rig.gateway.clients.create({ name: 'agent' }).token
  const session = () => openRawSession(rig.listening.endpoint, { token })
  return { rig, upstream, session, one: await session(), ran: () => upstream.asked('tools/call').length }
}

const defaults: GatewayConfig['hil'] = {
  enabled: true,
  auto_open_browser: false,
  timeout_seconds: 300,
  ticket_seconds: 900,
  impatient_seconds: 50,
  approval_base_url: null,
}

const call = (id: number, args: object = {}, meta?: object) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'up_delete_all', arguments: args, ...(meta ? { _meta: meta } : {}) },
})
const content = (message: Message) => [message.result?.isError === true, (message.result?.content as { text: string }[])[0]?.text]
const withStatus = async (rig: Rig) => ((await rig.admin('GET', '/hil/history')).body as { status: string }[]).map(({ status }) => status)

describe('a call that a person approves', () => {
  it('runs once, with the arguments that the person saw, and the audit names the approval', async () => {
    const { rig, upstream, one } = await openHeld()
    const calling = one.call('up_delete_all', { where: 'here' })
    const approval = await rig.pending()
    expect(approval).toMatchObject({
      client: 'agent',
      server: 'up',
      tool: 'delete_all',
      tool_name: 'up_delete_all',
      arguments: { where: 'here' },
    })
    expect(approval.session_id).toBe(one.id)
    expect(upstream.asked('tools/call')).toEqual([])
    expect(await rig.approve(approval.id)).toMatchObject({ status: 200, body: { approved: true, tool_name: 'up_delete_all' } })
    expect(content(await calling)).toEqual([false, 'deleted'])
    expect(upstream.asked('tools/call').map(({ message }) => message.params)).toEqual([
      { name: 'delete_all', arguments: { where: 'here' } },
    ])
    expect(await rig.audit()).toMatchObject([
      { decision: 'approved', decided_by: `approval:${approval.id}`, outcome: 'ok', client: 'agent' },
    ])
  })

  it('asks again the next time', async () => {
    const { rig, one, ran } = await openHeld()
    const first = one.call('up_delete_all')
    await rig.approve((await rig.pending()).id)
    await first
    const second = one.call('up_delete_all')
    await rig.deny((await rig.pending()).id)
    expect([content(await second)[0], ran()]).toEqual([true, 1])
  })

  it('does not hold up another call of the same session', async () => {
    const { rig, one } = await openHeld()
    const held = one.call('up_delete_all')
    const { id } = await rig.pending()
    expect(content(await one.call('up_read'))).toEqual([false, 'read'])
    await rig.approve(id)
    await held
  })

  it('is not run when its tool, or what is allowed, changes while it waits', async () => {
    const { rig, one, ran } = await openHeld()
    const calling = one.call('up_delete_all')
    const { id } = await rig.pending()
    const [server] = rig.gateway.servers.list()
    await rig.gateway.servers.patch(server?.id ?? '', { deny: ['delete_all'] })
    await rig.approve(id)
    expect([content(await calling), ran()]).toEqual([[true, expect.stringContaining('changed while this call waited')], 0])
  })

  it('that two identical calls wait for lets each of them run, once', async () => {
    const { rig, one, session, ran } = await openHeld()
    const two = await session()
    const calls = [one.call('up_delete_all', { a: 1, b: 2 }), two.call('up_delete_all', { b: 2, a: 1 })]
    const approval = await rig.pending()
    await expect.poll(async () => ((await rig.admin('GET', '/hil/pending')).body as { waiting: number }[])[0]?.waiting).toBe(2)
    await rig.approve(approval.id)
    expect((await Promise.all(calls)).map(content)).toEqual([
      [false, 'deleted'],
      [false, 'deleted'],
    ])
    expect(ran()).toBe(2)
  })
})

describe('a call that a person denies', () => {
  it('gives their reason to the model and never runs', async () => {
    const { rig, one, ran } = await openHeld()
    const calling = one.call('up_delete_all')
    await rig.deny((await rig.pending()).id, 'Not on a Friday.')
    expect([content(await calling), ran()]).toEqual([[true, 'A person denied this call; they say: Not on a Friday.'], 0])
    expect(await rig.audit()).toMatchObject([{ decision: 'unconfirmed', outcome: 'denied' }])
  })

  it('cannot be decided again', async () => {
    const { rig, one } = await openHeld()
    const calling = one.call('up_delete_all')
    const { id } = await rig.pending()
    await rig.deny(id)
    expect((await rig.approve(id)).status).toBe(404)
    expect(content(await calling)[0]).toBe(true)
  })
})

describe('a call that nobody decides in time', () => {
  it('ends with a ticket; approved later, the identical call of the same client runs without asking, exactly once', async () => {
    const { rig, one, session, ran } = await openHeld({ hil: { impatient_seconds: 0.2 } })
    expect(content(await one.call('up_delete_all', { a: 1 }))).toEqual([
      true,
      expect.stringMatching(/call .*again with the same arguments/i),
    ])
    const { id } = await rig.pending()
    await rig.approve(id)
    expect(content(await (await session()).call('up_delete_all', { a: 1 }))).toEqual([false, 'deleted'])
    expect(ran()).toBe(1)
    expect(content(await one.call('up_delete_all', { a: 1 }))[0]).toBe(true)
    expect(ran()).toBe(1)
  })

  it('denied later tells the reason to the identical call, once', async () => {
    const { rig, one } = await openHeld({ hil: { impatient_seconds: 0.2 } })
    await one.call('up_delete_all')
    await rig.deny((await rig.pending()).id, 'no')
    expect(content(await one.call('up_delete_all'))).toEqual([true, 'A person denied this call; they say: no'])
    expect(content(await one.call('up_delete_all'))).toEqual([true, expect.stringMatching(/again/)])
  })

  it('does not let another client, other arguments or another view use its approval', async () => {
    const { rig, one, ran } = await openHeld({ hil: { impatient_seconds: 0.2 } })
    rig.gateway.groups.create({ name: 'g', member_server_ids: rig.gateway.servers.list().map(({ id }) => id) })
    await one.call('up_delete_all', { a: 1 })
    await rig.approve((await rig.pending()).id)
    const other = await openRawSession(rig.listening.endpoint, { token: rig.gateway.clients.create({ name: 'other' }).token })
    const inGroup = await openRawSession(`${rig.listening.endpoint}/g/g`, {
      token: rig.gateway.clients.rotate(clientId(rig, 'agent')).token,
    })
    for (const [session, args] of [
      [other, { a: 1 }],
      [inGroup, { a: 1 }],
    ] as const)
      expect(content(await session.call('up_delete_all', args))[0]).toBe(true)
    expect(ran()).toBe(0)
  })

  it('is held longer for a caller that gave a progress token, up to `timeout_seconds`', async () => {
    const { rig, one } = await openHeld({ hil: { impatient_seconds: 0.1, timeout_seconds: 0.6 } })
    const began = performance.now()
    const stream = await openEvents(rig.listening.endpoint, one.headers, call(1, {}, { progressToken: 't' }))
    const ended = await stream.hears(({ id, method }) => id === 1 && method === undefined)
    expect(content(ended)).toEqual([true, expect.stringMatching(/again/)])
    expect(performance.now() - began).toBeGreaterThan(500)
  })
})

const clientId = (rig: Rig, name: string) => rig.gateway.clients.list().find((client) => client.name === name)?.id ?? ''

describe('a caller that goes away while it waits', () => {
  it('by cancelling withdraws the question, and nothing runs', async () => {
    const { rig, one, ran } = await openHeld()
    const stream = await openEvents(rig.listening.endpoint, one.headers, call(7))
    const { id } = await rig.pending()
    await one.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } })
    expect(await stream.hears((message) => message.id === 7)).toMatchObject({ error: { code: -32800 } })
    expect(await withStatus(rig)).toEqual(['withdrawn'])
    expect((await rig.approve(id)).status).toBe(404)
    expect(ran()).toBe(0)
  })

  it('by disconnecting withdraws the question, and nothing runs, also if it comes back for its stream', async () => {
    const { rig, one, ran } = await openHeld()
    const stream = await openEvents(rig.listening.endpoint, one.headers, call(7))
    const { id } = await rig.pending()
    await expect.poll(() => stream.events().length).toBe(1)
    stream.close()
    await rig.until(() => rig.events.some(({ event }) => event === 'approval.closed'))
    expect([await withStatus(rig), (await rig.approve(id)).status]).toEqual([['withdrawn'], 404])
    const back = await openEvents(rig.listening.endpoint, { ...one.headers, 'last-event-id': stream.events()[0]?.id ?? '' })
    await back.ended
    expect(back.messages()).toMatchObject([
      { id: 7, error: { code: -32800, message: expect.stringContaining('nothing was run') as string } },
    ])
    await expect.poll(async () => (await rig.audit())[0]?.outcome).toBe('cancelled')
    expect(ran()).toBe(0)
  })

  it('by ending its session, or losing its token, withdraws the question', async () => {
    for (const end of ['session', 'token'] as const) {
      const { rig, one, ran } = await openHeld()
      const calling = one.call('up_delete_all').catch(() => undefined)
      await rig.pending()
      if (end === 'token') rig.gateway.clients.remove(clientId(rig, 'agent'))
      else await one.end()
      await calling
      expect([await withStatus(rig), ran()]).toEqual([['withdrawn'], 0])
    }
  })

  it('leaves the question to the other caller that waits for it', async () => {
    const { rig, one, session, ran } = await openHeld()
    const two = await session()
    const leaving = begin(rig.listening.endpoint, { headers: { ...mcpHeaders(), ...one.headers } })
    leaving.on('error', () => undefined)
    leaving.end(JSON.stringify(call(1)))
    const { id } = await rig.pending()
    const staying = two.call('up_delete_all')
    const waiting = async () => ((await rig.admin('GET', '/hil/pending')).body as { waiting: number }[])[0]?.waiting
    await expect.poll(waiting).toBe(2)
    leaving.destroy()
    await expect.poll(waiting).toBe(1)
    await rig.approve(id)
    expect([content(await staying), ran()]).toEqual([[false, 'deleted'], 1])
  })

  it('finds its call ended, not run, when the gateway closes', async () => {
    const { rig, one, ran } = await openHeld()
    const calling = one.call('up_delete_all')
    await rig.pending()
    await rig.close()
    expect([content(await calling), ran()]).toEqual([[true, expect.stringMatching(/gateway is closing.*Call again/)], 0])
  })
})

describe('while a call waits', () => {
  it('its answer is a stream of events from the start, and progress is told at once with words for the user', async () => {
    const { rig, one } = await openHeld()
    const stream = await openEvents(rig.listening.endpoint, one.headers, call(1, {}, { progressToken: 7 }))
    expect(stream.headers['content-type']).toBe('text/event-stream')
    const { params } = await stream.hears(({ method }) => method === 'notifications/progress')
    expect(params).toMatchObject({ progressToken: 7, message: 'waiting for approval in Fast Gateway, 0 s' })
    await rig.approve((await rig.pending()).id)
    expect(content(await stream.hears(({ id }) => id === 1))).toEqual([false, 'deleted'])
  })

  it(`progress rises every ${heartbeatMs / 1_000} s, and goes on rising when the upstream tells its own`, async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'Date'], now: Date.now() })
    onTestFinished(() => void vi.useRealTimers())
    const held = gate()
    const { rig, one } = await openHeld({ onCall: held.script })
    const stream = await openEvents(rig.listening.endpoint, one.headers, call(1, {}, { progressToken: 7 }))
    const { id } = await rig.pending()
    for (let n = 0; n < 3; n++) vi.advanceTimersByTime(heartbeatMs)
    await stream.hears(({ params }) => String(params?.message).endsWith('30 s'))
    await rig.approve(id)
    await held.arrived(1)
    const { got, res } = held.waiting[0] ?? {}
    const note = {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: got?.message.params?._meta?.progressToken, progress: 0 },
    }
    res?.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${JSON.stringify(note)}\n\n`)
    res?.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: got?.message.id, result: {} })}\n\n`)
    await stream.hears((message) => message.id === 1)
    const steps = stream.messages().flatMap(({ method, params }) => (method === 'notifications/progress' ? [Number(params?.progress)] : []))
    expect(steps).toHaveLength(5)
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
  })

  it(`without a progress token a comment keeps it open every ${houseMs / 1_000} s`, async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'Date'], now: Date.now() })
    onTestFinished(() => void vi.useRealTimers())
    const { rig, one } = await openHeld()
    const stream = await openEvents(rig.listening.endpoint, one.headers, call(1))
    const { id } = await rig.pending()
    vi.advanceTimersByTime(houseMs)
    await expect.poll(() => stream.text()).toContain(': keep-alive\n\n')
    await rig.approve(id)
    await stream.hears((message) => message.id === 1)
    expect(stream.messages()).toHaveLength(1)
  })

  it('time-outs of the upstream do not run: they begin after the approval', async () => {
    const { rig, one } = await openHeld()
    const [server] = rig.gateway.servers.list()
    await rig.gateway.servers.patch(server?.id ?? '', { timeout_seconds: 0.3 })
    const calling = one.call('up_delete_all')
    const { id } = await rig.pending()
    await new Promise((resolve) => setTimeout(resolve, 500))
    await rig.approve(id)
    expect(content(await calling)).toEqual([false, 'deleted'])
  })
})
