import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Grant } from '../../src/shared/records'
import { approvalLimits, type GrantWish } from '../../src/main/plugins/approvals'
import { allowedBy, grantedBy, openDesk, refused, seconds, stored, turn } from '../support/approval-desk'
import { fakeCall, fakeTool, type FakeCallOptions } from '../support/plugin-host'
import { pluginStore } from '../support/plugin-store'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const day = 86_400
const args = { repo: 'demo' }

/** A desk where a person has just said yes to `github_delete {"repo":"demo"}` of claude, with a grant. */
async function granted(scope: GrantWish['scope'], seconds?: number | null, options: Parameters<typeof openDesk>[0] = {}) {
  const desk = await openDesk(options)
  const asked = await desk.ask({ arguments: args })
  const approval = await desk.decide(true, undefined, { grant: { scope, expires_in_seconds: seconds } })
  expect(asked).toEqual(allowedBy(approval.id))
  const [grant] = desk.host.tables.grants.list()
  if (!grant) throw new Error('no grant was written')
  return { ...desk, approval, grant }
}
const again = { arguments: args }
const grantsIn = (desk: { host: { tables: { grants: { list(): Grant[] } } } }) => desk.host.tables.grants.list()

describe('a grant', () => {
  it.each<[GrantWish['scope'], FakeCallOptions, FakeCallOptions]>([
    ['session', { arguments: { repo: 'other' } }, { sessionId: 'session-2' }],
    ['tool', { arguments: { repo: 'other' }, sessionId: 'session-2' }, { name: 'github_purge' }],
    ['arguments', { sessionId: 'session-2' }, { arguments: { repo: 'demo', force: true } }],
  ])('for the %s answers what it covers, and asks about the next thing', async (scope, covered, beyond) => {
    const { host, ask, grant } = await granted(scope)
    host.tools = [fakeTool('github_delete'), fakeTool('github_purge')]
    expect(await ask({ ...again, ...covered })).toEqual(grantedBy(grant.id))
    expect((await ask({ ...again, ...beyond })).settled).toBeUndefined()
  })

  it('for arguments takes them in any order, and is beaten by one digit more', async () => {
    const desk = await openDesk()
    await desk.ask({ arguments: { a: 1, b: { c: [1, 2] } } })
    await desk.decide(true, undefined, { grant: { scope: 'arguments' } })
    const [grant] = grantsIn(desk)
    expect(await desk.ask({ arguments: { b: { c: [1, 2] }, a: 1 } })).toEqual(grantedBy(grant?.id))
    for (const other of [
      { a: 1, b: { c: [2, 1] } },
      { a: '1', b: { c: [1, 2] } },
      { a: 1, b: { c: [1, 2] }, __proto__x: 0 },
    ])
      expect((await desk.ask({ arguments: other })).settled, JSON.stringify(other)).toBeUndefined()
  })

  it.each<[string, FakeCallOptions]>([
    ['another client', { client: 'cursor' }],
    ['the client with another case', { client: 'Claude' }],
    ['the same client through a group', { group: 'readonly' }],
    ['another tool of the server', { name: 'github_purge' }],
    ['a tool of that name on another server', { name: 'gitlab_delete' }],
  ])('is not for %s', async (_who, call) => {
    const { host, ask } = await granted('tool')
    host.tools = ['github_delete', 'github_purge', 'gitlab_delete'].map(fakeTool)
    expect((await ask({ ...again, ...call })).settled).toBeUndefined()
  })

  it('given in a group is not for the same client outside of it', async () => {
    const desk = await openDesk()
    await desk.ask({ group: 'readonly' })
    await desk.decide(true, undefined, { grant: { scope: 'tool' } })
    expect((await desk.ask()).settled).toBeUndefined()
    expect((await desk.ask({ group: 'other' })).settled).toBeUndefined()
    expect(await desk.ask({ group: 'readonly' })).toEqual(grantedBy(grantsIn(desk)[0]?.id))
  })

  it('lets what waits and is covered run at once, and nothing else', async () => {
    const { plugin, ask, decide, host } = await openDesk()
    const first = await ask({ arguments: { n: 1 } })
    const covered = await ask({ arguments: { n: 2 } })
    const stranger = await ask({ client: 'cursor' })
    const { id } = await decide(true, undefined, { grant: { scope: 'tool' } })
    const [grant] = host.tables.grants.list()
    expect([first, covered]).toEqual([allowedBy(id), grantedBy(grant?.id)])
    expect(stranger.settled).toBeUndefined()
    expect(plugin.pending()).toHaveLength(1)
    expect(stored(host).map(({ decided_by }) => decided_by)).toEqual(['approver', `grant:${grant?.id}`, null])
  })

  it('for a session lets an identical call of another session wait on', async () => {
    const { host, plugin, ask, decide } = await openDesk()
    await ask({ arguments: { n: 1 } })
    const mine = await ask({ arguments: { n: 2 } })
    const foreign = await ask({ arguments: { n: 2 }, sessionId: 'session-2' })
    await decide(true, undefined, { grant: { scope: 'session' } })
    expect(mine.settled).toHaveProperty('yes')
    expect(foreign.settled).toBeUndefined()
    expect(plugin.pending()).toMatchObject([{ waiting: 1 }])
    await seconds(2)
    const rows = stored(host).filter(({ decided_by }) => decided_by?.startsWith('grant:'))
    expect(rows).toMatchObject([{ arguments: { n: 2 }, session_id: 'session-1' }])
  })

  it('is told of with its id, and shows what it covers without secrets', async () => {
    const { host, ask, decide } = await openDesk()
    await ask({ arguments: { repo: 'demo', password: 'hunter2-hunter2' } })
    await decide(true, undefined, { grant: { scope: 'arguments' } })
    const [grant] = host.tables.grants.list()
    expect(host.events).toContainEqual({ event: 'grants.changed', data: { ids: [grant?.id] } })
    expect(grant).toMatchObject({ scope: 'arguments', granted_by: 'approver', arguments: { repo: 'demo' }, rule: 'confirm:destructive' })
    expect(JSON.stringify(grant)).not.toContain('hunter2')
  })

  it('counts its uses and has a row in the history for each, of its own name', async () => {
    const { host, ask, grant } = await granted('tool')
    await ask(again)
    await ask({ arguments: { repo: 'other' } })
    await seconds(2)
    expect(host.tables.grants.get(grant.id)).toMatchObject({ uses: 2, used_at: expect.any(String) as string })
    const rows = stored(host).slice(1)
    expect(rows).toMatchObject([
      { status: 'approved', decided_by: `grant:${grant.id}`, arguments: { repo: 'demo' }, used_at: expect.any(String) as string },
      { status: 'approved', decided_by: `grant:${grant.id}`, arguments: { repo: 'other' } },
    ])
  })

  it('runs its calls also while the history cannot be written, which is made up for', async () => {
    const { host, ask, grant } = await granted('tool')
    host.tables.broken.add('approvals')
    expect(await ask(again)).toEqual(grantedBy(grant.id))
    await seconds(2)
    expect(host.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('the audit has them') as string }),
    )
    host.tables.broken.clear()
    expect(await ask(again)).toEqual(grantedBy(grant.id))
    await seconds(2)
    expect(stored(host).slice(1)).toMatchObject([{ decided_by: `grant:${grant.id}` }, { decided_by: `grant:${grant.id}` }])
  })

  it('does not push the decisions of people out of the history', async () => {
    const { host, approval, ask, grant } = await granted('tool')
    for (let n = 0; n < approvalLimits.grantedRows + 20; n++) await ask({ arguments: { n } })
    await seconds(601)
    const rows = stored(host)
    expect(rows.filter(({ decided_by }) => decided_by === `grant:${grant.id}`)).toHaveLength(approvalLimits.grantedRows)
    expect(host.tables.approvals.get(approval.id)).toBeDefined()
  })
})

