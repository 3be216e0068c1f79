import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bundledPlugins } from '../../src/main/plugins'
import { approvalLimits, approvalsPlugin } from '../../src/main/plugins/approvals'
import { allowedBy, openDesk, refused, seconds, stored, turn } from '../support/approval-desk'
import { pluginStore } from '../support/plugin-store'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a call that needs a person', () => {
  it('waits, is shown with complete arguments, and runs when the person says yes', async () => {
    const { host, plugin, ask, decide } = await openDesk()
    const asked = await ask({ arguments: { repo: 'demo', password: 'hunter2-hunter2' } })
    expect(asked.settled).toBeUndefined()
    expect(plugin.pending()).toMatchObject([
      {
        client: 'claude',
        server: 'github',
        tool: 'delete',
        tool_name: 'github_delete',
        reason: 'destructive',
        waiting: 1,
        status: 'pending',
      },
    ])
    expect(plugin.pending()[0]?.arguments).toEqual({ repo: 'demo', password: 'hunter2-hunter2' })
    const decided = await decide(true)
    expect(asked).toEqual(allowedBy(decided.id))
    expect(plugin.pending()).toEqual([])
    expect(host.events.map(({ event }) => event)).toEqual(['approval.created', 'approval.closed'])
  })
  it('keeps no secret of its arguments in the store, in the decision or in the closing event', async () => {
    const { host, ask, decide } = await openDesk()
    await ask({ arguments: { repo: 'demo', password: 'hunter2-hunter2' } })
    expect(JSON.stringify(stored(host))).not.toContain('hunter2')
    const decided = await decide(true)
    expect(JSON.stringify([decided, stored(host), host.events.at(-1)])).not.toContain('hunter2')
    expect(stored(host)[0]?.arguments).toMatchObject({ repo: 'demo' })
  })
  it('keeps only the beginning of very large arguments in the store, and all of them for the person', async () => {
    const { host, plugin, ask } = await openDesk()
    await ask({ arguments: { text: 'x'.repeat(100_000) } })
    expect(JSON.stringify(stored(host)[0]?.arguments).length).toBeLessThan(approvalLimits.storedArgumentsBytes * 2)
    expect(plugin.pending()[0]?.arguments).toEqual({ text: 'x'.repeat(100_000) })
  })
  it('is denied with the reason that the person gave', async () => {
    const { host, ask, decide } = await openDesk()
    const asked = await ask()
    await decide(false, '  use the archive instead ')
    expect(asked).toEqual(refused('tool.unconfirmed', 'they say: use the archive instead'))
    expect(stored(host)).toMatchObject([
      { status: 'denied', decided_by: 'approver', decision_reason: 'use the archive instead', used_at: null },
    ])
  })
  it('is denied at once, with the way to enable it, when approvals are switched off', async () => {
    const { plugin, ask } = await openDesk({ hil: { enabled: false } })
    expect(await ask()).toEqual(refused('tool.unconfirmed', '"enabled": true'))
    expect(plugin.pending()).toEqual([])
  })
  it('is denied when the question cannot be stored', async () => {
    const { host, plugin, ask } = await openDesk()
    host.tables.broken.add('approvals')
    const asked = await ask()
    expect(asked.settled).toHaveProperty('no')
    expect(plugin.pending()).toEqual([])
  })
  it('goes on waiting when the decision cannot be stored, and can be decided again', async () => {
    const { host, ask, decide } = await openDesk()
    const asked = await ask()
    host.tables.broken.add('approvals')
    await expect(decide(true)).rejects.toThrow('no space')
    expect(asked.settled).toBeUndefined()
    host.tables.broken.clear()
    const decided = await decide(true)
    expect(asked).toEqual(allowedBy(decided.id))
  })
  it('cannot be decided twice, nor under a name that never was', async () => {
    const { plugin, ask, decide } = await openDesk()
    await ask()
    const { id } = await decide(false)
    expect(() => plugin.decide(id, { approve: true, by: 'approver' })).toThrow('no pending approval')
    expect(() => plugin.decide('constructor', { approve: true, by: 'approver' })).toThrow('no pending approval')
  })
})

