import type { AuditEntry, AuditPage } from '../../../shared/records'

/** Rows that are there, the newest first, and where the next ones begin. */
export interface Loaded {
  readonly entries: readonly AuditEntry[]
  readonly next: string | null
}

/** Newest rows that are asked for at least when calls came or ended, and as many as the API gives at once. */
const newestRows = { least: 100, most: 1000 } as const

/** How many of the newest rows to ask for, so that a call which still runs further down is among them. */
export function rowsToAsk(known: Loaded | undefined): number {
  const running = known?.entries.findLastIndex(({ outcome }) => outcome === 'running') ?? -1
  // Beside those that are known, calls may have come since.
  return running === -1 ? newestRows.least : Math.min(running + 1 + newestRows.least, newestRows.most)
}

/** The newest rows as they are now, and below them those that were there; only the new ones where they do not reach those. */
export function caughtUp(known: Loaded, { entries, next_cursor: next }: AuditPage): Loaded {
  const oldest = entries.at(-1)?.id ?? 0
  const reaches = next === null || (known.entries[0]?.id ?? 0) >= oldest
  const kept = reaches && next !== null ? known.entries.filter(({ id }) => id < oldest) : []
  return kept.length === 0 ? { entries, next } : { entries: [...entries, ...kept], next: known.next }
}