describe('a grant is over', () => {
  it.each<[GrantWish['scope'], number | null | undefined, number]>([
    ['session', undefined, day],
    ['tool', undefined, 30 * day],
    ['arguments', undefined, 30 * day],
    ['tool', null, 365 * day],
    ['tool', 60, 60],
  ])('for %s, wished for %s s, after %s s', async (scope, wished, held) => {
    const { ask, grant } = await granted(scope, wished)
    vi.setSystemTime(Date.parse(grant.created_at) + held * 1000 - 1)
    expect(await ask(again)).toEqual(grantedBy(grant.id))
    vi.setSystemTime(Date.parse(grant.created_at) + held * 1000)
    expect((await ask(again)).settled).toBeUndefined()
  })

  it('when its session ends, and no other', async () => {
    const { host, ask, grant } = await granted('session')
    host.emit('session.closed', { session_id: 'session-2' })
    expect(await ask(again)).toEqual(grantedBy(grant.id))
    host.emit('session.closed', { session_id: 'session-1' })
    expect(grantsIn({ host })).toEqual([])
    expect((await ask(again)).settled).toBeUndefined()
  })

  it('when the tool is defined otherwise, also before anybody was told', async () => {
    const { host, ask } = await granted('tool')
    const changed = { ...fakeTool('github_delete'), definition_hash: 'another' }
    host.tools = [changed]
    expect((await ask({ ...fakeCall(again), definition: changed })).settled).toBeUndefined()
    expect((await ask(fakeCall(again))).settled).toBeUndefined()
    host.emit('catalog.changed', { server_ids: ['github'] })
    expect(grantsIn({ host })).toEqual([])
    host.tools = [fakeTool('github_delete')]
    expect((await ask({ arguments: { n: 3 } })).settled).toBeUndefined()
  })

  it('not because its server was away for a while', async () => {
    const { host, ask, grant } = await granted('tool')
    host.tools = []
    host.emit('catalog.changed', { server_ids: ['github'] })
    host.tools = [fakeTool('github_delete')]
    host.emit('catalog.changed', { server_ids: ['github'] })
    expect(await ask(again)).toEqual(grantedBy(grant.id))
  })

  it.each(['server.removed', 'clients.changed', 'groups.changed'] as const)(
    'when another stands behind one of its names, once that is told (%s) and before',
    async (event) => {
      const { host, ask } = await granted('tool')
      host.places.github = 'elsewhere'
      expect((await ask(again)).settled).toBeUndefined()
      if (event === 'server.removed') host.emit(event, { id: '1', name: 'github' })
      else host.emit(event, { ids: ['1'] })
      expect(grantsIn({ host })).toEqual([])
      delete host.places.github
      expect((await ask({ arguments: { n: 2 } })).settled).toBeUndefined()
    },
  )

  it('so is the ticket of a call that was sent away', async () => {
    const { host, ask, decide } = await openDesk()
    await ask({ ...again, tellsProgress: false })
    await seconds(60)
    await decide(true)
    host.places.github = 'elsewhere'
    expect((await ask(again)).settled).toBeUndefined()
  })
})