describe('identical calls of one client', () => {
  it('share one approval, and each of them runs once', async () => {
    const { host, plugin, ask, decide } = await openDesk()
    const both = [await ask({ arguments: { a: 1, b: 2 } }), await ask({ arguments: { b: 2, a: 1 } })]
    expect(plugin.pending()).toMatchObject([{ waiting: 2 }])
    const { id } = await decide(true)
    expect(both).toEqual([allowedBy(id), allowedBy(id)])
    expect(host.tables.grants.list()).toEqual([])
    expect((await ask({ arguments: { a: 1, b: 2 } })).settled).toBeUndefined()
  })
  it('are denied together', async () => {
    const { ask, decide } = await openDesk()
    const both = [await ask(), await ask()]
    await decide(false, 'no')
    expect(both).toEqual([refused('tool.unconfirmed', 'no'), refused('tool.unconfirmed', 'no')])
  })
  it('do not share it with other arguments, clients, groups or policies', async () => {
    const { host, plugin, ask } = await openDesk()
    await ask()
    await ask({ arguments: { other: true } })
    await ask({ client: 'cursor' })
    await ask({ group: 'readonly' })
    host.version += 1
    await ask()
    expect(plugin.pending()).toHaveLength(5)
  })
  it('wait for the same decision in limited numbers', async () => {
    const { ask } = await openDesk()
    for (let i = 0; i < approvalLimits.callsPerApproval; i++) await ask()
    expect(await ask()).toEqual(refused('limit.approvals', 'identical calls'))
  })
})

describe('pending approvals', () => {
  it('are at most 20 for one client, and others may still ask', async () => {
    const { ask } = await openDesk()
    for (let n = 0; n < approvalLimits.pendingPerClient; n++) await ask({ arguments: { n } })
    expect(await ask({ arguments: { n: 'more' } })).toEqual(refused('limit.approvals', 'of this client'))
    expect((await ask({ client: 'cursor' })).settled).toBeUndefined()
  })
  it('are at most 100 in all, and there is room again after a decision', async () => {
    const { ask, decide } = await openDesk()
    for (let n = 0; n < approvalLimits.pending; n++) await ask({ client: `client-${n % 10}`, arguments: { n } })
    expect(await ask({ client: 'late' })).toEqual(refused('limit.approvals', '100 approvals'))
    await decide(false)
    expect((await ask({ client: 'late' })).settled).toBeUndefined()
  })
  it('hold a limited amount of arguments', async () => {
    const { ask } = await openDesk()
    const text = 'x'.repeat(approvalLimits.argumentsChars / 2)
    await ask({ arguments: { text } })
    expect(await ask({ arguments: { text, n: 2 } })).toEqual(refused('limit.approvals', 'too large'))
  })
})

