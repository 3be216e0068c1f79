import type { AuditEntry, AuditPage, AuditQuery } from '../../../shared/records'
import { auditFilter, cursorBelow, idOfCursor, instant } from './audit-search'
import type { AuditCount, AuditDraft, AuditEnd, AuditFilter, AuditGlance, AuditTable } from './store'

/** Rows kept in memory; the oldest make room for new ones. */
export const MAX_MEMORY_ROWS = 10_000

export class MemoryAudit implements AuditTable {
  /** In the order of their ids. */
  readonly #rows = new Map<number, AuditEntry>()
  #nextId = 1
  #firstOfThisLife = 1

  open(): void {
    this.#firstOfThisLife = this.#nextId
  }

  async append(entry: AuditDraft): Promise<number> {
    const id = this.#nextId++
    this.#rows.set(id, { ...entry, id })
    this.#dropWhile((row) => row.id <= id - MAX_MEMORY_ROWS)
    return id
  }

  async finish(id: number, { duration_ms, error, outcome, result_bytes }: AuditEnd): Promise<void> {
    const row = this.#rows.get(id)
    if (row) this.#rows.set(id, { ...row, outcome, duration_ms, result_bytes, error })
  }

  query(query: AuditQuery): AuditPage {
    const isWanted = auditFilter(query)
    const below = query.cursor === undefined ? this.#nextId : idOfCursor(query.cursor)
    const found = [...this.#rows.values()].reverse().filter((row) => row.id < below && isWanted(row))
    const entries = found.slice(0, query.limit).map((row) => ({ ...row }))
    const last = entries.at(-1)
    return { entries, next_cursor: last && found.length > entries.length ? cursorBelow(last.id) : null }
  }

  counts(filter: AuditFilter, below: number | null, ids: number): ReturnType<AuditTable['counts']> {
    const counts = new Map<string, AuditCount>()
    const { rows, ...rest } = this.#below(below, ids)
    for (const { client, server, outcome, decision, decided_by } of rows.filter(auditFilter(filter))) {
      const alike = { client, server, outcome, decision, granted: decided_by.startsWith('grant:') }
      const key = JSON.stringify(Object.values(alike))
      counts.set(key, { ...alike, calls: (counts.get(key)?.calls ?? 0) + 1 })
    }
    return { counts: [...counts.values()], ...rest }
  }

  glance(below: number | null, ids: number): ReturnType<AuditTable['glance']> {
    const { rows, ...rest } = this.#below(below, ids)
    return { entries: rows.map(glanceOf), ...rest }
  }

  prune({ before, maxBytes }: Parameters<AuditTable['prune']>[0]): number {
    const since = before === null ? '' : instant(before)
    const expired = this.#dropWhile((row) => row.at < since)
    if (maxBytes === null) return expired
    let bytes = [...this.#rows.values()].reduce((sum, row) => sum + sizeOf(row), 0)
    const isOver = (row: AuditEntry): boolean => {
      const answer = bytes > maxBytes
      bytes -= sizeOf(row)
      return answer
    }
    return expired + this.#dropWhile(isOver)
  }

  markInterrupted(): number {
    const left = [...this.#rows.values()].filter((row) => row.id < this.#firstOfThisLife && row.outcome === 'running')
    for (const row of left) this.#rows.set(row.id, { ...row, outcome: 'interrupted' })
    return left.length
  }

  /** Newest first. */
  #below(below: number | null, ids: number): { readonly rows: AuditEntry[]; readonly below: number | null } {
    const top = below ?? this.#nextId
    const floor = top - ids
    const rows = [...this.#rows.values()].filter(({ id }) => id < top && id >= floor).reverse()
    const oldest = this.#rows.keys().next().value ?? top
    return { rows, below: oldest < floor ? floor : null }
  }

  /** @returns how many went, oldest first */
  #dropWhile(isToGo: (row: AuditEntry) => boolean): number {
    const size = this.#rows.size
    for (const row of this.#rows.values()) {
      if (!isToGo(row)) break
      this.#rows.delete(row.id)
    }
    return size - this.#rows.size
  }
}

const glanceOf = ({ id, at, client, group, server, tool, decision, decided_by, outcome, duration_ms }: AuditEntry): AuditGlance => ({
  ...{ id, at, client, group, server, tool, decision, decided_by, outcome, duration_ms },
})

const sizeOf = (row: AuditEntry): number => JSON.stringify(row).length
