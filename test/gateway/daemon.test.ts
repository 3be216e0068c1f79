import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectClient } from '../support/gateway-client'
import { freePort } from '../support/free-port'
import { newDataFolder, startDaemon, takePort, type RunningDaemon } from '../support/gateway-daemon'
import { bearer, initializeMessage, openEvents, openRawSession, postMcp, rawSession, send } from '../support/gateway-http'
import { openToolServer } from '../support/gateway-upstream'

const demoReady = (rig: RunningDaemon) => rig.until(() => rig.gateway.servers.list()[0]?.state === 'ready')

describe('the port of a daemon', () => {
  it('that was chosen at the first run is written into the config and stays', async () => {
    const folder = newDataFolder({ name: 'mine' })
    const first = await startDaemon(folder)
    const { port } = first.listening
    expect(folder.config()).toEqual({ name: 'mine', port })
    await first.close()
    const second = await startDaemon(folder)
    expect(second.listening.port).toBe(port)
  })

  it('is the next free one when the usual one is taken at the first run', async () => {
    const taken = await takePort(7411).catch(() => undefined)
    const { listening } = await startDaemon(newDataFolder())
    await taken?.release()
    expect(listening.port).toBeGreaterThan(7411)
  })

  it('that the config names and somebody else has is not exchanged for another', async () => {
    const taken = await takePort(0)
    const folder = newDataFolder({ port: taken.port })
    await expect(startDaemon(folder)).rejects.toMatchObject({
      code: 'listen.port_taken',
      message: expect.stringContaining(String(taken.port)) as string,
    })
    expect(folder.config()).toEqual({ port: taken.port })
    await taken.release()
    expect((await startDaemon(folder)).listening.port).toBe(taken.port)
  })

  it('0 is a free one for this run only', async () => {
    const folder = newDataFolder()
    await startDaemon(folder, { port: 0 })
    expect(folder.config()).toEqual({})
  })
})

describe('the files of a daemon', () => {
  it('hold the generated admin token for their owner only, and the approver credential nowhere', async () => {
    const folder = newDataFolder()
    const first = await startDaemon(folder, { port: 0, env: {} })
    const { admin, approver } = first.daemon
    expect([admin.origin, folder.mode('admin-token'), readFileSync(join(folder.path, 'admin-token'), 'utf8').trim()]).toEqual([
      'file',
      '600',
      admin.token,
    ])
    const { token } = first.gateway.clients.create({ name: 'agent' })
    expect((await first.admin('GET', '/status', undefined, admin.token)).status).toBe(200)
    for (const name of ['gateway.db', 'gateway.audit.db']) expect(folder.mode(name), name).toBe('600')
    await first.close()
    for (const secret of [approver.token, token]) expect(folder.contents()).not.toContain(secret)
    const second = await startDaemon(folder, { port: 0, env: {} })
    expect(second.daemon.admin.token).toBe(admin.token)
    expect(second.daemon.approver).toMatchObject({ generated: true })
    expect(second.daemon.approver.token).not.toBe(approver.token)
  })

  it('belong to one daemon: a second one says so, and the first goes on', async () => {
    const folder = newDataFolder()
    const first = await startDaemon(folder, { port: 0 })
    await expect(startDaemon(folder, { port: 0 })).rejects.toMatchObject({ code: 'store.locked' })
    expect((await first.admin('GET', '/status')).status).toBe(200)
    await first.close()
    await startDaemon(folder, { port: 0 })
  })
})

describe('a config that cannot be used at the start', () => {
  it.each([
    ['half a file', '{ "name": "x", '],
    ['a key that is not known', { polcy: { deny: ['*'] } }],
    ['a policy that does not parse', { policy: { deny: ['*a*b*c*d*e*'] } }],
    ['a policy file that is not there', { policy_file: 'nowhere.json' }],
    ['nothing at all', ''],
  ])('means safe mode: everything is denied, loudly, until it is mended: %s', async (_what, config) => {
    const port = await freePort()
    const folder = newDataFolder({ port })
    const before = await startDaemon(folder)
    await demoReady(before)
    const { token } = before.gateway.clients.create({ name: 'agent' })
    const { id } = await openRawSession(before.listening.endpoint, { token })
    await before.close()

    folder.write(config)
    const rig = await startDaemon(folder, { port })
    const session = rawSession(rig.listening.endpoint, id, bearer(token))
    expect(JSON.parse((await send(`${rig.base}/health`, { method: 'GET' })).text)).toMatchObject({ status: 'safe_mode' })
    expect((await rig.admin('GET', '/status')).body).toMatchObject({ safe_mode: true, config_error: expect.any(String) as string })
    expect(rig.lines.some(({ level, message }) => level === 'error' && message.includes('SAFE MODE'))).toBe(true)
    expect((await session.call('demo_echo', { message: 'x' })).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('denies everything') as string }],
    })
    expect((await session.request('tools/list')).error).toMatchObject({ data: { code: 'config.safe_mode' } })
    await expect(rig.gateway.callTool('demo_echo', { message: 'x' })).rejects.toMatchObject({ code: 'config.safe_mode' })
    expect((await rig.admin('POST', '/tools/demo_echo/call', { arguments: { message: 'x' } })).body).toMatchObject({ is_error: true })
    expect(await session.request('ping')).toMatchObject({ result: {} })

    folder.write({ port })
    await rig.until(() => rig.gateway.status().safe_mode === false)
    await rig.until(() => rig.gateway.servers.list()[0]?.state === 'ready')
    expect((await session.call('demo_echo', { message: 'healed' })).result).toMatchObject({ content: [{ text: 'healed' }] })
    expect(JSON.parse((await send(`${rig.base}/health`, { method: 'GET' })).text)).toMatchObject({ status: 'ok' })
  })
})

