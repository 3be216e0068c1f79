import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Approval, GatewayStatus } from '../../src/shared/records'
import { built, buildTimeoutMs } from '../support/cli-runner'
import { connectClient, firstText, type RealClient } from '../support/gateway-client'
import { openEverything } from '../support/integration-upstreams'
import { openRealGateway, type RealGateway } from '../support/real-gateway'

beforeAll(built, buildTimeoutMs)

const patience = { timeout: 20_000, interval: 50 }
const history = async (gateway: RealGateway) => (await gateway.admin('GET', '/hil/history')).body as Approval[]
const told = ({ heard }: RealClient, method: string) => heard.filter((each) => each.method === method).length

/** How often server-everything has said that it was given this client's roots, which it asks for on every new connection. */
const rootsGiven = ({ heard }: RealClient) => heard.filter(({ params }) => String(params.data).startsWith('Roots updated: 1 root')).length

describe.each(['SIGTERM', 'SIGKILL'] as const)('a gateway that is ended by %s and started again', (signal) => {
  it('goes on with the same client and the same session: calls, its stream, and a connection of its own to the upstream', async () => {
    const everything = await openEverything()
    const gateway = await openRealGateway()
    await gateway.add({ name: 'all', url: everything.url })
    const token = await gateway.token('agent')
    let asked = 0
    const one = await connectClient(gateway.endpoint, {
      token,
      capabilities: { roots: {} },
      prepare: (client) =>
        client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///home/ada', name: `asked ${++asked}` }] })),
    })
    const before = await one.names()
    expect(await one.text('all_echo', { message: 'before' })).toBe('Echo: before')
    await expect.poll(() => rootsGiven(one), patience).toBe(1)
    const { sessionId } = one.transport
    const lists = told(one, 'notifications/tools/list_changed')

    expect(await gateway.end(signal)).toBe(signal === 'SIGTERM' ? 0 : null)
    await gateway.again()
    expect(await one.names()).toEqual(before)
    // The stream that the client opens again by itself: what it may have missed, and then what the upstream asks it.
    await expect.poll(() => told(one, 'notifications/tools/list_changed'), patience).toBeGreaterThan(lists)
    expect(await one.text('all_echo', { message: 'after' })).toBe('Echo: after')
    expect(one.transport.sessionId).toBe(sessionId)
    expect(((await gateway.admin('GET', '/status')).body as GatewayStatus).sessions).toBe(1)
    await expect.poll(() => [asked, rootsGiven(one)], patience).toEqual([2, 2])
    await gateway.admin('PATCH', `/servers/${(await gateway.server('all')).id}`, { deny: ['get-env'] })
    await expect.poll(one.names, patience).not.toContain('all_get-env')
    expect((await gateway.audit()).map(({ session_id: id, outcome }) => [id, outcome])).toEqual([
      [sessionId, 'ok'],
      [sessionId, 'ok'],
    ])
  })

  it('ends what waited for a person: the caller is told, nothing runs, and nobody can approve it any more', async () => {
    const gateway = await openRealGateway()
    const one = await connectClient(gateway.endpoint, { token: await gateway.token('agent') })
    const calling = one.client
      .callTool({ name: 'demo_delete_note', arguments: { id: 1 } })
      .then(firstText, (error: unknown) => String(error))
    const { id } = await gateway.pending()
    await gateway.end(signal)
    await gateway.again()
    expect(await calling).toMatch(
      signal === 'SIGTERM' ? /The gateway is closing.*nothing was run/ : /no answer to this call any more, as after a restart/,
    )
    expect((await gateway.admin('GET', '/hil/pending')).body).toEqual([])
    expect((await gateway.decide(id, 'approve')).status).toBe(404)
    expect(await history(gateway)).toMatchObject([{ id, status: 'expired', decided_by: 'restart' }])
    expect((await gateway.audit()).filter(({ outcome }) => outcome === 'ok')).toEqual([])
  })

  it('keeps an approval that came after its caller had gone: the same call runs once', async () => {
    const gateway = await openRealGateway({ hil: { impatient_seconds: 0.2 } })
    const one = await connectClient(gateway.endpoint, { token: await gateway.token('agent') })
    const callAgain = /call .*again with the same arguments/i
    expect(await one.text('demo_delete_note', { id: 1 })).toMatch(callAgain)
    await gateway.decide((await gateway.pending()).id, 'approve')
    await gateway.end(signal)
    await gateway.again()
    expect(await one.text('demo_delete_note', { id: 1 })).toBe('Deleted note 1.')
    expect(await one.text('demo_delete_note', { id: 1 })).toMatch(callAgain)
  })
})

describe('a gateway whose upstreams are down when it starts', () => {
  it('lists what they offered at once, says which is down, and uses it as soon as it is back', async () => {
    const everything = await openEverything()
    const gateway = await openRealGateway()
    await gateway.add({ name: 'all', url: everything.url })
    const token = await gateway.token('agent')
    const before = await connectClient(gateway.endpoint, { token })
    const names = await before.names()
    await gateway.end()
    await everything.kill()
    await gateway.again()
    const after = await connectClient(gateway.endpoint, { token })
    expect(await after.names()).toEqual(names)
    expect(await after.client.callTool({ name: 'all_echo', arguments: { message: 'x' } })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('all') as string }],
    })
    await everything.restart()
    await expect.poll(() => after.text('all_echo', { message: 'back' }), { ...patience, interval: 250 }).toBe('Echo: back')
    await gateway.reaches('all', 'ready')
  })
})
