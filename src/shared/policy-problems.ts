import * as z from 'zod'
import { compileKindPattern, compilePattern, fold } from './patterns'
import type { CatalogTool, Effect, PolicyDocument, PolicyRule } from './records'

/** Something in a policy that is legal but surely not meant. `rule` names it as decisions do: `rules[2]`, `deny[0]`. */
export const PolicyProblem = z.object({ rule: z.string(), problem: z.string() })
export type PolicyProblem = z.infer<typeof PolicyProblem>

type Conditions = Partial<Pick<PolicyRule, 'server' | 'tool' | 'client' | 'group' | 'destructive'>>
interface Line {
  readonly rule: string
  readonly effect: Effect
  readonly conditions: Conditions
}

const strength: readonly Effect[] = ['deny', 'ask', 'allow']
/** Lines of a policy that are compared with each other; the rest goes unexamined. */
const mostLines = 500

/** Rules that can never decide, rules that contradict each other, and patterns that match no tool of the catalogue. */
export function policyProblems(policy: PolicyDocument, tools: readonly CatalogTool[]): PolicyProblem[] {
  const lines = linesOf(policy).slice(0, mostLines)
  return lines.flatMap((line, i) => {
    const stronger = lines.find((other, j) => i !== j && outranks(other, j, line, i) && covers(other.conditions, line.conditions))
    if (stronger) return [{ rule: line.rule, problem: shadowed(line, stronger) }]
    return matchesNothing(line, tools) ? [{ rule: line.rule, problem: 'It matches no tool that any server offers now.' }] : []
  })
}

function linesOf(policy: PolicyDocument): Line[] {
  return [
    ...policy.deny.map((tool, i): Line => ({ rule: `deny[${i}]`, effect: 'deny', conditions: globConditions(tool) })),
    ...(policy.confirm ?? []).map((tool, i): Line => ({ rule: `confirm[${i}]`, effect: 'ask', conditions: globConditions(tool) })),
    ...policy.rules.map((rule, i): Line => ({ rule: `rules[${i}]`, effect: rule.effect, conditions: rule })),
  ]
}

const globConditions = (tool: string): Conditions => (isEverything(tool) ? {} : { tool })

function outranks(a: Line, placeOfA: number, b: Line, placeOfB: number): boolean {
  const difference = strength.indexOf(a.effect) - strength.indexOf(b.effect)
  return difference < 0 || (difference === 0 && placeOfA < placeOfB)
}

/** Whether every call that `narrow` is about is surely one that `wide` is about too. */
function covers(wide: Conditions, narrow: Conditions): boolean {
  const globs = (['server', 'tool'] as const).every(
    (key) => wide[key] === undefined || isEverything(wide[key]) || wide[key] === narrow[key],
  )
  return globs && (['client', 'group', 'destructive'] as const).every((key) => wide[key] === undefined || wide[key] === narrow[key])
}

const isEverything = (pattern: string) => /^\*+$/.test(pattern)

function shadowed(line: Line, stronger: Line): string {
  if (line.effect === stronger.effect) return `It never decides: ${stronger.rule} says the same for all that it names.`
  const same = covers(line.conditions, stronger.conditions)
  return same
    ? `It contradicts ${stronger.rule}, which names the same with "${stronger.effect}"; the stronger wins.`
    : `It never decides: ${stronger.rule} says "${stronger.effect}" for all that it names, which is stronger.`
}

/** Looked at folded, so that only what matches in no reading is called dead. Patterns for prompts and resources are left alone. */
function matchesNothing({ conditions: { server, tool } }: Line, tools: readonly CatalogTool[]): boolean {
  if (tools.length === 0 || (server === undefined && tool === undefined)) return false
  const onServer = compilePattern(fold(server ?? '*'))
  const { kind, matches } = compileKindPattern(tool ?? '*', true)
  if (kind !== null && kind !== 'tool') return false
  const named = (one: CatalogTool) => [one.bare_name, one.name, `${one.namespace}_${one.bare_name}`].some((name) => matches(fold(name)))
  return !tools.some((one) => onServer(fold(one.namespace)) && named(one))
}
