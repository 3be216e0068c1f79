import { expect, it } from 'vitest'
import type { GatewayError } from '../../src/shared/errors'
import type { Approval } from '../../src/shared/records'
import { approvalsPlugin } from '../../src/main/plugins/approvals'
import { fakeCall, fakeHost, started, type FakeCallOptions } from '../support/plugin-host'

async function admin() {
  const host = fakeHost()
  const plugin = approvalsPlugin()
  const { ask, askPast, contribution } = await started(plugin, host)
  const call = (options?: FakeCallOptions) => {
    const held = Promise.resolve(contribution.hooks?.confirmation?.(fakeCall(options), 'destructive', 'confirm:destructive')).catch(
      (error: GatewayError) => error,
    )
    return { held, id: plugin.pending().at(-1)?.id ?? '' }
  }
  return { host, plugin, ask, askPast, call }
}

it.each(['admin', 'approver', 'desktop'] as const)('shows what waits, as an array with complete arguments, to %s', async (principal) => {
  const { ask, call } = await admin()
  const { id } = call({ arguments: { repo: 'demo', token: 'shown-to-the-person' } })
  const listed = await ask(principal, 'GET', '/pending')
  expect(listed).toMatchObject({
    status: 200,
    body: [{ id, tool_name: 'github_delete', arguments: { repo: 'demo', token: 'shown-to-the-person' }, waiting: 1 }],
  })
  expect(await ask(principal, 'GET', `/pending/${id}`)).toMatchObject({ status: 200, body: { id, reason: 'destructive' } })
})

it('shows nothing to nobody', async () => {
  const { ask, askPast, call } = await admin()
  const { id } = call()
  for (const path of ['/pending', `/pending/${id}`, '/history', '/grants']) {
    expect(await ask('nobody', 'GET', path)).toMatchObject({ status: 401, body: { code: 'auth.required' } })
    expect(await askPast('nobody', 'GET', path)).toEqual({ status: 403, text: 'auth.forbidden' })
  }
})

it.each(['approver', 'desktop'] as const)('lets %s approve, with the answer of the reference', async (principal) => {
  const { host, ask, call } = await admin()
  const { id, held } = call()
  expect(await ask(principal, 'POST', `/pending/${id}/approve`)).toMatchObject({
    status: 200,
    body: { id, tool_name: 'github_delete', approved: true, approval: { status: 'approved', decided_by: principal } },
  })
  expect(await held).toEqual({ by: `approval:${id}` })
  expect(host.tables.approvals.get(id)).toMatchObject({ status: 'approved', used_at: expect.any(String) as string })
})

it('lets the admin token decide nothing, and says which credential can', async () => {
  const { plugin, ask, call } = await admin()
  const { id } = call()
  for (const verb of ['approve', 'deny']) {
    const message = expect.stringContaining('approver credential') as string
    expect(await ask('admin', 'POST', `/pending/${id}/${verb}`)).toMatchObject({
      status: 403,
      body: { code: 'auth.approver_required', message },
    })
  }
  expect(await ask('admin', 'DELETE', '/grants/any')).toMatchObject({ status: 403 })
  expect(plugin.pending()).toMatchObject([{ id, status: 'pending' }])
})

it.each(['admin', 'nobody'] as const)('lets %s decide nothing even past the guards of the admin API', async (principal) => {
  const { plugin, askPast, call } = await admin()
  const { id } = call()
  for (const verb of ['approve', 'deny']) {
    expect(await askPast(principal, 'POST', `/pending/${id}/${verb}`)).toEqual({ status: 403, text: 'auth.approver_required' })
  }
  expect(plugin.pending()).toMatchObject([{ id, status: 'pending' }])
})

it.each([
  ['no body', undefined, {}],
  ['an empty body of type JSON', '', { 'content-type': 'application/json' }],
  ['{}', '{}', { 'content-type': 'application/json' }],
  ['{} without a content type', '{}', {}],
  ['a reason of blanks', '{"reason":"  "}', {}],
])('takes %s as a denial without a reason', async (_what, body, headers) => {
  const { ask, call } = await admin()
  const { id, held } = call()
  expect(await ask('approver', 'POST', `/pending/${id}/deny`, body, headers)).toMatchObject({
    status: 200,
    body: { id, approved: false, approval: { decision_reason: null } },
  })
  expect(await held).toMatchObject({ code: 'tool.unconfirmed' })
})

it('hands the reason of a denial to the model', async () => {
  const { ask, call } = await admin()
  const { id, held } = call()
  await ask('approver', 'POST', `/pending/${id}/deny`, '{"reason":"wrong repository"}', {
    'content-type': 'application/json; charset=utf-8',
  })
  expect(await held).toMatchObject({ code: 'tool.unconfirmed', message: expect.stringContaining('wrong repository') as string })
})

