import { describe, expect, it } from 'vitest'
import type { GatewayError } from '../../src/shared/errors'
import { compilePolicy, denyEverything, parsePolicy, policyLimits, type PolicySubject } from '../../src/shared/policy'
import { policyProblems } from '../../src/shared/policy-problems'
import { PolicyDocument, type CatalogTool } from '../../src/shared/records'

const policyOf = (parts: Partial<PolicyDocument>) => compilePolicy(parsePolicy(parts))
function subject(server: string, name: string, parts: Partial<PolicySubject> = {}): PolicySubject {
  return { kind: 'tool', client: 'claude', group: null, server, name, exposed: `${server}_${name}`, annotations: null, ...parts }
}
const decide = (parts: Partial<PolicyDocument>, asked: PolicySubject) => {
  const { effect, rule } = policyOf(parts).decide(asked)
  return `${effect} by ${rule}`
}

describe('a policy', () => {
  it('allows what nothing names, by default', () => expect(decide({}, subject('github', 'read'))).toBe('allow by default'))
  it.each(['fs_delete', 'deleteFile', 'delete-issue', 'DELETE_ALL', 'x.remove'])('without confirm asks about %s', (name) =>
    expect(decide({}, subject('s', name))).toBe('ask by confirm:destructive'),
  )
  it('without confirm asks about what its server calls destructive', () =>
    expect(policyOf({}).decide(subject('s', 'tidy', { annotations: { destructiveHint: true } }))).toEqual({
      effect: 'ask',
      rule: 'confirm:destructive',
      reason: 'Its server marks this tool as destructive.',
    }))
  it('with confirm asks about exactly what that names', () => {
    expect(decide({ confirm: [] }, subject('s', 'delete'))).toBe('allow by default')
    expect(decide({ confirm: ['a_*', '*_delete'] }, subject('s', 'delete'))).toBe('ask by confirm[1]')
  })
  it('lets the strongest win: deny, then ask, then allow, then the default', () => {
    const rules = (['allow', 'ask', 'deny'] as const).map((effect) => ({ effect, tool: 'x*' }))
    expect(decide({ rules, default: 'deny' }, subject('s', 'x1'))).toBe('deny by rules[2]')
    expect(decide({ rules: rules.slice(0, 2), default: 'deny' }, subject('s', 'x1'))).toBe('ask by rules[1]')
    expect(decide({ rules: rules.slice(0, 1), default: 'deny' }, subject('s', 'x1'))).toBe('allow by rules[0]')
    expect(decide({ rules, default: 'deny' }, subject('s', 'other'))).toBe('deny by default')
    expect(decide({ rules, deny: ['*_x1'] }, subject('s', 'x1'))).toBe('deny by deny[0]')
  })
  it('names the first among equals, and gives the reason of the rule', () => {
    const policy = policyOf({ rules: [{ effect: 'deny', tool: 'x', reason: 'Not on Fridays.' }, { effect: 'deny' }] })
    expect(policy.decide(subject('s', 'x'))).toEqual({ effect: 'deny', rule: 'rules[0]', reason: 'Not on Fridays.' })
  })
  it('wants every condition of a rule to hold', () => {
    const rules = [{ effect: 'deny' as const, server: 'git*', tool: '*_issue', client: 'claude', group: 'work', destructive: true }]
    const hit = subject('github', 'delete_issue', { group: 'work' })
    expect(decide({ rules, confirm: [] }, hit)).toBe('deny by rules[0]')
    const misses = [
      { ...hit, server: 'slack' },
      { ...hit, name: 'delete_repo', exposed: 'github_delete_repo' },
      { ...hit, client: 'cursor' },
      { ...hit, group: null },
      { ...hit, name: 'read_issue' },
    ]
    expect(misses.map((miss) => decide({ rules, confirm: [] }, miss))).toEqual(misses.map(() => 'allow by default'))
  })
  it('knows what is not destructive', () =>
    expect(decide({ confirm: [], rules: [{ effect: 'allow', destructive: false }], default: 'ask' }, subject('s', 'read'))).toBe(
      'allow by rules[0]',
    ))
  it('matches the full name also where the exposed one was shortened', () => {
    const long = subject('github', `delete_${'x'.repeat(60)}`, { exposed: 'github_delete_x_abc123' })
    expect(decide({ deny: [`github_delete_${'x'.repeat(60)}`] }, long)).toBe('deny by deny[0]')
    expect(decide({ deny: ['*_abc123'] }, long)).toBe('deny by deny[0]')
  })
  it('refuses and asks whatever the case or width, and allows only exactly', () => {
    expect(decide({ deny: ['github_drop_*'] }, subject('github', 'ＤＲＯＰ_table'))).toBe('deny by deny[0]')
    expect(decide({ rules: [{ effect: 'ask', client: 'Claude', tool: 'READ*' }] }, subject('s', 'read'))).toBe('ask by rules[0]')
    expect(decide({ rules: [{ effect: 'allow', client: 'Claude' }], default: 'deny' }, subject('s', 'read'))).toBe('deny by default')
    expect(decide({ rules: [{ effect: 'allow', tool: 'READ' }], default: 'deny' }, subject('s', 'read'))).toBe('deny by default')
  })
  it('narrows a pattern to a kind by its prefix', () => {
    const uri = subject('notes', 'file:///private/x', { kind: 'resource' })
    expect(decide({ deny: ['resource:*private*'] }, uri)).toBe('deny by deny[0]')
    expect(decide({ deny: ['tool:*private*'] }, uri)).toBe('allow by default')
    expect(decide({}, subject('s', 'delete', { kind: 'prompt' }))).toBe('allow by default')
  })
  it('of denyEverything denies everything', () => {
    for (const kind of ['tool', 'prompt', 'resource'] as const)
      expect(decide(denyEverything, subject('s', 'a\nb', { kind }))).toBe('deny by deny[0]')
  })
  it.each([
    [{ dney: [] }, 'did you mean "deny"?'],
    [{ deny: ['{'] }, 'deny[0]: The pattern'],
    [{ rules: [{ effect: 'deny', server: '*a*a*a*' }] }, 'rules[0].server: The pattern'],
    [{ deny: ['tool:'] }, 'deny[0]: The pattern'],
    [{ deny: [`\ufdfa`.repeat(30)] }, 'deny[0]: The pattern'],
    ['x', 'must be an object, not a string'],
  ])('is refused when it is %j', (json, words) => expect(() => parsePolicy(json)).toThrow(words))
  it.each([
    ['rules', policyLimits.rules, { effect: 'ask', tool: 'x' }],
    ['deny', policyLimits.patterns, 'x'],
    ['confirm', policyLimits.patterns, 'x'],
  ] as const)('holds so many %s and no more', (list, most, entry) => {
    expect(parsePolicy({ [list]: Array(most).fill(entry) })[list]).toHaveLength(most)
    expect(() => parsePolicy({ [list]: Array(most + 1).fill(entry) })).toThrow(`${list} holds at most ${most} entries`)
  })
  it.each([
    ['keys that are unknown', Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, 1]))],
    ['patterns that are none', { deny: Array(policyLimits.patterns).fill('{') }],
    ['values of the wrong type', { deny: Array(1000).fill(1) }],
    ['unknown keys in every rule', { rules: Array(100).fill({ effect: 'ask', a: 1, b: 1, c: 1 }) }],
  ])('with a thousand %s is told of 20', (_what, json) => {
    const details = () => {
      try {
        return parsePolicy(json)
      } catch (error) {
        return (error as GatewayError).context.details
      }
    }
    expect(details()).toHaveLength(20)
  })
})