describe('a grant after a restart', () => {
  it('is still there, with its uses', async () => {
    const tables = pluginStore()
    const before = await granted('arguments', undefined, { tables })
    await before.ask(again)
    await before.close()
    const { ask, host } = await openDesk({ tables })
    expect(await ask({ ...again, sessionId: 'session-9' })).toEqual(grantedBy(before.grant.id))
    await seconds(2)
    expect(host.tables.grants.get(before.grant.id)).toMatchObject({ uses: 2 })
  })

  it('is gone if it was for a session', async () => {
    const tables = pluginStore()
    await granted('session', undefined, { tables })
    const { ask } = await openDesk({ tables })
    expect(tables.grants.list()).toEqual([])
    expect((await ask(again)).settled).toBeUndefined()
  })

  it('never was if the gateway was killed before its approval was written', async () => {
    const tables = pluginStore()
    const { grant, approval } = await granted('tool', undefined, { tables })
    tables.approvals.put({ ...approval, status: 'pending', decided_at: null, decided_by: null })
    const { ask } = await openDesk({ tables })
    expect(tables.grants.get(grant.id)).toBeUndefined()
    expect((await ask(again)).settled).toBeUndefined()
  })
})

describe('what asks', () => {
  it.each<[string, string | null, string | null, boolean]>([
    ['the same rule', 'rules[2]', 'rules[2]', true],
    ['another rule of the policy', 'rules[2]', 'confirm:destructive', true],
    ['a guard beside the policy', 'rules[2]', 'rules[2]; guard:secrets', false],
    ['the guard that had asked too', 'rules[2]; guard:secrets', 'guard:secrets', true],
    ['somebody without a name', 'rules[2]', 'rules[2]; unnamed', false],
    ['somebody without a name who had asked', null, null, true],
    ['somebody who calls himself like a rule', 'rules[2]', 'rules[2]x', false],
  ])('%s is answered or not', async (_what, given, asks, isAnswered) => {
    const { ask, decide } = await openDesk()
    await ask(again, given)
    await decide(true, undefined, { grant: { scope: 'tool' } })
    expect((await ask({ arguments: { n: 1 } }, asks)).settled !== undefined).toBe(isAnswered)
  })
})

