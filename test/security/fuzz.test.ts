import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openRawSession } from '../support/gateway-http'
import { openRig, withTheTest } from '../support/gateway-rig'
import { answer, openHttpUpstream, type Script } from '../support/http-upstream'

const oneOfEach: NonNullable<Script['onRequest']> = (got, res) => {
  const { method } = got.message
  if (method === 'tools/list') answer(res, got, { tools: ['t', 'delete_x'].map((name) => ({ name, inputSchema: {} })) })
  else if (method === 'prompts/list') answer(res, got, { prompts: [{ name: 'p' }] })
  else if (method === 'resources/list') answer(res, got, { resources: [{ uri: 'x://a', name: 'a' }] })
  else if (method === 'resources/templates/list') answer(res, got, { resourceTemplates: [{ uriTemplate: 'x://{b}', name: 'b' }] })
  else answer(res, got, { ok: true })
}

/** Stands for a number that no double holds until the message is text. */
const longNumber = 'number:12345678901234567890'
const meaningful = ['x://a', 'x://other', 'up_t', 'up_p', 'up_delete_x', 'invoke_tool', 'search_tools', 'info', '0', [], null, longNumber]
const refs = [
  { type: 'ref/resource', uri: 'x://{b}' },
  { type: 'ref/prompt', name: 'up_p' },
]
const odd = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(...meaningful, ...refs, { toString: 1, valueOf: 1 }))
const keys = [
  'name',
  'arguments',
  'uri',
  'cursor',
  'ref',
  'argument',
  'level',
  '_meta',
  'requestId',
  'reason',
  'progressToken',
  '__proto__',
]
const methods = [
  ...['tools/call', 'tools/list', 'prompts/get', 'prompts/list', 'resources/read', 'resources/list', 'resources/templates/list'],
  ...['resources/subscribe', 'resources/unsubscribe', 'completion/complete', 'logging/setLevel', 'ping', 'tasks/list'],
  ...['notifications/cancelled', 'notifications/roots/list_changed', 'notifications/initialized', 'constructor', '__proto__'],
]
const message = fc.record(
  {
    jsonrpc: fc.constant('2.0'),
    id: fc.oneof(fc.integer(), fc.string(), fc.constantFrom('gw-1', 0, -1, 1.5, longNumber)),
    method: fc.constantFrom(...methods),
    params: fc.oneof(fc.dictionary(fc.constantFrom(...keys), odd), odd),
    result: odd,
    error: odd,
  },
  { requiredKeys: ['jsonrpc'] },
)

describe('no message of a client, however odd,', () => {
  it('is an accident of the gateway: each is answered, and none is an error that it did not foresee', async () => {
    const capabilities = { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} }
    const upstream = await openHttpUpstream({ capabilities, onRequest: oneOfEach })
    withTheTest(() => upstream.close())
    const hil = {
      enabled: true,
      auto_open_browser: false,
      timeout_seconds: 1,
      ticket_seconds: 1,
      impatient_seconds: 0.01,
      approval_base_url: null,
    }
    const rig = await openRig({ config: { hil } })
    await rig.add({ name: 'up', url: upstream.url })
    const { token } = rig.gateway.clients.create({ name: 'agent' })
    const agent = await openRawSession(rig.listening.endpoint, { token, capabilities: { sampling: {}, roots: {} } })
    const property = fc.asyncProperty(message, async (asked) => {
      const { status, text } = await agent.post(JSON.stringify(asked).replaceAll(/"number:(\d+)"/g, '$1'))
      expect([200, 202, 400]).toContain(status)
      expect(text).not.toContain('"internal"')
    })
    await fc.assert(property, { numRuns: 800 })
    expect(rig.lines.filter(({ level }) => level === 'error')).toEqual([])
    expect((await agent.request('ping')).result).toEqual({})
  })
})