describe('a caller that cannot wait', () => {
  it('is told to come back after impatient_seconds when it gave no progress token, while the question stays open', async () => {
    const { plugin, ask } = await openDesk()
    const asked = await ask({ tellsProgress: false })
    await seconds(49)
    expect(asked.settled).toBeUndefined()
    await seconds(1)
    const id = plugin.pending()[0]?.id ?? ''
    expect(asked).toEqual(refused('tool.unconfirmed', 'Call again with the same arguments'))
    expect(asked).toEqual(refused('tool.unconfirmed', id))
    expect(plugin.pending()).toMatchObject([{ status: 'pending', waiting: 0 }])
  })
  it.each([
    ['gave a progress token', { tellsProgress: true }],
    ['is a program that waits by itself', { tellsProgress: false, door: 'rest' as const }],
    ['embeds the gateway', { tellsProgress: false, door: 'library' as const }],
  ])('is held for timeout_seconds when it %s', async (_what, call) => {
    const { plugin, ask } = await openDesk()
    const asked = await ask(call)
    await seconds(299)
    expect(asked.settled).toBeUndefined()
    await seconds(1)
    expect(asked).toEqual(refused('tool.unconfirmed', 'pending'))
    expect(plugin.pending()).toHaveLength(1)
  })
  it('joins its own question when it comes back before the decision', async () => {
    const { plugin, ask, decide } = await openDesk()
    await ask({ tellsProgress: false })
    await seconds(60)
    const again = await ask({ tellsProgress: false })
    expect(plugin.pending()).toMatchObject([{ waiting: 1 }])
    const { id } = await decide(true)
    expect(again).toEqual(allowedBy(id))
    expect((await ask()).settled).toBeUndefined()
  })
  it('finds a later yes exactly once, and the yes is marked as used', async () => {
    const { host, plugin, ask, decide } = await openDesk()
    await ask({ tellsProgress: false })
    await seconds(60)
    const { id } = await decide(true)
    expect(stored(host)).toMatchObject([{ status: 'approved', used_at: null }])
    const racing = await Promise.all([ask(), ask()])
    expect(racing[0]).toEqual(allowedBy(id))
    expect(racing[1].settled).toBeUndefined()
    expect(host.tables.grants.list()).toMatchObject([{ scope: 'once', approval_id: id, used_at: expect.any(String) as string }])
    expect(host.tables.approvals.get(id)?.used_at).toEqual(expect.any(String))
    expect(plugin.pending()).toHaveLength(1)
  })
  it('does not find it with changed arguments, under another name or after a change of policy', async () => {
    const { host, ask, decide } = await openDesk()
    await ask({ tellsProgress: false })
    await seconds(60)
    await decide(true)
    expect((await ask({ arguments: { repo: 'other' } })).settled).toBeUndefined()
    expect((await ask({ client: 'cursor' })).settled).toBeUndefined()
    host.version += 1
    expect((await ask()).settled).toBeUndefined()
    expect(host.tables.grants.list()).toMatchObject([{ used_at: null }])
  })
  it('runs nothing when the use of its yes cannot be stored', async () => {
    const { host, ask, decide } = await openDesk()
    await ask({ tellsProgress: false })
    await seconds(60)
    await decide(true)
    host.tables.broken.add('grants')
    expect((await ask()).settled).toHaveProperty('no')
  })
  it('cannot use its yes after the ticket has expired', async () => {
    const { ask, decide } = await openDesk()
    await ask({ tellsProgress: false })
    await seconds(60)
    await decide(true)
    await seconds(900)
    expect((await ask()).settled).toBeUndefined()
  })
  it('can use its yes after a restart', async () => {
    const tables = pluginStore()
    const before = await openDesk({ tables })
    await before.ask({ tellsProgress: false })
    await seconds(60)
    const { id } = await before.decide(true)
    await before.close()
    const after = await openDesk({ tables })
    expect(await after.ask()).toEqual(allowedBy(id))
  })
  it('finds a later no once, without a new question', async () => {
    const { plugin, ask, decide } = await openDesk()
    await ask({ tellsProgress: false })
    await seconds(60)
    await decide(false, 'not on a Friday')
    expect(await ask()).toEqual(refused('tool.unconfirmed', 'not on a Friday'))
    expect(plugin.pending()).toEqual([])
    expect((await ask()).settled).toBeUndefined()
  })
  it('is asked anew when the later no has expired', async () => {
    const { ask, decide } = await openDesk()
    await ask({ tellsProgress: false })
    await seconds(60)
    await decide(false)
    await seconds(900)
    expect((await ask()).settled).toBeUndefined()
  })
})

