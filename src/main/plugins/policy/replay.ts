import { setImmediate } from 'node:timers/promises'
import { compilePolicy, type CompiledPolicy } from '../../../shared/policy'
import type { CatalogTool, Effect, PolicyDecision, PolicyDocument } from '../../../shared/records'
import type { PolicyReplay } from '../../../shared/stats'
import type { PluginHost } from '../../gateway/plugin'
import type { AuditGlance } from '../../gateway/store/store'

/** Published limits: calls looked at, the newest; changes told; how far back at most; rows read at once; milliseconds of one turn of the event loop. */
export const replayLimits = { calls: 100_000, changes: 100, days: 92, rowsPerRead: 2_000, turnMs: 10 } as const

const dayMs = 86_400_000
const defaultDays = 7

type Limits = { readonly [Limit in keyof typeof replayLimits]: number }
interface RuleCount {
  readonly rule: string
  readonly effect: Effect
  readonly days: number[]
  readonly clients: Map<string, number>
  count: number
}
type Decide = (row: AuditGlance) => { readonly before: PolicyDecision; readonly after: PolicyDecision }

/**
 * What a draft would have decided over the recorded calls, beside what the policy in force would. Policies do not look at arguments,
 * so that their redaction changes nothing; hints and exposed names are those of the present catalogue, a tool that is gone has none.
 * @param since ISO 8601; default: seven days ago
 */
export async function replayPolicy(
  host: Pick<PluginHost, 'policy' | 'catalogTools' | 'store'>,
  draft: PolicyDocument,
  since?: string,
  limits: Limits = replayLimits,
): Promise<PolicyReplay> {
  const now = Date.now()
  const from = Math.max(since === undefined ? now - defaultDays * dayMs : Date.parse(since), now - limits.days * dayMs)
  const tally = new Tally(from, now, limits.changes)
  const complete = await eachRow(host, new Date(from).toISOString(), limits, decider(host, draft), (...seen) => tally.add(...seen))
  return { since: new Date(from).toISOString(), complete, ...tally.result() }
}

/** Newest first, a little at a time: calls go on meanwhile. @returns whether that were all */
async function eachRow(
  { store }: Pick<PluginHost, 'store'>,
  since: string,
  limits: Limits,
  decide: Decide,
  add: (row: AuditGlance, decided: ReturnType<Decide>) => void,
): Promise<boolean> {
  let looked = 0
  let turnEnds = performance.now() + limits.turnMs
  for (let below: number | null | undefined; below !== null;) {
    const page = store.audit.glance(below ?? null, limits.rowsPerRead)
    for (const row of page.entries) {
      if (row.at < since || !isGoverned(row)) continue
      if (looked++ >= limits.calls) return false
      add(row, decide(row))
      if (performance.now() < turnEnds) continue
      await setImmediate()
      turnEnds = performance.now() + limits.turnMs
    }
    const oldest = page.entries.at(-1)
    below = oldest && oldest.at < since ? null : page.below
    await setImmediate()
  }
  return true
}

/** No policy was asked about a tool that no server has. */
const isGoverned = ({ server }: AuditGlance) => server !== ''

function decider({ policy, catalogTools }: Pick<PluginHost, 'policy' | 'catalogTools'>, draft: PolicyDocument): Decide {
  const [now, then] = [compilePolicy(policy()), compilePolicy(draft)]
  const tools = new Map(catalogTools().map((tool) => [`${tool.namespace}\n${tool.bare_name}`, tool]))
  const known = new Map<string, ReturnType<Decide>>()
  return (row) => {
    const key = JSON.stringify([row.client, row.group, row.server, row.tool])
    const before = known.get(key)
    if (before) return before
    const tool = tools.get(`${row.server}\n${row.tool}`)
    const decided = { before: ask(now, row, tool), after: ask(then, row, tool) }
    known.set(key, decided)
    return decided
  }
}

const ask = (policy: CompiledPolicy, { client, group, server, tool: name }: AuditGlance, tool: CatalogTool | undefined): PolicyDecision =>
  policy.decide({
    ...{ kind: 'tool', client, group, server, name },
    exposed: tool?.name ?? `${server}_${name}`,
    annotations: tool?.annotations ?? null,
  })

/** Counts by rule, day and client. */
class Tally {
  readonly #rules = new Map<string, RuleCount>()
  readonly #changes: PolicyReplay['changes'] = []
  readonly #firstDay: number
  readonly #days: number
  #calls = 0
  #changed = 0

  constructor(
    from: number,
    now: number,
    private readonly mostChanges: number,
  ) {
    this.#firstDay = Math.floor(from / dayMs)
    this.#days = Math.floor(now / dayMs) - this.#firstDay + 1
  }

  add(row: AuditGlance, { before, after }: ReturnType<Decide>): void {
    this.#calls++
    this.#count(row, after)
    if (before.effect === after.effect) return
    this.#changed++
    if (this.#changes.length >= this.mostChanges) return
    const { id, at, client, server, tool } = row
    this.#changes.push({ id, at, client, server, tool, before: before.effect, after: after.effect, rule: after.rule })
  }

  result(): Omit<PolicyReplay, 'since' | 'complete'> {
    const rules = [...this.#rules.values()].sort((a, b) => b.count - a.count)
    return {
      calls: this.#calls,
      rules: rules.map((rule) => ({ ...rule, clients: Object.fromEntries(rule.clients) })),
      changed: this.#changed,
      changes: this.#changes,
    }
  }

  #count({ at, client }: AuditGlance, { rule, effect }: PolicyDecision): void {
    const counted = this.#rules.get(rule) ?? this.#newCount(rule, effect)
    this.#rules.set(rule, counted)
    counted.count++
    counted.clients.set(client, (counted.clients.get(client) ?? 0) + 1)
    // A clock that was set back may have written rows of tomorrow.
    const day = Math.min(Math.floor(Date.parse(at) / dayMs) - this.#firstDay, this.#days - 1)
    counted.days[day] = (counted.days[day] ?? 0) + 1
  }

  #newCount(rule: string, effect: Effect): RuleCount {
    return { rule, effect, count: 0, days: Array.from({ length: this.#days }, () => 0), clients: new Map() }
  }
}
