import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../src/renderer/features/activity/arguments'
import { caughtUp, rowsToAsk } from '../../src/renderer/features/activity/caught-up'
import { isFiltered, noFilters, toQuery } from '../../src/renderer/features/activity/filters'
import { trailOf } from '../../src/renderer/features/activity/trail'
import { decidedBy } from '../../src/renderer/features/approvals/decided-by'
import { againstCaps, capOf } from '../../src/renderer/features/groups/caps'
import { costByServer } from '../../src/renderer/features/overview/cost'
import type { ToolRow } from '../../src/shared/catalog-rows'
import type { Approval, AuditEntry, PolicyDocument } from '../../src/shared/records'

const entry: AuditEntry = {
  ...{ id: 1, at: '2026-01-02T10:00:00.000Z', client: 'Cursor', session_id: null, group: 'work', server: 'github', tool: 'create_issue' },
  ...{ door: 'mcp', arguments: '{"a":1}', arguments_hash: 'h', decision: 'allow', decided_by: 'rules[0]', outcome: 'ok' },
  ...{ duration_ms: 3, request_bytes: 7, result_bytes: 9, error: null },
}
const policy: PolicyDocument = { deny: [], audit: true, rules: [{ effect: 'allow', server: 'github', tool: 'create_*' }], default: 'ask' }
const approval: Approval = {
  ...{
    id: 'a',
    client: 'Cursor',
    group: 'work',
    session_id: null,
    server: 'github',
    tool: 'create_issue',
    tool_name: 'github_create_issue',
  },
  ...{ arguments: {}, call_hash: 'h', reason: 'The policy asks.', created_at: '2026-01-02T10:00:00.000Z' },
  ...{ expires_at: '2026-01-02T10:05:00.000Z', status: 'approved', decided_at: '2026-01-02T10:00:02.100Z', decided_by: 'desktop' },
  ...{ decision_reason: 'go on', used_at: null, edited: true },
}

describe('filters of the activity', () => {
  it('become a question with only what was chosen', () => {
    expect(toQuery(noFilters)).toEqual({})
    expect(toQuery({ ...noFilters, text: '  issue ', client: 'Cursor', outcome: 'denied' })).toEqual({
      q: 'issue',
      client: 'Cursor',
      outcome: 'denied',
    })
  })

  it('count a week from the midnight of its first day', () => {
    const now = new Date(2026, 0, 10, 15, 30)
    expect(toQuery({ ...noFilters, span: 'today' }, now).since).toBe(new Date(2026, 0, 10).toISOString())
    expect(toQuery({ ...noFilters, span: 'week' }, now).since).toBe(new Date(2026, 0, 4).toISOString())
    expect(toQuery({ ...noFilters, span: 'hour' }, now).since).toBe(new Date(2026, 0, 10, 14, 30).toISOString())
  })

  it('know whether they hide anything', () => {
    expect(isFiltered(noFilters)).toBe(false)
    expect(isFiltered({ ...noFilters, span: 'hour' })).toBe(true)
  })
})

describe('the rows of the activity, when new calls came', () => {
  const rows = (...ids: readonly number[]) => ids.map((id) => ({ ...entry, id }))
  const ids = ({ entries }: { readonly entries: readonly AuditEntry[] }) => entries.map(({ id }) => id)

  it('are the newest as they are now, and below them those that were there', () => {
    const found = caughtUp({ entries: rows(5, 4, 3, 2), next: '1' }, { entries: rows(7, 6, 5, 4), next_cursor: '3' })
    expect(ids(found)).toEqual([7, 6, 5, 4, 3, 2])
    expect(found.next).toBe('1')
  })

  it('leave out what no longer belongs to them', () => {
    const found = caughtUp({ entries: rows(5, 4, 3), next: null }, { entries: rows(6, 4), next_cursor: '3' })
    expect(ids(found)).toEqual([6, 4, 3])
  })

  it('begin anew where so many came that they do not reach each other', () => {
    const found = caughtUp({ entries: rows(3, 2, 1), next: null }, { entries: rows(9, 8), next_cursor: '7' })
    expect(found).toEqual({ entries: rows(9, 8), next: '7' })
  })

  it('are all there are, where there are few', () => {
    expect(caughtUp({ entries: [], next: null }, { entries: rows(2, 1), next_cursor: null })).toEqual({ entries: rows(2, 1), next: null })
  })
})

