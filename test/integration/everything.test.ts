import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerDraft } from '../../src/shared/records'
import { connectClient, firstText, type RealClient } from '../support/gateway-client'
import { openRig, type Rig } from '../support/gateway-rig'
import { openEverything, stdioDraft, type Everything } from '../support/integration-upstreams'

/*
 * `@modelcontextprotocol/server-everything` through the gateway, with the SDK's own client, over each transport.
 */

const open: (() => Promise<unknown>)[] = []
const ending = (close: () => Promise<unknown>) => void open.push(close)
const closeAll = async () => {
  for (const close of open.splice(0).reverse()) await close()
}

const draftOf: Record<string, () => Promise<ServerDraft>> = {
  http: async () => ({ name: 'all', url: (await openEverything('streamableHttp', ending)).url }),
  sse: async () => ({ name: 'all', transport: 'sse', url: (await openEverything('sse', ending)).url }),
  stdio: async () => stdioDraft('all', 'everything', ['stdio']),
}

describe.each(['http', 'sse', 'stdio'])('server-everything over %s', (transport) => {
  let rig: Rig
  let one: RealClient
  beforeAll(async () => {
    rig = await openRig({ config: { mcp_auth: 'none' }, ending })
    await rig.add((await draftOf[transport]?.()) ?? { name: 'none' })
    one = await connectClient(rig.listening.endpoint, { ending })
  })
  afterAll(closeAll)

  it('is ready, with its 13 tools, 4 prompts, 7 resources and 2 templates', async () => {
    expect(rig.gateway.servers.list()).toMatchObject([{ state: 'ready', tool_count: 13, catalog_problems: [] }])
    expect(await one.names()).toHaveLength(13)
    expect((await one.client.listPrompts()).prompts.map(({ name }) => name)).toContain('all_args-prompt')
    expect((await one.client.listResources()).resources).toHaveLength(7)
    expect((await one.client.listResourceTemplates()).resourceTemplates).toHaveLength(2)
  })

  it('answers calls: text, numbers, structured content, an image', async () => {
    expect(await one.text('all_echo', { message: 'grüß dich' })).toBe('Echo: grüß dich')
    expect(await one.text('all_get-sum', { a: 2, b: 40 })).toContain('42')
    const structured = await one.client.callTool({ name: 'all_get-structured-content', arguments: { location: 'Chicago' } })
    expect(structured.structuredContent).toMatchObject({ temperature: expect.any(Number) as number })
    const image = await one.client.callTool({ name: 'all_get-tiny-image', arguments: {} })
    expect(image.content).toContainEqual(expect.objectContaining({ type: 'image', mimeType: 'image/png' }))
  })

  it('says itself what is wrong with arguments', async () => {
    const refused = await one.client.callTool({ name: 'all_get-sum', arguments: { a: 'two' } }).catch((error: unknown) => error)
    expect(JSON.stringify(refused) + String(refused)).toMatch(/invalid/i)
  })

  it('tells the progress of a long operation', async () => {
    const steps: unknown[] = []
    const params = { name: 'all_trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 } }
    const result = await one.client.callTool(params, undefined, { onprogress: ({ progress, total }) => steps.push([progress, total]) })
    expect(firstText(result)).toContain('completed')
    expect(steps).toEqual([1, 2, 3, 4].map((step) => [step, 4]))
  })

  it('is cancelled in the middle of a long operation and goes on serving', async () => {
    const stop = new AbortController()
    const params = { name: 'all_trigger-long-running-operation', arguments: { duration: 20, steps: 40 } }
    const calling = one.client.callTool(params, undefined, { signal: stop.signal, onprogress: () => stop.abort() })
    await expect(calling).rejects.toThrow()
    await expect.poll(() => rig.gateway.status().calls_in_flight).toBe(0)
    expect(await one.text('all_echo', { message: 'still here' })).toBe('Echo: still here')
  })

  it('gives prompts, completions, resources, and those that templates make', async () => {
    const { messages } = await one.client.getPrompt({ name: 'all_args-prompt', arguments: { city: 'Ulm', state: 'BW' } })
    expect(JSON.stringify(messages)).toContain('Ulm')
    const completed = await one.client.complete({
      ref: { type: 'ref/prompt', name: 'all_completable-prompt' },
      argument: { name: 'department', value: 'Eng' },
    })
    expect(completed.completion.values).toEqual(['Engineering'])
    const template = await one.client.complete({
      ref: { type: 'ref/resource', uri: 'demo://resource/dynamic/text/{resourceId}' },
      argument: { name: 'resourceId', value: '7' },
    })
    expect(template.completion.values).toEqual(['7'])
    const [first] = (await one.client.listResources()).resources
    expect((await one.client.readResource({ uri: first?.uri ?? '' })).contents[0]).toHaveProperty('text')
    expect((await one.client.readResource({ uri: 'demo://resource/dynamic/text/7' })).contents[0]).toMatchObject({
      text: expect.stringContaining('Resource 7') as string,
    })
  })

  it('tells of a resource that was subscribed to, and logs at the level that was asked for', async () => {
    const two = await connectClient(rig.listening.endpoint)
    await two.client.setLoggingLevel('debug')
    await two.client.subscribeResource({ uri: 'demo://resource/dynamic/text/7' })
    await two.text('all_toggle-subscriber-updates')
    expect((await two.hears('notifications/resources/updated')).params).toMatchObject({ uri: 'demo://resource/dynamic/text/7' })
    expect(one.heard.filter(({ method }) => method === 'notifications/resources/updated')).toEqual([])
    await two.text('all_toggle-subscriber-updates')
    await two.client.unsubscribeResource({ uri: 'demo://resource/dynamic/text/7' })
  })

  it('shows each group its part, with and without a slash, and nobody what is denied', async () => {
    const [server] = rig.gateway.servers.list()
    const group = rig.gateway.groups.create({
      name: 'few',
      member_server_ids: [server?.id ?? ''],
      allow: ['echo', 'get-*'],
      deny: ['*env*'],
    })
    for (const path of ['/g/few', '/g/few/']) {
      const few = await connectClient(rig.listening.endpoint + path)
      expect((await few.names()).sort()).toEqual(
        ['annotated-message', 'resource-links', 'resource-reference', 'structured-content', 'sum', 'tiny-image']
          .map((name) => `all_get-${name}`)
          .concat('all_echo')
          .sort(),
      )
      expect(await few.text('all_get-env')).toContain('There is no tool "all_get-env"')
      expect((await few.client.listPrompts()).prompts).toEqual([])
    }
    rig.gateway.groups.remove(group.id)
    await expect(connectClient(`${rig.listening.endpoint}/g/few`)).rejects.toThrow(/404|no group/)
  })

  it('tells a client of an edit at once, and the next list and call obey it', async () => {
    const [server] = rig.gateway.servers.list()
    const two = await connectClient(rig.listening.endpoint)
    await two.names()
    await rig.admin('PATCH', `/servers/${server?.id ?? ''}`, { deny: ['get-env'] })
    await two.hears('notifications/tools/list_changed')
    expect(await two.names()).not.toContain('all_get-env')
    expect(await two.text('all_get-env')).toContain('There is no tool')
    await rig.admin('PATCH', `/servers/${server?.id ?? ''}`, { deny: [] })
    await expect.poll(two.names).toContain('all_get-env')
  })

  it('serves many clients at once, whose ids are all alike, without mixing them up', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => connectClient(rig.listening.endpoint)))
    const said = await Promise.all(
      clients.flatMap(({ text }, who) => Array.from({ length: 10 }, async (_each, n) => text('all_echo', { message: `${who}.${n}` }))),
    )
    expect(said).toEqual(clients.flatMap((_client, who) => Array.from({ length: 10 }, (_each, n) => `Echo: ${who}.${n}`)))
  })
})

