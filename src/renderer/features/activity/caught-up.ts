import type { AuditEntry, AuditPage } from '../../../shared/records'

/** Rows that are there, the newest first, and where the next ones begin. */
export interface Loaded {
  readonly entries: readonly AuditEntry[]
  readonly next: string | null
}

/** The newest rows as they are now, and below them those that were there; only the new ones where they do not reach those. */
export function caughtUp(known: Loaded, { entries, next_cursor: next }: AuditPage): Loaded {
  const oldest = entries.at(-1)?.id ?? 0
  const reaches = next === null || (known.entries[0]?.id ?? 0) >= oldest
  const kept = reaches && next !== null ? known.entries.filter(({ id }) => id < oldest) : []
  return kept.length === 0 ? { entries, next } : { entries: [...entries, ...kept], next: known.next }
}
