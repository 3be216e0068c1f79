import type { AuditEntry } from '../../../shared/records'
import { auditFilter, cursorBelow, idOfCursor, instant } from './audit-search'
import type { AuditTable } from './store'

/** Rows kept in memory; the oldest make room for new ones. */
export const MAX_MEMORY_ROWS = 10_000

export function memoryAudit(): AuditTable & { open(): void } {
  const rows = new Map<number, AuditEntry>()
  let nextId = 1
  let firstOfThisLife = 1
  const oldest = (): AuditEntry | undefined => rows.values().next().value
  /** @returns how many went, oldest first */
  const dropWhile = (isToGo: (entry: AuditEntry) => boolean): number => {
    const size = rows.size
    for (let entry = oldest(); entry && isToGo(entry); entry = oldest()) rows.delete(entry.id)
    return size - rows.size
  }
  return {
    open() {
      firstOfThisLife = nextId
    },
    async append(draft) {
      const id = nextId++
      rows.set(id, { ...draft, id })
      if (rows.size > MAX_MEMORY_ROWS) dropWhile((entry) => entry.id <= id - MAX_MEMORY_ROWS)
      return id
    },
    async finish(id, end) {
      const row = rows.get(id)
      const { outcome, duration_ms, result_bytes, error } = end
      if (row) rows.set(id, { ...row, outcome, duration_ms, result_bytes, error })
    },
    query(query) {
      const isWanted = auditFilter(query)
      const below = query.cursor === undefined ? nextId : idOfCursor(query.cursor)
      const found = [...rows.values()].reverse().filter((entry) => entry.id < below && isWanted(entry))
      const entries = found.slice(0, query.limit).map((entry) => ({ ...entry }))
      const last = entries.at(-1)
      return { entries, next_cursor: last && found.length > entries.length ? cursorBelow(last.id) : null }
    },
    prune({ before, maxBytes }) {
      const expiry = before === null ? '' : instant(before)
      let bytes = maxBytes === null ? 0 : [...rows.values()].reduce((sum, entry) => sum + sizeOf(entry), 0)
      return (
        dropWhile((entry) => entry.at < expiry) +
        dropWhile((entry) => {
          const isOver = maxBytes !== null && bytes > maxBytes
          bytes -= sizeOf(entry)
          return isOver
        })
      )
    },
    markInterrupted() {
      const left = [...rows.values()].filter((entry) => entry.id < firstOfThisLife && entry.outcome === 'running')
      for (const entry of left) rows.set(entry.id, { ...entry, outcome: 'interrupted' })
      return left.length
    },
  }
}

const sizeOf = (entry: AuditEntry): number => JSON.stringify(entry).length
