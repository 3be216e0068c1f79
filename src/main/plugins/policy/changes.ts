import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { compilePolicy, type CompiledPolicy } from '../../../shared/policy'
import { PolicyDecision, type CatalogTool, type PolicyDocument } from '../../../shared/records'

/** One tool that two policies decide differently about; `client` and `group` are null where it is so for those that no rule names. */
export const PolicyChange = z.object({
  tool: z.string(),
  client: z.string().nullable(),
  group: z.string().nullable(),
  before: PolicyDecision,
  after: PolicyDecision,
})
export type PolicyChange = z.infer<typeof PolicyChange>

/** Callers that are compared, and changes that are told; milliseconds of one turn of the event loop. */
const mostCallers = 50
const mostChanges = 2000
const turnMs = 10

interface Caller {
  readonly client: string | null
  readonly group: string | null
}

/** Every tool whose effect changes, for callers that no rule names and for each that one does. A little at a time: calls go on meanwhile. */
export async function policyChanges(before: PolicyDocument, after: PolicyDocument, tools: readonly CatalogTool[]): Promise<PolicyChange[]> {
  const [old, now] = [compilePolicy(before), compilePolicy(after)]
  const changes: PolicyChange[] = []
  let turnEnds = performance.now() + turnMs
  for (const caller of callersOf(before, after)) {
    for (const tool of tools) {
      const change = compare(old, now, tool, caller)
      if (change) changes.push(change)
      if (changes.length >= mostChanges) return changes
      if (performance.now() < turnEnds) continue
      await setImmediate()
      turnEnds = performance.now() + turnMs
    }
  }
  return changes
}

function compare(old: CompiledPolicy, now: CompiledPolicy, tool: CatalogTool, caller: Caller): PolicyChange | null {
  const subject = {
    kind: 'tool',
    client: caller.client ?? '',
    group: caller.group,
    server: tool.namespace,
    name: tool.bare_name,
    exposed: tool.name,
    annotations: tool.annotations,
  } as const
  const [before, after] = [old.decide(subject), now.decide(subject)]
  return before.effect === after.effect ? null : { tool: tool.name, ...caller, before, after }
}

function callersOf(...policies: readonly PolicyDocument[]): Caller[] {
  const named = policies.flatMap((policy) => policy.rules).map(({ client = null, group = null }): Caller => ({ client, group }))
  const distinct = new Map([{ client: null, group: null }, ...named].map((caller) => [JSON.stringify(caller), caller]))
  return [...distinct.values()].slice(0, mostCallers)
}
