import { expect, it } from 'vitest'
import type { AuditEntry, AuditPage } from '../../src/shared/records'
import { auditPlugin } from '../../src/main/plugins/audit'
import { summarise } from '../../src/main/plugins/audit/summary'
import { storeOfManyRows } from '../support/audit-rows'
import { fakeCall, fakeHost, started } from '../support/plugin-host'
import { anIntent } from '../support/store-records'

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

it('finds rows between two times, the later one left out', async () => {
  const { host, ask } = await withRows(3)
  const [first, , last] = host.tables.rows()
  for (const at of ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'])
    await host.store.audit.append({ ...anIntent(), at })
  const found = async (query: string) => ((await ask('admin', 'GET', query)).body as AuditPage).entries.map(({ at }) => at.slice(0, 10))
  expect(await found('?since=2026-01-01T00:00:00Z&until=2026-01-03T00:00:00Z')).toEqual(['2026-01-02', '2026-01-01'])
  expect(await found(`?since=${last?.at ?? ''}&until=${first?.at ?? ''}`)).toEqual([])
})

it('counts what fits by outcome, server and client, the most first', async () => {
  const { host, ask } = await withRows(5)
  await host.store.audit.append({ ...anIntent(), client: 'cursor', server: 'mail', outcome: 'denied' })
  expect((await ask('admin', 'GET', '/summary')).body).toEqual({
    ...{ calls: 6, complete: true },
    outcomes: [
      { outcome: 'ok', calls: 5 },
      { outcome: 'denied', calls: 1 },
    ],
    servers: [
      { server: 'github', calls: 5 },
      { server: 'mail', calls: 1 },
    ],
    clients: [
      { client: 'claude', calls: 3 },
      { client: 'cursor', calls: 3 },
    ],
  })
  expect((await ask('admin', 'GET', '/summary?client=cursor&outcome=ok')).body).toMatchObject({ calls: 2, servers: [{ server: 'github' }] })
  expect((await ask('approver', 'GET', '/summary')).status).toBe(403)
})

it('counts part by part, so many rows at most', async () => {
  const { host } = await withRows(10)
  const counted = (rows: number) => summarise(host.store.audit, {}, { rows, rowsPerTurn: 3 })
  expect(await counted(100)).toMatchObject({ calls: 10, complete: true })
  expect(await counted(6)).toMatchObject({ calls: 6, complete: false })
})

it('pages through 100,000 rows of a real file, each row once, and counts them', async () => {
  const { audit } = storeOfManyRows(100_000)
  const ids: number[] = []
  let cursor: string | undefined
  do {
    const page = audit.query({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    ids.push(...page.entries.map(({ id }) => id))
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  expect([ids.length, ids[0], ids.at(-1), ids.every((id, i) => id === 100_000 - i)]).toEqual([100_000, 100_000, 1, true])
  expect(await summarise(audit, {})).toMatchObject({
    ...{ calls: 100_000, complete: true },
    outcomes: [
      { outcome: 'ok', calls: 86_000 },
      { outcome: 'denied', calls: 10_000 },
      { outcome: 'tool_error', calls: 4_000 },
    ],
  })
  expect(await summarise(audit, { server: 'server-1', tool: 'tool_1', q: 'notes/1' })).toMatchObject({ servers: [{ server: 'server-1' }] })
})