it.each([
  ['text that is not JSON', '{"reason":', 400, 'input.malformed'],
  ['a reason that is no text', '{"reason":5}', 422, 'input.invalid'],
  ['a key that it does not know', '{"args":{}}', 422, 'input.invalid'],
  ['a list', '[]', 422, 'input.invalid'],
  ['an endless reason', JSON.stringify({ reason: 'x'.repeat(2001) }), 422, 'input.invalid'],
])('refuses %s and decides nothing', async (_what, body, status, code) => {
  const { plugin, ask, call } = await admin()
  const { id } = call()
  expect(await ask('approver', 'POST', `/pending/${id}/approve`, body)).toMatchObject({ status, body: { code } })
  expect(plugin.pending()).toHaveLength(1)
})

it('answers 404 for what was decided, withdrawn or never was', async () => {
  const { ask, call } = await admin()
  const caller = new AbortController()
  const withdrawn = call({ signal: caller.signal })
  caller.abort()
  const decided = call()
  await ask('approver', 'POST', `/pending/${decided.id}/deny`)
  for (const id of [withdrawn.id, decided.id, 'never']) {
    expect(await ask('approver', 'POST', `/pending/${id}/approve`)).toMatchObject({ status: 404, body: { code: 'approval.not_found' } })
    expect(await ask('approver', 'GET', `/pending/${id}`)).toMatchObject({ status: 404 })
  }
})

it('keeps a history, newest first, by status, without secrets', async () => {
  const { ask, call } = await admin()
  await ask('approver', 'POST', `/pending/${call({ arguments: { n: 1, password: 'hunter2-hunter2' } }).id}/deny`)
  await ask('approver', 'POST', `/pending/${call({ arguments: { n: 2 } }).id}/approve`)
  const all = await ask('admin', 'GET', '/history')
  expect((all.body as Approval[]).map(({ arguments: { n } }) => n)).toEqual([2, 1])
  expect(all.text).not.toContain('hunter2')
  expect(await ask('admin', 'GET', '/history?status=denied&limit=1')).toMatchObject({ status: 200, body: [{ status: 'denied' }] })
  expect(await ask('admin', 'GET', '/history?limit=0')).toMatchObject({ status: 422, body: { code: 'input.invalid' } })
})

it('shows tickets and revokes them: the call then asks anew', async () => {
  const { host, plugin, ask, call } = await admin()
  host.settings = { ...host.settings, hil: { ...host.settings.hil, impatient_seconds: 0.001 } }
  const { id, held } = call({ tellsProgress: false })
  await held
  await ask('approver', 'POST', `/pending/${id}/approve`)
  const [grant] = (await ask('admin', 'GET', '/grants')).body as { id: string }[]
  expect(grant).toMatchObject({ scope: 'once', approval_id: id, used_at: null })
  expect(await ask('approver', 'DELETE', `/grants/${grant?.id}`)).toMatchObject({ status: 204 })
  expect(await ask('approver', 'DELETE', `/grants/${grant?.id}`)).toMatchObject({ status: 404 })
  call()
  expect(plugin.pending()).toHaveLength(1)
})

const json = { 'content-type': 'application/json' }

it('gives the whole review to whoever may read', async () => {
  const { ask, call } = await admin()
  const { id } = call({ arguments: { repo: 'demo' } })
  for (const principal of ['admin', 'approver', 'desktop'] as const)
    expect(await ask(principal, 'GET', `/pending/${id}/review`)).toMatchObject({
      status: 200,
      body: { approval: { id, rule: 'confirm:destructive', waiting: 1 }, notify_approve: false, earlier: [] },
    })
  expect(await ask('approver', 'GET', '/pending/never/review')).toMatchObject({ status: 404, body: { code: 'approval.not_found' } })
  expect(await ask('nobody', 'GET', `/pending/${id}/review`)).toMatchObject({ status: 401 })
})

it('approves with a grant, which is listed and told of', async () => {
  const { host, ask, call } = await admin()
  const { id } = call()
  const body = JSON.stringify({ grant: { scope: 'tool', expires_in_seconds: 3600 } })
  expect(await ask('desktop', 'POST', `/pending/${id}/approve`, body, json)).toMatchObject({ status: 200 })
  expect(await ask('admin', 'GET', '/grants')).toMatchObject({
    status: 200,
    body: [{ scope: 'tool', approval_id: id, granted_by: 'desktop' }],
  })
  expect(host.events.map(({ event }) => event)).toContain('grants.changed')
})

it('approves with other arguments, every digit and every key of them', async () => {
  const { ask, call } = await admin()
  const { id, held } = call({ arguments: { repo: 'prod' } })
  const body = '{"arguments":{"repo":"copy","n":12345678901234567890,"__proto__":{"x":1}}}'
  expect(await ask('approver', 'POST', `/pending/${id}/approve`, body, json)).toMatchObject({
    status: 200,
    body: { approved: true, approval: { edited: true } },
  })
  expect(JSON.stringify(await held)).toBe(
    `{"by":"approval:${id}:edited","arguments":{"repo":"copy","n":12345678901234567890,"__proto__":{"x":1}}}`,
  )
})