describe('server-everything that dies', () => {
  let rig: Rig
  let everything: Everything
  let one: RealClient
  beforeAll(async () => {
    everything = await openEverything('streamableHttp', ending)
    rig = await openRig({ config: { mcp_auth: 'none' }, demo: true, ending })
    await rig.add({ name: 'all', url: everything.url })
    one = await connectClient(rig.listening.endpoint, { ending })
  })
  afterAll(closeAll)

  it('is greeted again after a restart; the session of the client goes on', async () => {
    expect(await one.text('all_echo', { message: '1' })).toBe('Echo: 1')
    await everything.restart()
    expect(await one.text('all_echo', { message: '2' })).toBe('Echo: 2')
  })

  it('in the middle of a call fails that call at once, keeps its tools listed, and hurts no other server', async () => {
    const params = { name: 'all_trigger-long-running-operation', arguments: { duration: 20, steps: 40 } }
    const dying = one.client.callTool(params, undefined, { onprogress: () => void everything.kill() })
    expect(await dying).toMatchObject({ isError: true })
    expect(await one.text('all_echo')).toMatch(/all/)
    expect(await one.names()).toContain('all_echo')
    expect(await one.text('demo_echo', { message: 'still here' })).toBe('still here')
    await everything.restart()
    await expect.poll(() => one.text('all_echo', { message: '3' }), { timeout: 20_000, interval: 500 }).toBe('Echo: 3')
  })
})
