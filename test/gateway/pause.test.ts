import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import { createSqliteStore } from '../../src/main/gateway/store/sqlite'
import type { Plugin } from '../../src/main/gateway/plugin'
import { bundledPlugins } from '../../src/main/plugins'
import { GatewayError } from '../../src/shared/errors'
import type { ClientWithToken, GatewayStatus } from '../../src/shared/records'
import { openRawSession, type Message } from '../support/gateway-http'
import { adminToken, approverToken, openRig, type RigOptions } from '../support/gateway-rig'
import { gate, openToolServer, resourceServer, type ToolScript } from '../support/gateway-upstream'
import { initialize } from '../support/http-upstream'
import { storeFolder } from '../support/store-folder'

const say: ToolScript = ({ text }) => text('said')
const saying = /A person has paused all calls in Fast Gateway/

async function open(scripts: Readonly<Record<string, ToolScript>> = { say }, options: RigOptions = {}) {
  const upstream = await openToolServer(scripts)
  const rig = await openRig(options)
  await rig.add({ name: 'up', url: upstream.url })
  const { token }: ClientWithToken = rig.gateway.clients.create({ name: 'agent' })
  return { rig, upstream, session: await openRawSession(rig.listening.endpoint, { token }) }
}

/** A call that stands where `goOn` lets it go on reaches no server once all calls are paused. */
async function isStopped({ rig, upstream, session }: Awaited<ReturnType<typeof open>>, asked: Promise<void>, goOn: () => void) {
  const calling = session.call('up_say')
  await asked
  rig.gateway.pause()
  goOn()
  expect(textOf(await calling)).toEqual({ isError: true, text: expect.stringMatching(saying) as string })
  expect(upstream.asked('tools/call')).toEqual([])
}

const textOf = ({ result }: Message) => ({ isError: result?.isError === true, text: (result?.content as { text: string }[])[0]?.text })
const onlyPlugin = (plugin: Plugin): Plugin[] => [...bundledPlugins(), plugin]