describe('a question that nobody decides', () => {
  it('expires after the ticket time and cannot be decided any more', async () => {
    const { host, plugin, ask } = await openDesk()
    await ask({ tellsProgress: false })
    const id = plugin.pending()[0]?.id ?? ''
    await seconds(900)
    expect(stored(host)).toMatchObject([{ id, status: 'expired', decided_by: 'timeout' }])
    expect(host.events.at(-1)).toMatchObject({ event: 'approval.closed', data: { approval: { id, status: 'expired' } } })
    expect(() => plugin.decide(id, { approve: true, by: 'approver' })).toThrow('no pending approval')
  })
  it('denies the call that still waits for it', async () => {
    const { ask } = await openDesk({ hil: { timeout_seconds: 900 } })
    const asked = await ask()
    await seconds(900)
    expect(asked).toEqual(refused('tool.unconfirmed', 'in time'))
  })
  it('has its whole time after a sleep that was announced, and expires then', async () => {
    const { plugin, ask } = await openDesk()
    const asked = await ask()
    const wake = plugin.suspend()
    vi.setSystemTime(Date.now() + 8 * 3_600_000)
    expect(plugin.pending()).toHaveLength(1)
    wake()
    const [approval] = plugin.pending()
    expect(Date.parse(approval?.expires_at ?? '')).toBeGreaterThan(Date.now())
    plugin.decide(approval?.id ?? '', { approve: true, by: 'desktop' })
    await seconds(0)
    expect(asked).toEqual(allowedBy(approval?.id ?? ''))
    await ask({ tellsProgress: false })
    await seconds(901)
    expect(plugin.pending()).toEqual([])
  })
  it('is over when its time has passed although no timer fired, as after a sleep of the machine', async () => {
    const { host, plugin, ask } = await openDesk()
    const asked = await ask()
    const id = plugin.pending()[0]?.id ?? ''
    vi.setSystemTime(Date.now() + 901_000)
    expect(() => plugin.decide(id, { approve: true, by: 'approver' })).toThrow('no pending approval')
    await turn()
    expect(asked).toEqual(refused('tool.unconfirmed'))
    expect(stored(host)).toMatchObject([{ status: 'expired' }])
  })
})

describe('a caller that cancels or goes away', () => {
  it('withdraws its question: nobody can decide it, and the same call asks anew', async () => {
    const { host, plugin, ask } = await openDesk()
    const caller = new AbortController()
    const asked = await ask({ signal: caller.signal })
    const id = plugin.pending()[0]?.id ?? ''
    caller.abort()
    await turn()
    expect(asked).toEqual(refused('call.cancelled', 'nothing was run'))
    expect(stored(host)).toMatchObject([{ status: 'withdrawn', decided_by: 'caller' }])
    expect(() => plugin.decide(id, { approve: true, by: 'approver' })).toThrow('no pending approval')
    expect(host.tables.grants.list()).toEqual([])
    expect((await ask()).settled).toBeUndefined()
  })
  it('leaves the question to the identical calls that still wait', async () => {
    const { ask, decide } = await openDesk()
    const caller = new AbortController()
    const gone = await ask({ signal: caller.signal })
    const stays = await ask()
    caller.abort()
    const { id } = await decide(true)
    expect(gone).toEqual(refused('call.cancelled'))
    expect(stays).toEqual(allowedBy(id))
  })
  it('does not run when it cancels in the very turn of the decision', async () => {
    const { plugin, ask } = await openDesk()
    const caller = new AbortController()
    const asked = await ask({ signal: caller.signal })
    plugin.decide(plugin.pending()[0]?.id ?? '', { approve: true, by: 'approver' })
    caller.abort()
    await turn()
    expect(asked).toEqual(refused('call.cancelled'))
  })
  it('asks nobody when it has already gone', async () => {
    const { plugin, ask } = await openDesk()
    expect(await ask({ signal: AbortSignal.abort() })).toEqual(refused('call.cancelled'))
    expect(plugin.pending()).toEqual([])
  })
})

