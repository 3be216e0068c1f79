import { describe, expect, it } from 'vitest'
import type { PolicyDocument } from '../../src/shared/records'
import { openRawSession, type RawSession } from '../support/gateway-http'
import { openRig, withTheTest } from '../support/gateway-rig'
import { answer, openHttpUpstream } from '../support/http-upstream'

interface Rules {
  readonly allow?: string[]
  readonly deny?: string[]
  readonly policy?: Partial<PolicyDocument>
}

/** A file server with one template for every path, under these rules; and a client of it. */
async function files({ policy = {}, ...rules }: Rules): Promise<{ readonly agent: RawSession; readonly read: string[] }> {
  const read: string[] = []
  const upstream = await openHttpUpstream({
    capabilities: { tools: {}, resources: {} },
    onRequest: (got, res) => {
      const { method, params } = got.message
      if (method === 'tools/list') return void answer(res, got, { tools: [] })
      if (method === 'resources/list') return void answer(res, got, { resources: [] })
      if (method === 'resources/templates/list')
        return void answer(res, got, { resourceTemplates: [{ name: 'file', uriTemplate: 'file://{+path}' }] })
      read.push(String(params?.uri))
      answer(res, got, { contents: [] })
    },
  })
  withTheTest(() => upstream.close())
  const rig = await openRig({ config: { policy: { deny: [], audit: true, rules: [], default: 'allow', ...policy } } })
  await rig.add({ name: 'files', url: upstream.url, ...rules })
  const { token } = rig.gateway.clients.create({ name: 'agent' })
  return { agent: await openRawSession(rig.listening.endpoint, { token }), read }
}

const escapes = [
  'file:///data/../etc/passwd',
  'file:///data/..',
  'file:///data/%2e%2e/etc/passwd',
  'file:///data/%2E./etc/passwd',
  'file:///data/..%2fetc/passwd',
  'file:///data/..%5Cetc/passwd',
  'file:///data\\..\\etc\\passwd',
  'file:///data/%252e%252e/etc/passwd',
  'file:///data/%25252525252e%25252525252e/etc/passwd',
]
const disguises = [
  'file:///etc/passwd',
  'FILE:///ETC/passwd',
  'file:///%65tc/passwd',
  'file:///%2565tc/passwd',
  'file:///etc//passwd',
  'file:////etc/passwd',
  'file:///./etc/passwd',
  'file:///etc/./passwd',
  'file:///e\u200btc/passwd',
  'file:///\uff45tc/passwd',
]
const uses = ['resources/read', 'resources/subscribe'] as const

describe('law 6: a resource that is not allowed is not reached by writing its URI otherwise', () => {
  it.each(uses)('by %s out of the folder that is allowed', async (method) => {
    const { agent, read } = await files({ allow: ['resource:file:///data/*'] })
    for (const uri of escapes) expect(await agent.request(method, { uri }), uri).toMatchObject({ error: { code: -32002 } })
    expect(read).toEqual([])
    expect(await agent.request(method, { uri: 'file:///data/my%20notes.txt' })).toMatchObject({ result: {} })
    expect(await agent.request(method, { uri: 'file:///data/..hidden/a..b' })).toMatchObject({ result: {} })
  })

  it.each(uses)('by %s into the folder that is denied', async (method) => {
    const { agent, read } = await files({ deny: ['resource:file:///etc/*'] })
    for (const uri of disguises) expect(await agent.request(method, { uri }), uri).toMatchObject({ error: { code: -32002 } })
    expect(read).toEqual([])
    expect(await agent.request(method, { uri: 'file:///data/etc' })).toMatchObject({ result: {} })
  })

  it.each<[string, Partial<PolicyDocument>]>([
    ['by a rule', { rules: [{ effect: 'deny', tool: 'resource:file:///etc/*' }] }],
    ['by a pattern', { deny: ['resource:file:///etc/*'] }],
    ['by a pattern with the server', { deny: ['files_file:///etc/*'] }],
  ])('where the policy denies it %s', async (_how, policy) => {
    const { agent, read } = await files({ policy })
    const method = 'resources/read'
    for (const uri of disguises) expect(await agent.request(method, { uri }), uri).toMatchObject({ error: { code: -32002 } })
    expect(read).toEqual([])
  })

  it('and a URI that is allowed to the letter stays allowed', async () => {
    const { agent, read } = await files({ allow: ['resource:file:///a%20b'] })
    expect(await agent.request('resources/read', { uri: 'file:///a%20b' })).toMatchObject({ result: {} })
    expect(read).toEqual(['file:///a%20b'])
  })
})

describe('law 7: a resource that the policy wants a person to be asked about', () => {
  const secret = 'resource:file:///secret/*'
  it.each<[string, Partial<PolicyDocument>]>([
    ['a rule', { rules: [{ effect: 'ask', tool: secret }] }],
    ['a confirm pattern', { confirm: [secret] }],
    ['a rule behind one that asks about everything', { confirm: ['*'], rules: [{ effect: 'ask', tool: secret }] }],
  ])('is denied, since nobody can be asked (%s)', async (_what, policy) => {
    const { agent, read } = await files({ policy })
    expect(await agent.request('resources/read', { uri: 'file:///secret/plan' })).toMatchObject({ error: { code: -32002 } })
    expect(await agent.request('resources/read', { uri: 'file:///open/plan' })).toMatchObject({ result: {} })
    expect(read).toEqual(['file:///open/plan'])
  })
})
