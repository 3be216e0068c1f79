import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { HookList, ToolCall } from '../../src/main/gateway/hooks'
import { runToolCall } from '../../src/main/gateway/pipeline'
import type { Contribution } from '../../src/main/gateway/plugin'
import { createSqliteStore } from '../../src/main/gateway/store/sqlite'
import { approvalsPlugin } from '../../src/main/plugins/approvals'
import { auditPlugin } from '../../src/main/plugins/audit'
import { fakeCall, fakeHost } from '../support/plugin-host'
import { pluginStore } from '../support/plugin-store'
import { storeFolder } from '../support/store-folder'

const secret = 'hunter2-hunter2'
const impatient = { arguments: { repo: 'demo', password: secret }, tellsProgress: false }

/** One life of a gateway on that folder: both plugins behind the real pipeline, a policy that asks for everything, an upstream that answers. */
async function life(folder: string) {
  const store = createSqliteStore({ file: join(folder, 'gateway.db') })
  store.open()
  const host = fakeHost({ tables: pluginStore(store), hil: { impatient_seconds: 0.02 } })
  const approvals = approvalsPlugin()
  const contributions = [await approvals.contribute(host), await auditPlugin().contribute(host)]
  const ran: ToolCall[] = []
  const upstream = async (call: ToolCall) => (ran.push(call), { result: '{}', isError: false })
  const hooks = (seam: 'confirmation' | 'toolError') => contributions.flatMap(({ hooks }: Contribution) => hooks?.[seam] ?? [])
  const ask = () => ({ decision: 'confirm', reason: 'destructive' }) as const
  const parts = {
    hooks: {
      preMcpConnect: [],
      preListTools: [],
      preToolCall: [ask],
      confirmation: hooks('confirmation'),
      postToolCall: [],
      toolError: hooks('toolError'),
      connectError: [],
    } as HookList,
    callUpstream: contributions[1]?.around?.(upstream) ?? upstream,
    callHash: (call: ToolCall) => host.callHash(call),
  }
  const run = (call: ToolCall) => runToolCall(parts, call, () => () => undefined)
  const end = async () => {
    for (const { close } of contributions.reverse()) await close?.()
    store.close()
  }
  return { host, approvals, ran, run, end }
}

it('a call that was approved after its caller had gone runs once after a restart, all of it audited, no secret on the disk', async () => {
  const folder = storeFolder()
  const first = await life(folder)
  await expect(first.run(fakeCall(impatient))).rejects.toThrow('Approval pending')
  const { id } = first.approvals.decide(first.approvals.pending()[0]?.id ?? '', { approve: true, by: 'approver' })
  await first.end()
  expect(first.ran).toEqual([])

  const second = await life(folder)
  await second.run(fakeCall(impatient))
  await expect(second.run(fakeCall(impatient))).rejects.toThrow('Approval pending')
  expect(second.ran).toHaveLength(1)
  expect(second.host.tables.rows()).toMatchObject([
    { decision: 'unconfirmed', decided_by: `approval:${id}`, outcome: 'denied' },
    { decision: 'approved', decided_by: `approval:${id}`, outcome: 'ok' },
    { decision: 'unconfirmed', outcome: 'denied' },
  ])
  await second.end()
  for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name)).includes(secret)).toBe(false)
})

it('a call whose policy changes while it waits does not run, approved or not', async () => {
  const { host, approvals, ran, run, end } = await life(storeFolder())
  const held = run(fakeCall())
  await expect.poll(() => approvals.pending().length).toBe(1)
  host.version += 1
  approvals.decide(approvals.pending()[0]?.id ?? '', { approve: true, by: 'approver' })
  await expect(held).rejects.toMatchObject({ code: 'tool.unconfirmed' })
  expect(ran).toEqual([])
  expect(host.tables.rows()).toMatchObject([{ outcome: 'denied' }])
  await end()
})

it('every call that shares an approval has a row of its own', async () => {
  const { host, approvals, ran, run, end } = await life(storeFolder())
  const both = [run(fakeCall()), run(fakeCall())]
  await expect.poll(() => approvals.pending()[0]?.waiting).toBe(2)
  const { id } = approvals.decide(approvals.pending()[0]?.id ?? '', { approve: true, by: 'desktop' })
  await Promise.all(both)
  expect(ran).toHaveLength(2)
  const row = { decision: 'approved', decided_by: `approval:${id}`, outcome: 'ok' }
  await end()
  expect(host.events.filter(({ event }) => event === 'audit.appended').map(({ data }) => data)).toMatchObject([
    { entry: row },
    { entry: row },
  ])
})
