import type { Effect, PolicyDocument, PolicyRule } from '../../../shared/records'
import { exposedGlob, ruleText, type RuleText } from './rule-text'

/** One line of a policy, whichever of its lists it stands in. */
export interface Line {
  /** As decisions name it: `rules[2]`, `deny[0]`, `confirm[1]`, `confirm:destructive`, `default`. */
  readonly rule: string
  readonly effect: Effect
  readonly text: RuleText
  /** What can be edited of it. */
  readonly part:
    | { readonly kind: 'rule'; readonly index: number; readonly value: PolicyRule }
    | { readonly kind: 'pattern'; readonly list: 'deny' | 'confirm'; readonly index: number; readonly value: string }
    | { readonly kind: 'destructive' | 'default' }
}

/** Every line, in the order in which they are asked: deny, ask, allow, and what is left. */
export function linesOf(policy: PolicyDocument): readonly Line[] {
  const lines: readonly Line[] = [
    ...patternLines('deny', 'deny', policy.deny),
    ...patternLines('confirm', 'ask', policy.confirm ?? []),
    ...policy.rules.map((value, index): Line => ({
      rule: `rules[${index}]`,
      effect: value.effect,
      text: ruleText(value),
      part: { kind: 'rule', index, value },
    })),
    ...(policy.confirm === undefined ? [destructiveLine] : []),
  ]
  return [...(['deny', 'ask', 'allow'] as const).flatMap((effect) => lines.filter((line) => line.effect === effect)), defaultLine(policy)]
}

const patternLines = (list: 'deny' | 'confirm', effect: Effect, patterns: readonly string[]): Line[] =>
  patterns.map((value, index) => ({
    rule: `${list}[${index}]`,
    effect,
    text: exposedGlob(value),
    part: { kind: 'pattern', list, index, value },
  }))

const destructiveLine: Line = {
  rule: 'confirm:destructive',
  effect: 'ask',
  text: { glob: '* : *', conditions: ['marked or named destructive'] },
  part: { kind: 'destructive' },
}

const defaultLine = (policy: PolicyDocument): Line => ({
  rule: 'default',
  effect: policy.default,
  text: { glob: 'Any tool without a rule, new servers included', conditions: [] },
  part: { kind: 'default' },
})

/** The policy with this rule in the place of the one at `index`; a condition that is empty is none. */
export const withRule = (policy: PolicyDocument, index: number, rule: PolicyRule): PolicyDocument => ({
  ...policy,
  rules: policy.rules.with(index, withoutEmpty(rule)),
})

const withoutEmpty = (rule: PolicyRule): PolicyRule =>
  Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined && value !== '')) as PolicyRule

/** The policy with this pattern in the place of the one at `index`. */
export const withPattern = (policy: PolicyDocument, list: 'deny' | 'confirm', index: number, pattern: string): PolicyDocument => ({
  ...policy,
  [list]: (policy[list] ?? []).with(index, pattern),
})

/** The policy with one rule more, at its end. */
export const withNewRule = (policy: PolicyDocument, rule: PolicyRule): PolicyDocument => ({ ...policy, rules: [...policy.rules, rule] })

/** The policy without this line; what has no line to take away stays. */
export function without(policy: PolicyDocument, { part }: Line): PolicyDocument {
  if (part.kind === 'rule') return { ...policy, rules: policy.rules.toSpliced(part.index, 1) }
  if (part.kind === 'pattern') return { ...policy, [part.list]: (policy[part.list] ?? []).toSpliced(part.index, 1) }
  // An empty list means: ask about nothing by itself.
  return part.kind === 'destructive' ? { ...policy, confirm: [] } : policy
}

/** Asks again about whatever is destructive by its name or its own word. */
export function withDestructive(policy: PolicyDocument): PolicyDocument {
  const { confirm: _, ...rest } = policy
  return rest
}

/** A line as text, for comparing two policies. */
const sentence = ({ effect, text, part }: Line): string => {
  const more =
    part.kind === 'rule' ? [part.value.notify_approve && 'approved in the notification', part.value.reason && `“${part.value.reason}”`] : []
  return [effect, text.glob, ...text.conditions, ...more.filter(Boolean)].join('  ')
}

/** One line of the difference between two policies. */
export interface Difference {
  readonly kind: 'kept' | 'gone' | 'new'
  readonly text: string
}

/** What is there no longer, what is new, and what stays, in the order of the new policy. */
export function difference(before: PolicyDocument, after: PolicyDocument): readonly Difference[] {
  const [old, now] = [linesOf(before).map(sentence), linesOf(after).map(sentence)]
  const gone = old.filter((line) => !now.includes(line)).map((text): Difference => ({ kind: 'gone', text }))
  return [...gone, ...now.map((text): Difference => ({ kind: old.includes(text) ? 'kept' : 'new', text }))]
}
