import { expect, it } from 'vitest'
import { GatewayError, type ErrorCode } from '../../src/shared/errors'
import type { PluginHost } from '../../src/main/gateway/plugin'
import { toolsApiPlugin } from '../../src/main/plugins/tools-api'
import { fakeHost, fakeTool, started } from '../support/plugin-host'

type Asked = Parameters<PluginHost['callTool']>

async function api(callTool?: PluginHost['callTool']) {
  const asked: Asked[] = []
  const host = fakeHost({
    callTool: async (...call) => (asked.push(call), (await callTool?.(...call)) ?? { content: [{ type: 'text', text: 'hi' }] }),
  })
  host.tools = [fakeTool('demo_echo'), fakeTool('demo_sum')]
  const listed: unknown[] = []
  host.listTools = async (context) => (listed.push(context), host.tools)
  const { ask, askPast } = await started(toolsApiPlugin(), host)
  return { ask, askPast, asked, listed }
}

it('lists the governed tools, of a group too, for the admin as a client through REST', async () => {
  const { ask, listed } = await api()
  expect(await ask('admin', 'GET', '')).toMatchObject({ status: 200, body: [{ name: 'demo_echo' }, { name: 'demo_sum' }] })
  expect(await ask('admin', 'GET', '?group=readonly')).toMatchObject({ status: 200 })
  expect(listed).toMatchObject([
    { client: 'admin', group: null, sessionId: null, door: 'rest' },
    { client: 'admin', group: 'readonly' },
  ])
})

it('shows one tool', async () => {
  const { ask } = await api()
  expect(await ask('desktop', 'GET', '/demo_sum')).toMatchObject({
    status: 200,
    body: { name: 'demo_sum', bare_name: 'sum', parameters: { type: 'object' } },
  })
  expect(await ask('desktop', 'GET', '/demo_none')).toMatchObject({ status: 404, body: { code: 'tool.not_found' } })
})

it('calls a tool and answers in the shape of the reference', async () => {
  const { ask, asked } = await api(async () => ({ content: [{ type: 'text', text: '3' }], structuredContent: { sum: 3 }, _meta: {} }))
  const answer = await ask('admin', 'POST', '/demo_sum/call', '{"arguments":{"a":1,"b":2},"group":"readonly","timeout":1.5}', {
    authorization: 'Bearer hunter2',
    cookie: 'a=b',
    'x-tenant': 'blue',
  })
  expect(answer).toMatchObject({
    status: 200,
    body: { is_error: false, content: [{ type: 'text', text: '3' }], structured_content: { sum: 3 } },
  })
  const [name, args, context, options] = asked[0] ?? []
  expect([name, args, options?.timeoutMs]).toEqual(['demo_sum', { a: 1, b: 2 }, 1500])
  expect(context).toMatchObject({ client: 'admin', group: 'readonly', door: 'rest', headers: { 'x-tenant': 'blue' } })
  expect(JSON.stringify(context)).not.toMatch(/hunter2|a=b/)
})

it('calls without a body', async () => {
  const { ask, asked } = await api()
  expect(await ask('admin', 'POST', '/demo_echo/call')).toMatchObject({ status: 200, body: { is_error: false, structured_content: null } })
  expect(asked[0]?.[1]).toEqual({})
  expect(asked[0]?.[3]).not.toHaveProperty('timeoutMs')
})

it('gives every call a context of its own', async () => {
  const { ask, asked } = await api()
  await ask('admin', 'POST', '/demo_echo/call')
  await ask('admin', 'POST', '/demo_echo/call')
  expect(asked[0]?.[2]).not.toBe(asked[1]?.[2])
})

it('passes on an error of the tool', async () => {
  const { ask } = await api(async () => ({ isError: true, content: [{ type: 'text', text: 'no such file' }] }))
  expect(await ask('admin', 'POST', '/demo_echo/call')).toMatchObject({
    status: 200,
    body: { is_error: true, content: [{ text: 'no such file' }] },
  })
})

it.each<ErrorCode>(['tool.denied', 'tool.unconfirmed', 'upstream.timeout', 'limit.approvals', 'store.unavailable'])(
  'answers %s in band',
  async (code) => {
    const { ask } = await api(async () => Promise.reject(new GatewayError(code, 'this is why')))
    expect(await ask('admin', 'POST', '/demo_echo/call')).toMatchObject({
      status: 200,
      body: { is_error: true, content: [{ type: 'text', text: 'this is why' }], structured_content: null },
    })
  },
)

it('answers 404 for an unknown tool or group, and calls nothing in an unknown group', async () => {
  const { ask, asked } = await api(async () => Promise.reject(new GatewayError('tool.not_found', 'no such tool')))
  expect(await ask('admin', 'POST', '/demo_none/call')).toMatchObject({ status: 404, body: { code: 'tool.not_found' } })
  expect(await ask('admin', 'POST', '/demo_echo/call', '{"group":"nowhere"}')).toMatchObject({
    status: 404,
    body: { code: 'group.not_found' },
  })
  expect(await ask('admin', 'GET', '?group=nowhere')).toMatchObject({ status: 404 })
  expect(await ask('admin', 'GET', '/demo_echo?group=nowhere')).toMatchObject({ status: 404 })
  expect(asked).toHaveLength(1)
})

it.each([
  ['{"arguments":[]}', 422, 'input.invalid'],
  ['{"timeout":0}', 422, 'input.invalid'],
  ['{"argumnets":{}}', 422, 'input.invalid'],
  ['"text"', 422, 'input.invalid'],
  ['{', 400, 'input.malformed'],
])('refuses the body %s and calls nothing', async (body, status, code) => {
  const { ask, asked } = await api()
  expect(await ask('admin', 'POST', '/demo_echo/call', body)).toMatchObject({ status, body: { code } })
  expect(asked).toEqual([])
})

it('keeps an accident out of the answer', async () => {
  const { ask } = await api(async () => Promise.reject(new Error('token hunter2')))
  const answer = await ask('admin', 'POST', '/demo_echo/call')
  expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } })
  expect(answer.text).not.toContain('hunter2')
})

it.each([
  ['approver', 403],
  ['nobody', 401],
] as const)('lets %s neither list nor call', async (principal, status) => {
  const { ask, askPast, asked } = await api()
  expect(await ask(principal, 'GET', '')).toMatchObject({ status })
  expect(await ask(principal, 'GET', '/demo_echo')).toMatchObject({ status })
  expect(await ask(principal, 'POST', '/demo_echo/call')).toMatchObject({ status })
  expect(await askPast(principal, 'GET', '/')).toMatchObject({ status: 403 })
  expect(await askPast(principal, 'POST', '/demo_echo/call')).toMatchObject({ status: 403 })
  expect(asked).toEqual([])
})

it('loses no digit of a number and no key of the arguments on their way', async () => {
  const { ask, asked } = await api()
  await ask('admin', 'POST', '/demo_sum/call', '{"arguments":{"id":12345678901234567890,"__proto__":{"a":1}}}')
  const [, args] = asked[0] ?? []
  expect(JSON.stringify(args)).toBe('{"id":12345678901234567890,"__proto__":{"a":1}}')
})
