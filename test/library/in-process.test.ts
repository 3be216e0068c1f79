import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, describe, expect, it } from 'vitest'
import { createGateway, type Gateway, type GatewayEvent, type GatewayOptions } from '../../src/main/library'
import { openAskingUpstream } from '../support/library-upstream'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function started(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = createGateway({ demo: true, ...options })
  open.push(gateway)
  await gateway.ready
  return gateway
}
const textOf = (result: Record<string, unknown>) => (result.content as { text: string }[]).map(({ text }) => text).join('\n')

describe('a program that embeds the gateway', () => {
  it('lists and calls tools by their exposed names', async () => {
    const gateway = await started()
    expect((await gateway.listTools()).map((tool) => tool.name)).toContain('demo_add')
    expect(await gateway.callTool('demo_add', { a: 2, b: 3 })).toMatchObject({ structuredContent: { sum: 5 } })
  })

  it('sees and calls through a group what the group shows, and nothing else', async () => {
    const gateway = await started()
    const [demo] = gateway.servers.list()
    gateway.groups.create({ name: 'readonly', member_server_ids: [demo?.id ?? ''], allow: ['echo', 'time'] })
    const group = 'readonly'
    expect((await gateway.listTools({ group })).map((tool) => tool.bare_name)).toEqual(['echo', 'time'])
    expect(textOf(await gateway.callTool('demo_echo', { message: 'hello' }, { group }))).toBe('hello')
    await expect(gateway.callTool('demo_add', { a: 1, b: 1 }, { group })).rejects.toMatchObject({ code: 'tool.not_found' })
    await expect(gateway.listTools({ group: 'none' })).rejects.toMatchObject({ code: 'group.not_found' })
    await expect(gateway.callTool('demo_echo', {}, { group: 'none' })).rejects.toMatchObject({ code: 'group.not_found' })
    await expect(gateway.client({ group: 'none' })).rejects.toMatchObject({ code: 'group.not_found' })
  })

  it('calls under the name that it gives itself, which its own hooks see', async () => {
    const seen: unknown[] = []
    const gateway = await started({ hooks: { preToolCall: ({ context }) => void seen.push([context.client, context.door]) } })
    await gateway.callTool('demo_echo', { message: '' })
    await gateway.callTool('demo_echo', { message: '' }, { client: 'nightly' })
    const client = await gateway.client({ name: 'assistant' })
    await client.callTool({ name: 'demo_echo', arguments: { message: '' } })
    await client.close()
    expect(seen).toEqual([
      ['library', 'library'],
      ['nightly', 'library'],
      ['assistant', 'mcp'],
    ])
  })

  it('may give a call up, by a signal or after a time', async () => {
    const gateway = await started()
    const stop = new AbortController()
    const call = gateway.callTool('demo_countdown', { from: 20 }, { signal: stop.signal })
    stop.abort()
    await expect(call).rejects.toMatchObject({ code: 'call.cancelled' })
    await expect(gateway.callTool('demo_countdown', { from: 20 }, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'call.cancelled' })
  })

  it('hears events until it stops listening', async () => {
    const gateway = await started()
    const heard: GatewayEvent['event'][] = []
    const stop = gateway.onEvent(({ event }) => heard.push(event))
    gateway.clients.create({ name: 'agent' })
    stop()
    gateway.clients.create({ name: 'another' })
    expect(heard.filter((event) => event === 'clients.changed')).toHaveLength(1)
  })

  it('reconnects every server, and hears which could not be reached', async () => {
    const gateway = await started()
    await gateway.servers.create({ name: 'gone', url: 'http://127.0.0.1:9/mcp' })
    expect(await gateway.reload()).toEqual({ status: 'reloaded', degraded: ['gone'] })
  })

  it('asks the admin API in process, as the person at this machine', async () => {
    const gateway = await started()
    const answer = await gateway.admin(new Request('http://gateway/servers'), 'desktop')
    expect([answer.status, await answer.json()]).toEqual([200, [expect.objectContaining({ name: 'demo', state: 'ready' })]])
    expect((await gateway.admin(new Request('http://gateway/servers'), 'approver')).status).toBe(403)
  })
})