describe('an edit of the config of a running daemon', () => {
  async function openEdited() {
    const folder = newDataFolder({ mcp_auth: 'none' })
    const rig = await startDaemon(folder, { port: 0 })
    await demoReady(rig)
    return { folder, rig, session: await openRawSession(rig.listening.endpoint) }
  }

  it('that is broken keeps the last good one, says so, and is forgotten when it is mended', async () => {
    const { folder, rig, session } = await openEdited()
    folder.write('{ "mcp_auth": "non')
    await rig.until(() => rig.gateway.status().config_error !== null)
    expect(rig.gateway.status()).toMatchObject({ safe_mode: false, config_error: expect.stringContaining('gateway.json') as string })
    expect((await session.call('demo_echo', { message: 'x' })).result).toMatchObject({ content: [{ text: 'x' }] })
    folder.write({ mcp_auth: 'none', policy: { deny: ['demo_echo'] } })
    await rig.until(() => rig.gateway.status().config_error === null)
    expect((await session.call('demo_echo', { message: 'x' })).result).toMatchObject({ isError: true })
  })

  it('is in force at once: policy, list mode, tokens and body limit; and who is affected is told', async () => {
    const { folder, rig, session } = await openEdited()
    await session.request('tools/list')
    const heard = await openEvents(rig.listening.endpoint, session.headers)
    folder.write({ mcp_auth: 'none', list_mode: 'meta', max_body_mb: 0.001 })
    await heard.hears(({ method }) => method === 'notifications/tools/list_changed')
    heard.close()
    expect((await session.request('tools/list')).result?.tools).toHaveLength(3)
    expect((await session.post({ jsonrpc: '2.0', id: 1, method: 'ping', params: { x: 'x'.repeat(2_000) } })).status).toBe(413)
    folder.write({ mcp_auth: 'token' })
    await expect.poll(async () => (await postMcp(rig.listening.endpoint, initializeMessage())).status).toBe(401)
  })
})

