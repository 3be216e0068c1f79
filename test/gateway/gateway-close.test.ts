import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createGateway } from '../../src/main/gateway/gateway'
import { createSqliteStore } from '../../src/main/gateway/store/sqlite'
import { bundledPlugins } from '../../src/main/plugins'
import { openEvents, openRawSession, postMcp, initializeMessage, type Message, type RawSession } from '../support/gateway-http'
import { openRig, type RigOptions } from '../support/gateway-rig'
import { gate, openToolServer } from '../support/gateway-upstream'
import { openSqliteStore, storeFolder } from '../support/store-folder'
import { isAlive } from '../support/upstream-rig'

const childScript = fileURLToPath(new URL('../support/gateway-child.mjs', import.meta.url))
const text = (message: Message) => (message.result?.content as { text: string }[] | undefined)?.[0]?.text

async function openUp(options: RigOptions = {}) {
  const held = gate()
  const upstream = await openToolServer({ hold: held.script, read: ({ text }) => text('read') })
  const rig = await openRig({ ...options, config: { mcp_auth: 'none', ...options.config } })
  await rig.add({ name: 'up', url: upstream.url })
  return { rig, upstream, held, session: await openRawSession(rig.listening.endpoint) }
}

describe('closing a gateway', () => {
  it('lets what is running end, and refuses what comes meanwhile', async () => {
    const { rig, held, session } = await openUp()
    const running = session.call('up_hold')
    await held.arrived(1)
    const closing = rig.gateway.close({ drainMs: 10_000 })
    expect(text(await session.call('up_read'))).toContain('closing')
    expect((await session.request('tools/list')).error?.message).toContain('closing')
    expect(await session.request('ping')).toMatchObject({ result: {} })
    await expect(rig.gateway.callTool('up_read')).rejects.toMatchObject({ code: 'gateway.closing' })
    held.open()
    expect(text(await running)).toBe('done')
    await closing
    await expect(postMcp(rig.listening.endpoint, initializeMessage())).rejects.toThrow()
  })

  it('cancels what is still running when its patience is over, and the audit says so', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const { rig, upstream, held, session } = await openUp({ store: createSqliteStore({ file }), plugins: bundledPlugins() })
    const running = session.call('up_hold').catch(() => 'cut off')
    await held.arrived(1)
    await rig.gateway.close({ drainMs: 50 })
    await running
    await upstream.saw(({ message, method }) => message.method === 'notifications/cancelled' || method === 'DELETE')
    expect(rig.lines.filter(({ level }) => level === 'error')).toEqual([])
    const [row] = openSqliteStore(file).audit.query({ limit: 10 }).entries
    expect(row).toMatchObject({ tool: 'hold', outcome: 'cancelled' })
  })

  it('ends every stream, session and connection, once, however often it is asked', async () => {
    const { rig, upstream, session } = await openUp()
    await session.call('up_read')
    const stream = await openEvents(rig.listening.endpoint, session.headers)
    await Promise.all([rig.gateway.close(), rig.gateway.close()])
    await stream.ended
    expect(rig.events.filter(({ event }) => event === 'gateway.closing')).toHaveLength(1)
    await upstream.saw(({ method }) => method === 'DELETE')
    expect(upstream.got.filter(({ method }) => method === 'DELETE')).toHaveLength(2)
  })

  it('before it has started is no accident', async () => {
    const gateway = createGateway({ demo: true, plugins: bundledPlugins() })
    const calling = gateway.callTool('demo_echo', { message: 'x' })
    const refused = expect(calling).rejects.toMatchObject({ code: 'gateway.closing' })
    await gateway.close()
    await refused
  })
})

describe('a stdio server', () => {
  const child = { name: 'child', command: process.execPath, args: [childScript] }
  async function openChild() {
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    const server = await rig.add(child)
    return { rig, server, session: await openRawSession(rig.listening.endpoint) }
  }
  const pid = async (session: RawSession) => Number(text(await session.call('child_pid')))

  it('that ends in mid-call fails that call, and runs again for the next', async () => {
    const { rig, server, session } = await openChild()
    const first = await pid(session)
    expect(await session.call('child_exit')).toMatchObject({ result: { isError: true } })
    await rig.until(() => rig.gateway.servers.get(server.id).state === 'ready')
    const second = await pid(session)
    expect([second > 0, second === first, isAlive(first)]).toEqual([true, false, false])
  })

  it('that writes noise to its output is answered through it', async () => {
    const { session } = await openChild()
    expect(text(await session.call('child_noise'))).toBe('despite the noise')
    expect(await pid(session)).toBeGreaterThan(0)
  })

  it('ends with the gateway, also in mid-call', async () => {
    const { rig, session } = await openChild()
    const running = await pid(session)
    const holding = session.call('child_hold').catch(() => undefined)
    await expect.poll(() => rig.gateway.status().calls_in_flight).toBe(1)
    await rig.close()
    await holding
    expect(isAlive(running)).toBe(false)
  })

  it('does not run, and shows no tools, until a person has confirmed its command', async () => {
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    const { id, state, trust_hash } = await rig.gateway.servers.create(child)
    const session = await openRawSession(rig.listening.endpoint)
    expect([state, (await session.request('tools/list')).result?.tools]).toEqual(['needs_trust', []])
    expect(await session.call('child_pid')).toMatchObject({ result: { isError: true } })
    await rig.gateway.servers.trust(id, trust_hash ?? '')
    await rig.until(() => rig.gateway.servers.get(id).state === 'ready')
    expect(await pid(session)).toBeGreaterThan(0)
  })
})