describe('the newest rows, when calls came or ended', () => {
  const after = (finished: number) =>
    Array.from({ length: finished + 1 }, (_, i): AuditEntry => ({ ...entry, id: finished - i, outcome: i === finished ? 'running' : 'ok' }))

  it('are few where nothing runs', () => {
    expect([rowsToAsk(undefined), rowsToAsk({ entries: after(5).slice(0, -1), next: null })]).toEqual([100, 100])
  })

  it('reach down to the last call that still runs, beyond those that came since, as far as one answer goes', () => {
    expect([0, 250, 5_000].map((finished) => rowsToAsk({ entries: after(finished), next: null }))).toEqual([101, 351, 1000])
  })
})

describe('what decided a call', () => {
  it('is its rule, as the policy has it now', () => {
    expect(decidedBy(entry, policy)).toBe('Rule: github : create_*')
  })

  it.each([
    ['approval:1', 'approved', 'You'],
    ['approval:1', 'deny', 'Not approved'],
    ['grant:1', 'allow', 'Grant'],
    ['default', 'allow', 'No rule'],
    ['tool.not_found', 'deny', 'No such tool here'],
    ['something.new', 'deny', 'something.new'],
  ] as const)('is for %s (%s): %s', (decided_by, decision, words) => {
    expect(decidedBy({ decided_by, decision })).toBe(words)
  })

  it('waits, where nobody has decided yet', () => {
    const waits: Approval = { ...approval, status: 'pending', decided_at: null, decided_by: null, decision_reason: null }
    const steps = trailOf({ ...entry, decision: 'deny', decided_by: 'approval:a', outcome: 'denied' }, waits, policy)
    expect(steps[2]).toMatchObject({ tone: 'wait', text: 'Waits: Nobody yet' })
  })

  it('is told step by step, with who approved, how fast and why', () => {
    const steps = trailOf({ ...entry, decision: 'approved', decided_by: 'approval:a' }, approval, policy).map(({ text }) => text)
    expect(steps).toEqual([
      'Came through group work',
      'The policy asks.',
      'Approved: You, 2.1 s, saying “go on”',
      'Ran with the arguments as edited',
      'The server answered',
    ])
  })
})

describe('recorded arguments', () => {
  it('are values where they were kept whole, and nothing else is taken for them', () => {
    expect(parseArguments('{"a":1}')).toEqual({ a: 1 })
    for (const text of ['{"a":"cut off', '[1]', 'null', '"text"']) expect(parseArguments(text)).toBeNull()
  })
})

describe('what agents take in', () => {
  it('is compared with what a group shows', () => {
    expect(againstCaps(63).map(({ cap, over }) => [cap, over])).toEqual([
      [40, 23],
      [80, 0],
      [128, 0],
    ])
    expect([capOf('Cursor 2'), capOf('VS Code'), capOf('Claude Code')]).toEqual([40, 128, null])
  })
})

describe('context cost', () => {
  const tool = (server: string, tokens: number, hidden_by: ToolRow['hidden_by'] = null) => ({ server, tokens, hidden_by }) as ToolRow

  it('adds up what is exposed, the dearest first; where nothing is, what it would cost', () => {
    expect(costByServer([tool('a', 5), tool('b', 50), tool('b', 7, 'policy'), tool('c', 9, 'disabled')])).toEqual([
      { server: 'b', tokens: 50, exposed: 1 },
      { server: 'c', tokens: 9, exposed: 0 },
      { server: 'a', tokens: 5, exposed: 1 },
    ])
  })
})