describe('a gateway that is paused', () => {
  it('refuses new calls at every door, with a result that the model can read, and writes each down', async () => {
    const { rig, upstream, session } = await open()
    rig.gateway.pause()
    expect(textOf(await session.call('up_say'))).toEqual({ isError: true, text: expect.stringMatching(saying) as string })
    expect(textOf(await session.call('invoke_tool', { name: 'up_say', arguments: {} })).text).toMatch(saying)
    expect(textOf(await session.call('search_tools', { query: 'say' })).text).toMatch(saying)
    const rest = await rig.admin('POST', '/tools/up_say/call', {})
    expect(rest.body).toMatchObject({ is_error: true, content: [{ text: expect.stringMatching(saying) as string }] })
    await expect(rig.gateway.callTool('up_say')).rejects.toMatchObject({ code: 'gateway.paused' })
    const client = await rig.gateway.client()
    expect(await client.callTool({ name: 'up_say' })).toMatchObject({ isError: true })
    await client.close()
    expect(upstream.asked('tools/call')).toEqual([])
    const rows = (await rig.audit()).map(({ decision, decided_by, outcome, tool }) => ({ decision, decided_by, outcome, tool }))
    expect(rows.filter(({ tool }) => tool === 'say')).toEqual(
      Array.from({ length: 4 }, () => ({ decision: 'deny', decided_by: 'paused', outcome: 'denied', tool: 'say' })),
    )
    expect(rows.map(({ tool }) => tool)).toEqual(expect.arrayContaining(['invoke_tool', 'search_tools']))
  })

  it('goes on listing, and reads nothing for anybody', async () => {
    const upstream = await openToolServer({}, { capabilities: { resources: {}, prompts: {} }, onRequest: resourceServer(['a://1']) })
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    await rig.add({ name: 'up', url: upstream.url })
    const session = await openRawSession(rig.listening.endpoint)
    rig.gateway.pause()
    for (const method of ['ping', 'tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'])
      expect(await session.request(method), method).toHaveProperty('result')
    for (const [method, params] of [
      ['resources/read', { uri: 'a://1' }],
      ['resources/subscribe', { uri: 'a://1' }],
      ['prompts/get', { name: 'p' }],
      ['completion/complete', { ref: { type: 'ref/resource', uri: 'a://1' } }],
    ] as const)
      expect(await session.request(method, params), method).toMatchObject({ error: { data: { code: 'gateway.paused' } } })
    expect(upstream.asked('resources/read')).toEqual([])
    rig.gateway.resume()
    expect(await session.request('resources/read', { uri: 'a://1' })).toHaveProperty('result')
  })

  it('lets a call that its upstream is working on end', async () => {
    const held = gate()
    const { rig, session } = await open({ wait: held.script })
    const calling = session.call('up_wait')
    await held.arrived(1)
    rig.gateway.pause()
    held.open()
    expect(textOf(await calling)).toEqual({ isError: false, text: 'done' })
  })

  it('asks nothing over a connection that was being opened when it was paused', async () => {
    let [goOn, isAsked] = [() => undefined as void, () => undefined as void]
    const opened = new Promise<void>((resolve) => (goOn = resolve))
    const asked = new Promise<void>((resolve) => (isAsked = resolve))
    let connections = 0
    const upstream = await openToolServer(
      { say },
      {
        onInitialize(got, res, req) {
          const greet = () => initialize({ sessionId: `session-${connections}` })(got, res, req)
          if (++connections === 1) return greet()
          isAsked()
          void opened.then(greet)
        },
      },
    )
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    await rig.add({ name: 'up', url: upstream.url })
    await isStopped({ rig, upstream, session: await openRawSession(rig.listening.endpoint) }, asked, goOn)
  })

  it('does not let a call through that was let in before and is still on its way', async () => {
    let [goOn, isAsked] = [() => undefined as void, () => undefined as void]
    const [waiting, asked] = [new Promise<void>((resolve) => (goOn = resolve)), new Promise<void>((resolve) => (isAsked = resolve))]
    const preToolCall = () => (isAsked(), waiting)
    await isStopped(await open({ say }, { hooks: { preToolCall } }), asked, goOn)
  })

  it('has every plugin give up what waits, also when one of them fails', async () => {
    const paused: string[] = []
    const failing: Plugin = {
      name: 'failing',
      contribute: () => ({
        pause() {
          throw new Error('broken')
        },
      }),
    }
    const telling: Plugin = { name: 'telling', contribute: () => ({ pause: () => void paused.push('told') }) }
    const { rig } = await open({ say }, { plugins: [...onlyPlugin(failing), telling] })
    rig.gateway.pause()
    expect(paused).toEqual(['told'])
    expect(rig.lines).toContainEqual(expect.objectContaining({ level: 'error', message: expect.stringContaining('failing') as string }))
  })

  it('says so in its status and by an event, once, and so when it goes on', async () => {
    const { rig, session } = await open()
    expect(rig.gateway.status().paused_since).toBeNull()
    rig.gateway.pause()
    const { paused_since } = rig.gateway.status()
    expect(Date.parse(paused_since ?? '')).toBeGreaterThan(Date.now() - 60_000)
    rig.gateway.pause()
    rig.gateway.resume()
    rig.gateway.resume()
    expect(rig.gateway.status().paused_since).toBeNull()
    const told = rig.events.flatMap((each) => (each.event === 'gateway.paused' ? [each.data] : []))
    expect(told).toEqual([{ paused_since }, { paused_since: null }])
    expect(textOf(await session.call('up_say'))).toEqual({ isError: false, text: 'said' })
  })

  it('is paused and resumed over the admin API, by either credential', async () => {
    const { rig, session } = await open()
    for (const token of [adminToken, approverToken]) {
      const paused = await rig.admin('POST', '/pause', undefined, token)
      expect(paused).toMatchObject({ status: 200, body: { paused_since: expect.stringMatching(/Z$/) as string } })
      expect((await rig.admin('GET', '/status')).body).toMatchObject({ paused_since: (paused.body as GatewayStatus).paused_since })
      expect(textOf(await session.call('up_say')).text).toMatch(saying)
      expect(await rig.admin('POST', '/resume', undefined, token)).toMatchObject({ status: 200, body: { paused_since: null } })
      expect(textOf(await session.call('up_say')).text).toBe('said')
    }
  })

  it('is paused after a restart too, and runs after one once it was resumed', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const first = await openRig({ store: createSqliteStore({ file }) })
    first.gateway.pause()
    const { paused_since } = first.gateway.status()
    await first.close()
    const second = await openRig({ store: createSqliteStore({ file }) })
    expect(second.gateway.status()).toMatchObject({ paused_since })
    await expect(second.gateway.callTool('anything')).rejects.toMatchObject({ code: 'gateway.paused' })
    second.gateway.resume()
    await second.close()
    const third = await openRig({ store: createSqliteStore({ file }) })
    expect(third.gateway.status().paused_since).toBeNull()
  })

  it('is paused though it cannot be written down, and stays so while going on cannot be', async () => {
    const store = createMemoryStore()
    let failing = true
    const setMeta = (key: string, value: string) => {
      if (failing) throw new GatewayError('store.unavailable', 'The disk is full.')
      store.setMeta(key, value)
    }
    const { gateway, lines } = await openRig({ store: Object.assign(Object.create(store) as typeof store, { setMeta }) })
    gateway.pause()
    expect(gateway.status().paused_since).not.toBeNull()
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', message: expect.stringContaining('after a restart') as string }))
    failing = false
    gateway.resume()
    gateway.pause()
    failing = true
    expect(() => gateway.resume()).toThrow('The disk is full.')
    expect(gateway.status().paused_since).not.toBeNull()
  })
})
