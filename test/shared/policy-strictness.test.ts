import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileRules } from '../../src/main/gateway/access'
import { compilePolicy, parsePolicy, type PolicySubject } from '../../src/shared/policy'
import { areListsStricter, isPolicyStricter } from '../../src/shared/policy-strictness'
import type { Effect, PolicyDocument, PolicyRule } from '../../src/shared/records'

const weight: Readonly<Record<Effect, number>> = { allow: 0, ask: 1, deny: 2 }
/** Few words, so that patterns, rules and subjects meet. */
const globs = fc.constantFrom('*', 'a_*', '*_x', 'a_x', '*delete*', 'tool:a_*', 'prompt:p', 'resource:r*', 'A_X', '{a,b}_x')
const names = fc.constantFrom('a', 'b', 'A')
const effects = fc.constantFrom<Effect>('deny', 'ask', 'allow')
const rules: fc.Arbitrary<PolicyRule> = fc.record(
  {
    effect: effects,
    server: fc.constantFrom('a', 'b', '*'),
    tool: globs,
    client: names,
    group: names,
    destructive: fc.boolean(),
    notify_approve: fc.boolean(),
    reason: fc.constantFrom('why', 'because'),
  },
  { requiredKeys: ['effect'] },
)
const policies: fc.Arbitrary<PolicyDocument> = fc.record(
  {
    deny: fc.array(globs, { maxLength: 2 }),
    confirm: fc.array(globs, { maxLength: 2 }),
    audit: fc.boolean(),
    rules: fc.array(rules, { maxLength: 4 }),
    default: effects,
  },
  { requiredKeys: ['deny', 'audit', 'rules', 'default'] },
)
const subjects: fc.Arbitrary<PolicySubject> = fc
  .record({
    kind: fc.constantFrom('tool' as const, 'prompt' as const, 'resource' as const),
    client: names,
    group: fc.option(names),
    server: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('x', 'delete', 'p', 'r1', 'X'),
    annotations: fc.constantFrom(null, { destructiveHint: true }),
  })
  .map((subject) => ({ ...subject, exposed: `${subject.server}_${subject.name}` }))

/** One step of an edit, of the kind that people and attackers make. */
type Edit = (policy: PolicyDocument) => PolicyDocument
const without = <T>(list: readonly T[], at: number): T[] => list.filter((_each, i) => i !== at)
const into = <T>(list: readonly T[], at: number, one: T): T[] => [...list.slice(0, at), one, ...list.slice(at)]
const place = fc.nat({ max: 3 })
const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, globs).map(([at, glob]): Edit => (policy) => ({ ...policy, deny: into(policy.deny, at, glob) })),
  place.map((at): Edit => (policy) => ({ ...policy, deny: without(policy.deny, at) })),
  fc.tuple(place, globs).map(([at, glob]): Edit => (policy) => ({ ...policy, confirm: into(policy.confirm ?? [], at, glob) })),
  place.map(
    (at): Edit =>
      (policy) =>
        policy.confirm ? { ...policy, confirm: without(policy.confirm, at) } : policy,
  ),
  fc.constant<Edit>(({ confirm: _gone, ...policy }) => policy),
  fc.tuple(place, rules).map(([at, rule]): Edit => (policy) => ({ ...policy, rules: into(policy.rules, at, rule) })),
  place.map((at): Edit => (policy) => ({ ...policy, rules: without(policy.rules, at) })),
  fc.constant<Edit>((policy) => ({ ...policy, rules: [...policy.rules].reverse() })),
  fc.tuple(place, effects).map(([at, effect]): Edit => (policy) => ({
    ...policy,
    rules: policy.rules.map((rule, i) => (i === at ? { ...rule, effect } : rule)),
  })),
  place.map((at): Edit => (policy) => ({
    ...policy,
    rules: policy.rules.map((rule, i) => (i === at ? { ...rule, notify_approve: true } : rule)),
  })),
  effects.map((effect): Edit => (policy) => ({ ...policy, default: effect })),
)
const pairs = fc
  .tuple(policies, fc.array(edits, { maxLength: 2 }))
  .map(([before, steps]) => ({ before, after: steps.reduce((policy, step) => step(policy), before) }))

/** Whether the rule that asked lets a notification approve. */
function notifies(policy: PolicyDocument, subject: PolicySubject): boolean {
  const at = /^rules\[(\d+)\]$/.exec(compilePolicy(policy).decide(subject).rule)?.[1]
  return at !== undefined && policy.rules[Number(at)]?.notify_approve === true
}