describe('problems of a policy', () => {
  const tools = [{ namespace: 'github', bare_name: 'read', name: 'github_read' }] as CatalogTool[]
  const problems = (parts: Partial<PolicyDocument>, known = tools) =>
    policyProblems(PolicyDocument.parse(parts), known).map(({ rule, problem }) => `${rule} ${problem}`)

  it('are none in one that is sound', () =>
    expect(problems({ deny: ['github_r*'], rules: [{ effect: 'ask', client: 'a' }, { effect: 'allow' }] })).toEqual([]))
  it('are rules that a stronger one covers', () =>
    expect(
      problems({
        rules: [
          { effect: 'allow', tool: 'read', client: 'a' },
          { effect: 'deny', tool: 'read' },
        ],
      })[0],
    ).toMatch(/^rules\[0\] It never decides: rules\[1\] says "deny"/))
  it('are contradictions', () =>
    expect(
      problems({
        rules: [
          { effect: 'allow', tool: 'read' },
          { effect: 'ask', tool: 'read' },
        ],
      })[0],
    ).toMatch(/^rules\[0\] It contradicts rules\[1\]/))
  it('are repetitions', () =>
    expect(problems({ deny: ['github_*', 'github_*'] })[0]).toMatch(/^deny\[1\] It never decides: deny\[0\] says the same/))
  it('are patterns that no tool has', () => {
    expect(problems({ deny: ['gitlab_*'], rules: [{ effect: 'ask', server: 'slack' }] }).map((text) => text.split(' ')[0])).toEqual([
      'deny[0]',
      'rules[0]',
    ])
    expect(problems({ deny: ['gitlab_*'] }, [])).toEqual([])
    expect(problems({ deny: ['resource:file*'] })).toEqual([])
  })
})