describe('a grant that cannot be given', () => {
  it.each<[string, GrantWish, FakeCallOptions, string]>([
    ['for a session without one', { scope: 'session' }, { sessionId: null }, 'another scope'],
    ['for no time', { scope: 'tool', expires_in_seconds: 0 }, {}, 'holds for 1 to'],
    ['for a fraction', { scope: 'tool', expires_in_seconds: 1.5 }, {}, 'holds for 1 to'],
    ['for longer than there is', { scope: 'session', expires_in_seconds: day + 1 }, {}, 'holds for 1 to'],
  ])('%s leaves the question open', async (_what, grant, call, words) => {
    const { plugin, ask, host } = await openDesk()
    const asked = await ask(call)
    const [pending] = plugin.pending()
    expect(() => plugin.decide(pending?.id ?? '', { approve: true, by: 'approver', grant })).toThrow(words)
    expect(asked.settled).toBeUndefined()
    expect(plugin.pending()).toHaveLength(1)
    expect(grantsIn({ host })).toEqual([])
  })

  it('because there are too many leaves the question open', async () => {
    const tables = pluginStore()
    const { grant } = await granted('tool', undefined, { tables })
    for (let n = 1; n < approvalLimits.grants; n++)
      tables.grants.put({ ...grant, id: `g${n}`, client: `c${n}`, bound_to: `c${n} null github at home` })
    const { plugin, ask } = await openDesk({ tables })
    await ask({ client: 'cursor' })
    const decide = () => plugin.decide(plugin.pending()[0]?.id ?? '', { approve: true, by: 'approver', grant: { scope: 'tool' } })
    expect(decide).toThrow(/revoke some first/)
    expect(plugin.pending()).toHaveLength(1)
  })

  it.each(['approvals', 'grants'] as const)(
    'because the store cannot take it (%s) lets nothing run, now or after a restart',
    async (part) => {
      const tables = pluginStore()
      const { host, plugin, ask } = await openDesk({ tables })
      const asked = await ask(again)
      tables.broken.add(part)
      const [pending] = plugin.pending()
      expect(() => plugin.decide(pending?.id ?? '', { approve: true, by: 'approver', grant: { scope: 'tool' } })).toThrow('no space')
      expect(asked.settled).toBeUndefined()
      tables.broken.clear()
      expect((await ask({ arguments: { n: 2 } })).settled).toBeUndefined()
      expect(host.tables.grants.list()).toEqual([])
      const { ask: askLater } = await openDesk({ tables })
      expect((await askLater(again)).settled).toBeUndefined()
    },
  )

  it('since the tool has changed while the person looked leaves the question open', async () => {
    const { host, plugin, ask } = await openDesk()
    const asked = await ask(again)
    host.version += 1
    const [pending] = plugin.pending()
    expect(() => plugin.decide(pending?.id ?? '', { approve: true, by: 'desktop', grant: { scope: 'tool' } })).toThrow('has changed since')
    host.version -= 1
    host.places.github = 'elsewhere'
    expect(() => plugin.decide(pending?.id ?? '', { approve: true, by: 'desktop', grant: { scope: 'tool' } })).toThrow('has changed since')
    expect(asked.settled).toBeUndefined()
    expect(grantsIn({ host })).toEqual([])
  })

  it('with a no is not given', async () => {
    const { host, ask, decide } = await openDesk()
    const asked = await ask(again)
    await decide(false, undefined, { grant: { scope: 'tool' } })
    await turn()
    expect(asked).toEqual(refused('tool.unconfirmed'))
    expect(grantsIn({ host })).toEqual([])
  })
})

describe('a call that was sent away', () => {
  it('comes back and runs by the grant that its approval brought', async () => {
    const { host, ask, decide } = await openDesk()
    await ask({ ...again, tellsProgress: false })
    await seconds(60)
    await decide(true, undefined, { grant: { scope: 'arguments' } })
    const [grant, ...others] = host.tables.grants.list()
    expect(others).toEqual([])
    expect(await ask(again)).toEqual(grantedBy(grant?.id))
  })
})