describe('the notifier', () => {
  it('is told of the approval and where to find it', async () => {
    const told: unknown[] = []
    const { plugin, ask } = await openDesk({
      notifier: (approval, url) => void told.push([approval.id, approval.arguments, url]),
      baseUrl: () => 'http://127.0.0.1:40123/admin/hil',
    })
    await ask({ arguments: { repo: 'demo' } })
    const id = plugin.pending()[0]?.id ?? ''
    expect(told).toEqual([[id, { repo: 'demo' }, `http://127.0.0.1:40123/admin/hil/pending/${id}`]])
  })
  it.each([
    ['the configured host and port', {}, 'http://127.0.0.1:7411/admin/hil/pending/'],
    ['approval_base_url', { approval_base_url: 'https://approve.example/hil/' }, 'https://approve.example/hil/pending/'],
  ])('gets a link made of %s', async (_what, hil, expected) => {
    const urls: string[] = []
    const { ask } = await openDesk({ hil, notifier: (_approval, url) => void urls.push(url) })
    await ask()
    expect(urls[0]).toContain(expected)
  })
  it.each([
    [
      'throws',
      () => {
        throw new Error('no display')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no display'))],
  ])('may fail (%s): the call goes on waiting and the log says so', async (_how, notifier) => {
    const { host, ask, decide } = await openDesk({ notifier })
    const asked = await ask()
    const { id } = await decide(true)
    expect(asked).toEqual(allowedBy(id))
    expect(host.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('notifier failed') as string }),
    )
  })
  it('may hang: the call is decided all the same', async () => {
    const { ask, decide } = await openDesk({ notifier: () => new Promise(() => undefined) })
    const asked = await ask()
    const { id } = await decide(true)
    expect(asked).toEqual(allowedBy(id))
  })
})

describe('a gateway that ends', () => {
  it('denies every call that waits, and asks no more', async () => {
    const { host, ask, close } = await openDesk()
    const both = [await ask(), await ask({ client: 'cursor' })]
    await close()
    await turn()
    expect(both).toEqual([refused('gateway.closing'), refused('gateway.closing')])
    expect(stored(host)).toMatchObject([{ status: 'expired', decided_by: 'restart' }, { status: 'expired' }])
    expect(await ask()).toEqual(refused('gateway.closing'))
    expect(vi.getTimerCount()).toBe(0)
  })
  it('leaves nothing that its next life could approve, even when it was killed', async () => {
    const tables = pluginStore()
    const killed = await openDesk({ tables })
    await killed.ask()
    const { plugin } = await openDesk({ tables })
    const [left] = tables.approvals.list()
    expect(left).toMatchObject({ status: 'expired', decided_by: 'restart' })
    expect(plugin.pending()).toEqual([])
    expect(() => plugin.decide(left?.id ?? '', { approve: true, by: 'approver' })).toThrow('no pending approval')
  })
  it('decides nothing before it has started', () => {
    const plugin = approvalsPlugin()
    expect(plugin.pending()).toEqual([])
    expect(() => plugin.decide('any', { approve: true, by: 'desktop' })).toThrow('no pending approval')
  })
})

describe('the history', () => {
  it('forgets what was decided more than 30 days ago', async () => {
    const { host, ask, decide } = await openDesk()
    await ask()
    await decide(false)
    await seconds(29 * 86_400)
    await ask()
    await decide(false)
    await seconds(2 * 86_400)
    expect(stored(host)).toHaveLength(1)
  })
  it('keeps at most 10,000', async () => {
    const tables = pluginStore()
    const { ask, decide } = await openDesk({ tables })
    await ask()
    const decided = await decide(false)
    for (let n = 0; n < approvalLimits.historyRows + 5; n++) tables.approvals.put({ ...decided, id: `old-${n}` })
    await seconds(3600)
    expect(tables.approvals.list()).toHaveLength(approvalLimits.historyRows)
    expect(tables.approvals.get(decided.id)).toBeUndefined()
  })
})

it('the bundled plugins come in their order', () => {
  expect(bundledPlugins().map(({ name }) => name)).toEqual(['policy', 'hil', 'audit', 'tools', 'oauth'])
})