describe('a policy that is said to be stricter', () => {
  it('decides nothing more weakly, whoever asks for whatever, and lets no notification approve what it could not before', () => {
    fc.assert(
      fc.property(fc.oneof(pairs, fc.record({ before: policies, after: policies })), subjects, ({ before, after }, subject) => {
        fc.pre(isPolicyStricter(before, after))
        const [old, now] = [compilePolicy(before).decide(subject).effect, compilePolicy(after).decide(subject).effect]
        expect(weight[now]).toBeGreaterThanOrEqual(weight[old])
        if (old === 'ask' && now === 'ask' && notifies(after, subject)) expect(notifies(before, subject)).toBe(true)
      }),
      { numRuns: 20_000, maxSkipsPerRun: 1000 },
    )
  })

  it('still is when compared in two steps', () => {
    fc.assert(
      fc.property(pairs, fc.array(edits, { maxLength: 1 }), subjects, ({ before, after }, steps, subject) => {
        const last = steps.reduce((policy, step) => step(policy), after)
        fc.pre(isPolicyStricter(before, after) && isPolicyStricter(after, last))
        const [old, now] = [compilePolicy(before).decide(subject).effect, compilePolicy(last).decide(subject).effect]
        expect(weight[now]).toBeGreaterThanOrEqual(weight[old])
      }),
      { numRuns: 5000, maxSkipsPerRun: 1000 },
    )
  })

  it('is every policy compared with itself', () => {
    fc.assert(fc.property(policies, (policy) => isPolicyStricter(policy, structuredClone(policy))))
  })

  const ask = { effect: 'ask' as const, tool: 'x' }
  it.each<[string, Partial<PolicyDocument>, Partial<PolicyDocument>]>([
    ['denies more', {}, { deny: ['a_*'] }],
    ['asks about more', { confirm: ['a'] }, { confirm: ['b', 'a'] }],
    ['has one more rule that denies', { rules: [ask] }, { rules: [{ effect: 'deny', server: 'a' }, ask] }],
    ['denies what it asked about', { rules: [ask], confirm: ['a'] }, { rules: [{ ...ask, effect: 'deny' }], deny: ['a'], confirm: [] }],
    ['allows one thing less', { default: 'deny', rules: [{ effect: 'allow' }] }, { default: 'deny' }],
    ['denies by default', {}, { default: 'deny' }],
    ['begins to audit', { audit: false }, {}],
  ])('%s', (_what, before, after) => expect(isPolicyStricter(parsePolicy(before), parsePolicy(after))).toBe(true))
})

describe('a policy is not said to be stricter that', () => {
  const ask = { effect: 'ask' as const, tool: 'x' }
  const noted = { ...ask, notify_approve: true }
  it.each<[string, Partial<PolicyDocument>, Partial<PolicyDocument>]>([
    ['leaves out a denial', { deny: ['a', 'b'] }, { deny: ['b'] }],
    ['narrows a denial', { deny: ['a_*'] }, { deny: ['a_x'] }],
    ['leaves out a question', { confirm: ['a'] }, { confirm: [] }],
    ['no longer asks about what destroys', {}, { confirm: [] }],
    ['asks where it denied', { rules: [{ effect: 'deny' }] }, { rules: [{ effect: 'ask' }] }],
    ['leaves out a rule that asks', { rules: [ask] }, {}],
    ['adds a condition to a rule', { rules: [ask] }, { rules: [{ ...ask, client: 'a' }] }],
    ['says something else to the person', { rules: [{ ...ask, reason: 'Careful.' }] }, { rules: [{ ...ask, reason: 'Harmless.' }] }],
    ['has one more rule that allows', { default: 'deny' }, { default: 'deny', rules: [{ effect: 'allow', tool: 'x' }] }],
    ['allows by default', { default: 'ask' }, { default: 'allow' }],
    ['asks about something where all else is denied', { default: 'deny' }, { default: 'deny', rules: [ask] }],
    ['confirms something where all else is denied', { default: 'deny', confirm: [] }, { default: 'deny', confirm: ['x'] }],
    ['asks about what destroys where all else is denied', { default: 'deny', confirm: [] }, { default: 'deny' }],
    ['no longer audits', {}, { audit: false }],
    ['lets a notification approve', { rules: [ask] }, { rules: [noted] }],
    ['adds a rule whose notification may approve before one whose may not', { rules: [ask] }, { rules: [noted, ask] }],
    ['puts the rule whose notification may approve first', { rules: [{ effect: 'ask' }, noted] }, { rules: [noted, { effect: 'ask' }] }],
  ])('%s', (_what, before, after) => expect(isPolicyStricter(parsePolicy(before), parsePolicy(after))).toBe(false))
})

describe('lists of allow and deny that are said to be stricter', () => {
  const lists = fc.record({ allow: fc.array(globs, { maxLength: 3 }), deny: fc.array(globs, { maxLength: 3 }) })
  it('permit nothing that they did not permit before', () => {
    const kinds = fc.constantFrom('tool' as const, 'prompt' as const, 'resource' as const)
    const things = fc.constantFrom('a_x', 'b_x', 'a_delete', 'p', 'r1', 'A_X')
    fc.assert(
      fc.property(lists, lists, kinds, things, (before, after, kind, name) => {
        fc.pre(areListsStricter(before, after) && compileRules(after)(name, kind))
        expect(compileRules(before)(name, kind)).toBe(true)
      }),
      { numRuns: 5000, maxSkipsPerRun: 1000 },
    )
  })

  it.each([
    [true, { allow: [], deny: [] }, { allow: ['a'], deny: [] }],
    [true, { allow: ['a', 'b'], deny: ['c'] }, { allow: ['b'], deny: ['c', 'd'] }],
    [false, { allow: ['a'], deny: [] }, { allow: [], deny: [] }],
    [false, { allow: ['a'], deny: [] }, { allow: ['a', 'b'], deny: [] }],
    [false, { allow: [], deny: ['c'] }, { allow: ['a'], deny: [] }],
  ])('%s: %j and %j', (stricter, before, after) => expect(areListsStricter(before, after)).toBe(stricter))
})