describe('a restart', () => {
  async function restarted(work: (before: RunningDaemon, token: string) => Promise<string>) {
    const folder = newDataFolder({ port: await freePort(), hil: { impatient_seconds: 0.2 } })
    const before = await startDaemon(folder)
    await demoReady(before)
    const { token } = before.gateway.clients.create({ name: 'agent' })
    const id = await work(before, token)
    await before.close()
    const rig = await startDaemon(folder)
    return { rig, token, session: rawSession(rig.listening.endpoint, id, bearer(token)) }
  }

  it('is not noticed by a session: its id, its client and its view go on', async () => {
    const { rig, session } = await restarted(async ({ listening }, token) => {
      const one = await openRawSession(listening.endpoint, { token, capabilities: { roots: {} } })
      await one.request('tools/list')
      return one.id
    })
    expect((await session.call('demo_echo', { message: 'still me' })).result).toMatchObject({ content: [{ text: 'still me' }] })
    expect(await rig.audit()).toMatchObject([{ client: 'agent', session_id: session.id }])
    expect(rig.gateway.status().sessions).toBe(1)
  })

  it('is told to who listens again: every list may be another now', async () => {
    let last = ''
    const { rig, session } = await restarted(async ({ listening }, token) => {
      const one = await openRawSession(listening.endpoint, { token })
      const heard = await openEvents(listening.endpoint, one.headers)
      await expect.poll(() => heard.events().length).toBe(1)
      last = heard.events()[0]?.id ?? ''
      heard.close()
      return one.id
    })
    const heard = await openEvents(rig.listening.endpoint, { ...session.headers, 'last-event-id': last })
    await heard.hears(({ method }) => method === 'notifications/resources/list_changed')
    heard.close()
    const told = ['tools', 'prompts', 'resources'].map((list) => `notifications/${list}/list_changed`)
    expect(heard.messages().map(({ method }) => method)).toEqual(told)
  })

  it("is survived by the SDK's client, which opens its stream again by itself", async () => {
    const folder = newDataFolder({ port: await freePort() })
    const before = await startDaemon(folder)
    await demoReady(before)
    const { token } = before.gateway.clients.create({ name: 'agent' })
    const one = await connectClient(before.listening.endpoint, { token })
    await before.until(() => before.gateway.status().sessions === 1)
    expect(await one.text('demo_echo', { message: 'before' })).toBe('before')
    const { sessionId } = one.transport
    await before.close()
    const rig = await startDaemon(folder)
    await one.hears('notifications/tools/list_changed')
    expect(await one.text('demo_echo', { message: 'after' })).toBe('after')
    expect([one.transport.sessionId, rig.gateway.status().sessions]).toEqual([sessionId, 1])
  })

  it('ends the session of who was removed meanwhile', async () => {
    const { session } = await restarted(async ({ listening, gateway }, token) => {
      const one = await openRawSession(listening.endpoint, { token })
      gateway.clients.remove(gateway.clients.list()[0]?.id ?? '')
      return one.id
    })
    expect((await session.post({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(401)
  })

  it('keeps an approval that came after its caller had gone: the identical call runs once', async () => {
    const { rig, session } = await restarted(async (before, token) => {
      const one = await openRawSession(before.listening.endpoint, { token })
      expect((await one.call('demo_delete_note', { id: 1 })).result).toMatchObject({ isError: true })
      await before.approve((await before.pending()).id)
      return one.id
    })
    expect((await session.call('demo_delete_note', { id: 1 })).result).toMatchObject({ content: [{ text: 'Deleted note 1.' }] })
    expect((await session.call('demo_delete_note', { id: 1 })).result).toMatchObject({ isError: true })
    expect((await rig.audit()).map(({ decision }) => decision)).toEqual(['unconfirmed', 'approved', 'unconfirmed'])
  })

  it('ends what waited for a person: it is in the history, and nothing of it runs', async () => {
    const upstream = await openToolServer({ delete_all: ({ text }) => text('deleted') })
    const { rig } = await restarted(async (before, token) => {
      await before.add({ name: 'up', url: upstream.url })
      const one = await openRawSession(before.listening.endpoint, { token })
      void one.call('up_delete_all').catch(() => undefined)
      await before.pending()
      return one.id
    })
    expect((await rig.admin('GET', '/hil/pending')).body).toEqual([])
    expect((await rig.admin('GET', '/hil/history')).body).toMatchObject([{ status: 'expired', decided_by: 'restart' }])
    expect(upstream.asked('tools/call')).toEqual([])
  })

  it('lists the last-known tools at once, also of a server that is down', async () => {
    const upstream = await openToolServer({ read: ({ text }) => text('x') })
    const { rig, session } = await restarted(async (before, token) => {
      await before.add({ name: 'up', url: upstream.url })
      await upstream.close()
      return (await openRawSession(before.listening.endpoint, { token })).id
    })
    const tools = (await session.request('tools/list')).result?.tools as { name: string }[]
    expect(tools.map(({ name }) => name)).toContain('up_read')
    expect((await session.call('up_read')).result).toMatchObject({ isError: true })
    await rig.until(() => rig.gateway.servers.list().some(({ name, state }) => name === 'up' && ['failed', 'degraded'].includes(state)))
  })
})

describe('servers that are connected after something else', () => {
  it('are listed from what was stored, are connecting, and one that is called does not wait', async () => {
    const folder = newDataFolder()
    const upstream = await openToolServer({ hello: (call) => call.text('hello') })
    const first = await startDaemon(folder, { port: 0 })
    await first.add({ name: 'up', transport: 'http', url: upstream.url })
    await first.close()
    const connections = upstream.asked('initialize').length
    let begin = (): void => undefined
    const second = await startDaemon(folder, { port: 0, connectAfter: new Promise<void>((resolve) => (begin = resolve)) })
    const state = (name: string) => second.gateway.servers.list().find((server) => server.name === name)?.state
    const { token } = second.gateway.clients.create({ name: 'agent' })
    const agent = await connectClient(second.listening.endpoint, { token })
    expect(await agent.names()).toContain('up_hello')
    expect([state('up'), state('demo')]).toEqual(['connecting', 'connecting'])
    expect(upstream.asked('initialize')).toHaveLength(connections)
    expect(await agent.text('up_hello')).toBe('hello')
    expect([state('up'), state('demo')]).toEqual(['connecting', 'connecting'])
    begin()
    await second.until(() => state('up') === 'ready' && state('demo') === 'ready')
  })
})
