import { expect, it } from 'vitest'
import type { AuditEntry, AuditPage } from '../../src/shared/records'
import { auditPlugin } from '../../src/main/plugins/audit'
import { fakeCall, fakeHost, started } from '../support/plugin-host'

async function withRows(count: number) {
  const host = fakeHost()
  const { contribution, ask, askPast } = await started(auditPlugin(), host)
  const call = contribution.around?.(async () => ({ result: '{}', isError: false }))
  for (let n = 0; n < count; n++)
    await call?.(fakeCall({ client: n % 2 ? 'cursor' : 'claude', arguments: { n } }), { effect: 'allow', by: 'default' })
  return { host, ask, askPast }
}

it('answers pages of rows, newest first, by filters', async () => {
  const { ask } = await withRows(5)
  const first = await ask('admin', 'GET', '?limit=2&client=claude')
  expect(first).toMatchObject({ status: 200, body: { entries: [{ arguments: '{"n":4}' }, { arguments: '{"n":2}' }] } })
  const cursor = (first.body as AuditPage).next_cursor ?? ''
  expect(await ask('desktop', 'GET', `?limit=2&client=claude&cursor=${cursor}`)).toMatchObject({
    body: { entries: [{ arguments: '{"n":0}' }], next_cursor: null },
  })
})

it.each(['limit=0', 'outcome=great', 'since=yesterday'])('refuses %s', async (query) => {
  const { ask } = await withRows(0)
  expect(await ask('admin', 'GET', `?${query}`)).toMatchObject({ status: 422, body: { code: 'input.invalid' } })
})

it('exports every matching row as JSON lines, whatever the number of pages', async () => {
  const { ask } = await withRows(2500)
  const { status, text } = await ask('admin', 'GET', '/export?client=cursor')
  const lines = text.trimEnd().split('\n')
  expect(status).toBe(200)
  expect(lines.map((line) => (JSON.parse(line) as AuditEntry).client)).toEqual(Array(1250).fill('cursor'))
  expect((await withRows(0).then(({ ask }) => ask('admin', 'GET', '/export'))).text).toBe('')
})

it.each([
  ['approver', 403],
  ['nobody', 401],
] as const)('shows nothing to %s', async (principal, status) => {
  const { ask, askPast } = await withRows(1)
  expect(await ask(principal, 'GET', '')).toMatchObject({ status })
  expect(await ask(principal, 'GET', '/export')).toMatchObject({ status })
  expect(await askPast(principal, 'GET', '/')).toEqual({ status: 403, text: 'auth.forbidden' })
  expect(await askPast(principal, 'GET', '/export')).toEqual({ status: 403, text: 'auth.forbidden' })
})