it.each([
  ['a grant of no scope', '{"grant":{}}'],
  ['a ticket, which only a late decision makes', '{"grant":{"scope":"once"}}'],
  ['a grant for ever', '{"grant":{"scope":"tool","expires_in_seconds":999999999}}'],
  ['a grant for less than a second', '{"grant":{"scope":"tool","expires_in_seconds":0.5}}'],
  ['a grant that names its client itself', '{"grant":{"scope":"tool","client":"cursor"}}'],
  ['arguments that are a list', '{"arguments":[]}'],
  ['who decided', '{"by":"desktop"}'],
])('refuses %s and decides nothing', async (_what, body) => {
  const { plugin, ask, call } = await admin()
  const { id } = call()
  expect(await ask('approver', 'POST', `/pending/${id}/approve`, body, json)).toMatchObject({
    status: 422,
    body: { code: 'input.invalid' },
  })
  expect(plugin.pending()).toHaveLength(1)
})

it('says which field of edited arguments does not fit', async () => {
  const { plugin, ask, call } = await admin()
  const { id } = call({ parameters: { type: 'object', properties: { n: { type: 'integer' } } } })
  const answer = await ask('approver', 'POST', `/pending/${id}/approve`, '{"arguments":{"n":"one"}}', json)
  expect(answer).toMatchObject({ status: 422, body: { code: 'input.invalid', message: expect.stringContaining('#/n') as string } })
  expect(plugin.pending()).toHaveLength(1)
})

it.each([
  ['all', undefined, 2],
  ['all of one client', '{"client":"claude"}', 1],
  ['nothing of a client that asked nothing', '{"client":"nobody"}', 0],
])('denies %s at once', async (_what, body, denied) => {
  const { plugin, ask, call } = await admin()
  call()
  call({ client: 'cursor' })
  expect(await ask('approver', 'POST', '/deny', body, json)).toMatchObject({ status: 200, body: { denied } })
  expect(plugin.pending()).toHaveLength(2 - denied)
})

it('lets the admin token deny nothing at once, nor anybody with an odd body', async () => {
  const { plugin, ask, askPast, call } = await admin()
  call()
  expect(await ask('admin', 'POST', '/deny')).toMatchObject({ status: 403, body: { code: 'auth.approver_required' } })
  expect(await askPast('admin', 'POST', '/deny')).toMatchObject({ status: 403 })
  expect(await ask('approver', 'POST', '/deny', '{"clients":["claude"]}', json)).toMatchObject({ status: 422 })
  expect(plugin.pending()).toHaveLength(1)
})

it('shows one of the history, decided or not, without secrets', async () => {
  const { ask, call } = await admin()
  const { id } = call({ arguments: { password: 'hunter2-hunter2' } })
  const waiting = await ask('admin', 'GET', `/history/${id}`)
  expect(waiting).toMatchObject({ status: 200, body: { id, status: 'pending' } })
  await ask('approver', 'POST', `/pending/${id}/approve`)
  const decided = await ask('admin', 'GET', `/history/${id}`)
  expect(decided).toMatchObject({ status: 200, body: { id, status: 'approved', decided_by: 'approver' } })
  expect(waiting.text + decided.text).not.toContain('hunter2')
  expect(await ask('admin', 'GET', '/history/never')).toMatchObject({ status: 404, body: { code: 'approval.not_found' } })
})

it('is decided once by two who decide at once', async () => {
  const { host, ask, call } = await admin()
  const { id, held } = call()
  const answers = await Promise.all([
    ask('approver', 'POST', `/pending/${id}/approve`),
    ask('desktop', 'POST', `/pending/${id}/deny`),
    ask('approver', 'POST', `/pending/${id}/approve`, '{"grant":{"scope":"tool"}}', json),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404])
  const [winner] = answers.filter(({ status }) => status === 200)
  const { approved } = winner?.body as { approved: boolean }
  expect('by' in ((await held) as object)).toBe(approved)
  expect(host.events.filter(({ event }) => event === 'approval.closed')).toHaveLength(1)
})

it('shows no ticket that was used', async () => {
  const { host, ask, call } = await admin()
  host.settings = { ...host.settings, hil: { ...host.settings.hil, impatient_seconds: 0.001 } }
  const { id, held } = call({ tellsProgress: false })
  await held
  await ask('approver', 'POST', `/pending/${id}/approve`)
  expect(await call().held).toEqual({ by: `approval:${id}` })
  expect(await ask('admin', 'GET', '/grants')).toMatchObject({ status: 200, body: [] })
})
