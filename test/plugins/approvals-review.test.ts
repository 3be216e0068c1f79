import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Approval, PolicyRule } from '../../src/shared/records'
import { approvalLimits } from '../../src/main/plugins/approvals'
import { allowedBy, openDesk, refused, seconds, stored, turn } from '../support/approval-desk'
import { fakeTool } from '../support/plugin-host'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A question about a tool that does not destroy, asked by these rules. */
async function askedBy(rules: PolicyRule[], rule: string | null, name = 'github_label') {
  const desk = await openDesk({ policy: { rules } })
  desk.host.tools = [fakeTool(name)]
  const held = await desk.ask({ name }, rule)
  const id = desk.plugin.pending()[0]?.id ?? ''
  return { ...desk, held, id, byNotification: () => desk.plugin.decide(id, { approve: true, by: 'notification' }) }
}

const trusting: PolicyRule = { effect: 'ask', tool: '*', notify_approve: true }

describe('what a person sees of a question', () => {
  it('is the call, the rule, the tool, and the time that the session began', async () => {
    const { host, plugin, ask } = await openDesk()
    await host.tables.sessions.put({
      ...{ id: 'session-1', client_id: 'c', group: null, protocol_version: '2025-11-25', capabilities: {}, client_info: {} },
      ...{ created_at: '2026-01-01T00:00:00.000Z', last_seen_at: '2026-01-01T00:00:00.000Z' },
    })
    await ask({ arguments: { repo: 'demo', token: 'for-the-person' } }, 'rules[0]')
    expect(plugin.review(plugin.pending()[0]?.id ?? '')).toMatchObject({
      approval: { client: 'claude', rule: 'rules[0]', arguments: { repo: 'demo', token: 'for-the-person' }, waiting: 1 },
      session_started_at: '2026-01-01T00:00:00.000Z',
      tool: { name: 'github_delete' },
      server: null,
      notify_approve: false,
      earlier: [],
    })
  })

  it('is without tool and session when these are gone', async () => {
    const { host, plugin, ask } = await openDesk()
    await ask({ sessionId: null })
    host.tools = []
    expect(plugin.review(plugin.pending()[0]?.id ?? '')).toMatchObject({ session_started_at: null, tool: null })
  })

  it('are earlier arguments that people approved of this client and tool, newest first, without secrets', async () => {
    const { plugin, ask, decide } = await openDesk()
    for (let n = 0; n < approvalLimits.earlierShown + 2; n++) {
      await ask({ arguments: { n, password: 'hunter2-hunter2' } })
      await decide(true)
    }
    for (const other of [{ client: 'cursor' }, { name: 'github_label' }]) {
      await ask(other)
      await decide(true)
    }
    await ask({ arguments: { refused: true } })
    await decide(false)
    await ask({ arguments: { granted: 1 } })
    await decide(true, undefined, { grant: { scope: 'tool', expires_in_seconds: 60 } })
    await ask({ arguments: { granted: 2 } })
    await seconds(60)
    await ask({ arguments: { now: true } })
    const { earlier } = plugin.review(plugin.pending()[0]?.id ?? '')
    const last = approvalLimits.earlierShown + 1
    expect(earlier.map(({ arguments: args }) => args.n ?? args.granted)).toEqual([1, ...Array.from({ length: 19 }, (_, n) => last - n)])
    expect(JSON.stringify(earlier)).not.toContain('hunter2')
  })

  it('is nothing of a question that is over or never was', async () => {
    const { plugin, ask, decide } = await openDesk()
    await ask()
    const { id } = await decide(false)
    for (const gone of [id, 'never']) expect(() => plugin.review(gone)).toThrow('no pending approval')
  })
})

