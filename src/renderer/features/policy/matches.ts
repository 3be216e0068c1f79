import type { ToolRow } from '../../../shared/catalog-rows'
import { compilePolicy, type CompiledPolicy, type PolicySubject } from '../../../shared/policy'
import type { PolicyDocument } from '../../../shared/records'
import type { Line } from './lines'

const subjectOf = (tool: ToolRow, client: string, group: string | null): PolicySubject => ({
  kind: 'tool',
  client,
  group,
  server: tool.server,
  name: tool.bare_name,
  exposed: tool.name,
  annotations: { readOnlyHint: tool.hints.read_only ?? undefined, destructiveHint: tool.hints.destructive ?? undefined },
})

/** undefined while a pattern in it cannot be used. */
function compiled(policy: PolicyDocument): CompiledPolicy | undefined {
  try {
    return compilePolicy(policy)
  } catch {
    return undefined
  }
}

/** A policy of this line alone, so that what it names is seen apart from what stronger lines take from it. */
function alone({ part, rule }: Line): PolicyDocument {
  const nothing: PolicyDocument = { deny: [], confirm: [], audit: true, rules: [], default: 'allow' }
  if (part.kind === 'rule') return { ...nothing, rules: [part.value], default: part.value.effect === 'allow' ? 'deny' : 'allow' }
  if (part.kind === 'pattern') return { ...nothing, [part.list]: [part.value] }
  const { confirm: _, ...destructive } = nothing
  return rule === 'default' ? nothing : destructive
}

/** For whom a line is asked: those that its own conditions let through. */
const callerOf = ({ part }: Line): readonly [client: string, group: string | null] =>
  part.kind === 'rule' ? [part.value.client ?? '', part.value.group ?? null] : ['', null]

/** The tools that a line names now, for a caller that its conditions let through; undefined while its pattern cannot be used. */
export function matchesOf(line: Line, tools: readonly ToolRow[]): readonly ToolRow[] | undefined {
  const policy = compiled(alone(line))
  if (!policy) return undefined
  return tools.filter((tool) => policy.decide(subjectOf(tool, ...callerOf(line))).rule !== 'default')
}

/** The lines that decide otherwise about every tool that this one names now; none while anything is left to it. */
export function strongerLines(line: Line, policy: PolicyDocument, tools: readonly ToolRow[]): readonly string[] {
  // What is built in stands for tools that are still to come.
  if (line.part.kind === 'destructive' || line.part.kind === 'default') return []
  const asked = compiled(policy)
  const decisions = asked ? (matchesOf(line, tools) ?? []).map((tool) => asked.decide(subjectOf(tool, ...callerOf(line)))) : []
  return decisions.some(({ effect }) => effect === line.effect) ? [] : [...new Set(decisions.map(({ rule }) => rule))]
}

/** The tools that each line decides about, for a caller that no rule names; by the line's name. */
export function decidedByLine(policy: PolicyDocument, tools: readonly ToolRow[]): ReadonlyMap<string, readonly ToolRow[]> {
  const decided = new Map<string, ToolRow[]>()
  const asked = compiled(policy)
  if (!asked) return decided
  for (const tool of tools) {
    const { rule } = asked.decide(subjectOf(tool, '', null))
    const own = decided.get(rule)
    if (own) own.push(tool)
    else decided.set(rule, [tool])
  }
  return decided
}