describe('an in-process client', () => {
  it('hears progress', async () => {
    const client = await (await started()).client()
    const steps: unknown[] = []
    await client.callTool({ name: 'demo_countdown', arguments: { from: 2 } }, undefined, {
      onprogress: ({ progress, total }) => steps.push([progress, total]),
    })
    expect(steps).toEqual([
      [1, 2],
      [2, 2],
    ])
  })

  it('answers the questions of an upstream that it declared it could: elicitation and sampling', async () => {
    const gateway = await started({ demo: false })
    const upstream = await openAskingUpstream()
    open.push(upstream)
    await gateway.servers.create({ name: 'curious', url: upstream.url })
    await gateway.reload()
    const client = await gateway.client({ capabilities: { elicitation: {}, sampling: {} } })
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => ({ action: 'accept', content: { said: params.message } }))
    client.setRequestHandler(CreateMessageRequestSchema, () => ({ model: 'm', role: 'assistant', content: { type: 'text', text: 'blue' } }))
    const elicited = await client.callTool({ name: 'curious_ask', arguments: { method: 'elicitation/create' } })
    expect(textOf(elicited)).toBe('{"action":"accept","content":{"said":"Which colour?"}}')
    const sampled = await client.callTool({ name: 'curious_ask', arguments: { method: 'sampling/createMessage' } })
    expect(textOf(sampled)).toContain('"text":"blue"')
  })

  it('is not asked what it did not declare', async () => {
    const gateway = await started({ demo: false })
    const upstream = await openAskingUpstream()
    open.push(upstream)
    await gateway.servers.create({ name: 'curious', url: upstream.url })
    await gateway.reload()
    const client = await gateway.client()
    const result = await client.callTool({ name: 'curious_ask', arguments: { method: 'elicitation/create' } })
    expect(textOf(result)).toContain('does not offer elicitation/create')
  })

  it('ends its session when it is closed', async () => {
    const gateway = await started()
    const client = await gateway.client()
    expect(gateway.status().sessions).toBe(1)
    await client.close()
    expect(gateway.status().sessions).toBe(0)
  })
})

describe('a gateway of a program’s own', () => {
  it('listens once, on a free port, and says where', async () => {
    const gateway = await started()
    const listening = await gateway.listen({ port: 0 })
    expect(listening.endpoint).toBe(`http://127.0.0.1:${listening.port}/mcp`)
    expect((await fetch(`http://127.0.0.1:${listening.port}/health`)).status).toBe(200)
    await expect(gateway.listen({ port: 0 })).rejects.toThrow(listening.endpoint)
  })

  it('does not listen beyond this machine without tokens', async () => {
    const gateway = await started({ config: { mcp_auth: 'none' } })
    await expect(gateway.listen({ host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'config.invalid' })
  })

  it('lets running calls end when it closes, refuses new ones, and closes once', async () => {
    const gateway = await started()
    const running = gateway.callTool('demo_countdown', { from: 2 })
    await new Promise((resolve) => setImmediate(resolve))
    const closing = gateway.close()
    expect(gateway.close()).toBe(closing)
    await expect(gateway.callTool('demo_echo', { message: '' })).rejects.toMatchObject({ code: 'gateway.closing' })
    expect(textOf(await running)).toBe('Lift-off!')
    await closing
    await expect(gateway.listen({ port: 0 })).rejects.toMatchObject({ code: 'gateway.closing' })
    await expect(gateway.callTool('demo_echo', { message: '' })).rejects.toMatchObject({ code: 'gateway.closing' })
    await expect(gateway.client()).rejects.toMatchObject({ code: 'gateway.closing' })
  })

  it('waits for a running call no longer than it was told', async () => {
    const gateway = await started()
    const running = gateway.callTool('demo_countdown', { from: 20 })
    const ended = expect(running).rejects.toMatchObject({ code: expect.stringMatching(/^(call|upstream|gateway)\./) as string })
    await new Promise((resolve) => setImmediate(resolve))
    await gateway.close({ drainMs: 50 })
    await ended
  })
})
