import { expect, it } from 'vitest'
import { policyPlugin } from '../../src/main/plugins/policy'
import { replayPolicy } from '../../src/main/plugins/policy/replay'
import { PolicyDocument, type AuditEntry } from '../../src/shared/records'
import type { PolicyReplay } from '../../src/shared/stats'
import { fakeHost, fakeTool, started } from '../support/plugin-host'
import { anIntent } from '../support/store-records'

const dayMs = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString()

/** A host with a policy and recorded calls. */
function recorded(policy: Partial<PolicyDocument> = {}) {
  const host = fakeHost({ policy })
  host.tools = [fakeTool('git_read'), { ...fakeTool('git_merge'), annotations: { destructiveHint: true } }, fakeTool('mail_send')]
  const called = async (name: string, fields: Partial<AuditEntry> = {}) => {
    const [server = '', tool = ''] = name.split('_')
    await host.store.audit.append(anIntent({ server, tool, client: 'claude', at: daysAgo(0), outcome: 'ok', ...fields }))
  }
  return { host, called }
}
const draft = (fields: Partial<PolicyDocument>) => PolicyDocument.parse(fields)

it('counts by rule, day and client what a draft would have decided', async () => {
  const { host, called } = recorded()
  await called('git_read', { at: daysAgo(1), client: 'cursor' })
  await called('git_read')
  await called('git_read')
  await called('mail_send')
  await called('mail_send', { at: daysAgo(30) })
  const told = await replayPolicy(host, draft({ rules: [{ effect: 'ask', server: 'git' }] }))
  expect(told).toMatchObject({ calls: 4, complete: true, changed: 3 })
  expect(told.rules).toEqual([
    { rule: 'rules[0]', effect: 'ask', count: 3, days: [0, 0, 0, 0, 0, 0, 1, 2], clients: { cursor: 1, claude: 2 } },
    { rule: 'default', effect: 'allow', count: 1, days: [0, 0, 0, 0, 0, 0, 0, 1], clients: { claude: 1 } },
  ])
})

it('tells the newest calls that the policy in force decides otherwise', async () => {
  const { host, called } = recorded({ deny: ['mail_*'] })
  for (const name of ['git_read', 'mail_send', 'git_merge']) await called(name)
  const told = await replayPolicy(host, draft({}))
  expect(told.changes.map(({ server, tool, before, after, rule }) => [server, tool, before, after, rule])).toEqual([
    ['mail', 'send', 'deny', 'allow', 'default'],
  ])
  expect(
    (await replayPolicy(host, draft({ default: 'deny', confirm: [] }), undefined, { ...limits, changes: 1 })).changes.map(
      ({ tool }) => tool,
    ),
  ).toEqual(['merge'])
})

const limits = { calls: 1000, changes: 100, days: 92, rowsPerRead: 3, turnMs: 0 }

it('looks at so many calls and says that there were more', async () => {
  const { host, called } = recorded()
  for (let n = 0; n < 10; n++) await called('git_read')
  expect(await replayPolicy(host, draft({}), undefined, limits)).toMatchObject({ calls: 10, complete: true })
  expect(await replayPolicy(host, draft({}), undefined, { ...limits, calls: 10 })).toMatchObject({ calls: 10, complete: true })
  expect(await replayPolicy(host, draft({}), undefined, { ...limits, calls: 9 })).toMatchObject({ calls: 9, complete: false })
})

it('goes no further back than it may', async () => {
  const { host, called } = recorded()
  await called('git_read', { at: daysAgo(200) })
  await called('git_read', { at: daysAgo(80) })
  const told = await replayPolicy(host, draft({}), '2020-01-01T00:00:00Z')
  expect([told.calls, told.rules[0]?.days.length]).toEqual([1, 93])
})

it('leaves out tools that no server has, and knows those that are gone by their names', async () => {
  const { host, called } = recorded()
  await called('_nonsense')
  await called('gone_purge')
  expect((await replayPolicy(host, draft({}))).rules.map(({ rule, count }) => [rule, count])).toEqual([['confirm:destructive', 1]])
})

it('lets others work in between', async () => {
  const { host, called } = recorded()
  for (let n = 0; n < 20; n++) await called('git_read')
  let turns = 0
  const count = () => void (turns++, (timer = setImmediate(count)))
  let timer = setImmediate(count)
  await replayPolicy(host, draft({}), undefined, limits)
  clearImmediate(timer)
  expect(turns).toBeGreaterThan(5)
})

it('is asked with the admin token, and refuses what is no policy', async () => {
  const { host, called } = recorded()
  await called('git_read')
  const { ask } = await started(policyPlugin(), host)
  const post = (who: 'admin' | 'approver', body: unknown) =>
    ask(who, 'POST', '/replay', JSON.stringify(body), { 'content-type': 'application/json' })
  expect((await post('admin', { policy: { default: 'ask' } })).body).toMatchObject({ calls: 1, changed: 1 } satisfies Partial<PolicyReplay>)
  expect(await post('admin', { policy: { dney: [] } })).toMatchObject({ status: 422 })
  expect(await post('admin', { since: 'yesterday', policy: {} })).toMatchObject({ status: 422 })
  expect(await post('approver', { policy: {} })).toMatchObject({ status: 403 })
})