describe('a notification may approve', () => {
  it('what its rule lets it approve', async () => {
    const { plugin, host, held, id, byNotification } = await askedBy([trusting], 'rules[0]')
    expect(plugin.review(id).notify_approve).toBe(true)
    byNotification()
    await turn()
    expect(held).toEqual(allowedBy(id))
    expect(stored(host)).toMatchObject([{ decided_by: 'notification' }])
  })

  it.each<[string, PolicyRule[], string | null, string?]>([
    ['of a tool that destroys', [trusting], 'rules[0]', 'github_delete'],
    ['whose rule does not say so', [{ effect: 'ask', tool: '*' }], 'rules[0]'],
    ['whose rule says no', [{ ...trusting, notify_approve: false }], 'rules[0]'],
    ['whose rule allows', [{ ...trusting, effect: 'allow' }], 'rules[0]'],
    ['that something else asked about too', [trusting], 'rules[0]; guard:secrets'],
    ['that the default asked about', [trusting], 'default'],
    ['of a rule that is not there', [trusting], 'rules[1]'],
    ['of nobody', [trusting], null],
  ])('nothing %s; it may still deny', async (_what, rules, rule, name) => {
    const { plugin, held, id, byNotification } = await askedBy(rules, rule, name)
    expect(plugin.review(id).notify_approve).toBe(false)
    expect(byNotification).toThrow('notification may not approve')
    await turn()
    expect(held.settled).toBeUndefined()
    plugin.decide(id, { approve: false, by: 'notification' })
    await turn()
    expect(held).toEqual(refused('tool.unconfirmed'))
  })

  it('nothing once the policy or the tool is another', async () => {
    const { host, byNotification } = await askedBy([trusting], 'rules[0]')
    host.version += 1
    expect(byNotification).toThrow('notification may not approve')
  })

  it('once, never for later', async () => {
    const { plugin, id } = await askedBy([trusting], 'rules[0]')
    const wide = { approve: true, by: 'notification', grant: { scope: 'tool' } } as const
    expect(() => plugin.decide(id, wide)).toThrow('notification may not approve')
  })
})

describe('denying all', () => {
  it('denies what waits, with the reason, and says how many', async () => {
    const { host, plugin, ask } = await openDesk()
    const held = [await ask({ arguments: { n: 1 } }), await ask({ client: 'cursor' })]
    expect(plugin.denyAll({ by: 'desktop', reason: ' stop it ' })).toBe(2)
    await turn()
    expect(held).toEqual([refused('tool.unconfirmed', 'stop it'), refused('tool.unconfirmed', 'stop it')])
    expect(plugin.pending()).toEqual([])
    expect(host.events.filter(({ event }) => event === 'approval.closed')).toHaveLength(2)
    expect(plugin.denyAll({ by: 'desktop' })).toBe(0)
  })

  it('of one client leaves the others alone', async () => {
    const { plugin, ask } = await openDesk()
    await ask()
    const other = await ask({ client: 'cursor' })
    expect(plugin.denyAll({ client: 'claude', by: 'desktop' })).toBe(1)
    await turn()
    expect(other.settled).toBeUndefined()
    expect(plugin.denyAll({ client: 'Cursor', by: 'desktop' })).toBe(0)
  })

  it('denies also what the store cannot write down, and what was sent away', async () => {
    const { host, plugin, ask } = await openDesk()
    await ask({ tellsProgress: false })
    await seconds(60)
    host.tables.broken.add('approvals')
    expect(plugin.denyAll({ by: 'desktop' })).toBe(1)
    host.tables.broken.clear()
    expect(await ask()).toEqual(refused('tool.unconfirmed', 'A person denied'))
  })
})

describe('pausing', () => {
  it('denies what waits, tells the model not to come back now, and everybody that it is over', async () => {
    const closed: Approval[] = []
    const { host, ask, pause } = await openDesk({ onClosed: (approval) => void closed.push(approval) })
    const held = [await ask(), await ask({ client: 'cursor' })]
    pause()
    await turn()
    expect(held).toEqual([refused('gateway.paused', 'Do not call again now'), refused('gateway.paused')])
    expect(stored(host)).toMatchObject([{ status: 'denied', decided_by: 'pause' }, { decided_by: 'pause' }])
    expect(closed).toHaveLength(2)
  })
})

describe('who is told that a question is over', () => {
  it.each<[string, (desk: Awaited<ReturnType<typeof openDesk>>) => unknown, Approval['status']]>([
    ['approved', ({ decide }) => decide(true), 'approved'],
    ['denied', ({ decide }) => decide(false), 'denied'],
    ['timed out', () => seconds(900), 'expired'],
    ['at the end of the gateway', ({ close }) => close(), 'expired'],
  ])('hears of it once, without secrets, however it ended (%s)', async (_how, end, status) => {
    const closed: Approval[] = []
    const desk = await openDesk({ onClosed: (approval) => void closed.push(approval) })
    await desk.ask({ arguments: { password: 'hunter2-hunter2' } })
    await end(desk)
    await turn()
    expect(closed).toMatchObject([{ status }])
    expect(JSON.stringify(closed)).not.toContain('hunter2')
  })

  it('may fail: the decision stands', async () => {
    const { host, ask, decide } = await openDesk({ onClosed: () => Promise.reject(new Error('no display')) })
    const asked = await ask()
    const { id } = await decide(true)
    expect(asked).toEqual(allowedBy(id))
    expect(host.logged).toContainEqual(expect.objectContaining({ level: 'warn' }))
  })
})
