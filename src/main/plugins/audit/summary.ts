import { setImmediate } from 'node:timers/promises'
import type { AuditSummary } from '../../../shared/stats'
import type { AuditCount, AuditFilter, AuditTable } from '../../gateway/store/store'

/** Published limits: rows looked at, the newest; rows counted in one turn of the event loop. */
export const summaryLimits = { rows: 100_000, rowsPerTurn: 5_000 } as const

/** Counts what fits, a little at a time: calls go on meanwhile. @throws GatewayError `input.invalid` for a time that is none */
export async function summarise(
  audit: Pick<AuditTable, 'counts'>,
  filter: AuditFilter,
  limits: { readonly [Limit in keyof typeof summaryLimits]: number } = summaryLimits,
): Promise<AuditSummary> {
  const counts: AuditCount[] = []
  let looked = 0
  let below: number | null = null
  do {
    const part = audit.counts(filter, below, limits.rowsPerTurn)
    counts.push(...part.counts)
    looked += limits.rowsPerTurn
    below = part.below
    await setImmediate()
  } while (below !== null && looked < limits.rows)
  return {
    calls: counts.reduce((sum, { calls }) => sum + calls, 0),
    complete: below === null,
    outcomes: most(counts, ({ outcome }) => outcome).map(([outcome, calls]) => ({ outcome, calls })),
    servers: most(counts, ({ server }) => server).map(([server, calls]) => ({ server, calls })),
    clients: most(counts, ({ client }) => client).map(([client, calls]) => ({ client, calls })),
  }
}

function most<Key extends string>(counts: readonly AuditCount[], keyOf: (count: AuditCount) => Key): [Key, number][] {
  const sums = new Map<Key, number>()
  for (const count of counts) sums.set(keyOf(count), (sums.get(keyOf(count)) ?? 0) + count.calls)
  return [...sums].sort(([a, callsOfA], [b, callsOfB]) => callsOfB - callsOfA || (a < b ? -1 : 1))
}
