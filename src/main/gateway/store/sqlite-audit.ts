import type { AuditEntry } from '../../../shared/records'
import type { GroupCommit } from './group-commit'
import { auditPage, pruneAudit } from './sqlite-audit-pages'
import { sqliteCounters } from './sqlite-counters'
import type { SqliteFile } from './sqlite-file'
import type { AuditDraft, AuditTable } from './store'

const columns = [
  'id',
  'at',
  'outcome',
  'duration_ms',
  'result_bytes',
  'request_bytes',
  'client',
  'session_id',
  'group',
  'server',
  'tool',
  'door',
  'decision',
  'decided_by',
  'arguments_hash',
  'error',
  'arguments',
] as const satisfies readonly (keyof AuditEntry)[]
const columnList = columns.map((column) => `"${column}"`).join(', ')

/** The audit in its own file. `open` when the file has been opened, `save` from time to time and before it is closed. */
export interface SqliteAudit extends AuditTable {
  open(): void
  save(): void
}

export function sqliteAudit(file: SqliteFile, commits: GroupCommit): SqliteAudit {
  const insert = file.prepared<unknown[]>(`INSERT INTO audit (${columnList}) VALUES (${columns.map(() => '?').join(', ')})`)
  const complete = file.prepared<unknown[]>('UPDATE audit SET outcome = ?, duration_ms = ?, result_bytes = ?, error = ? WHERE id = ?')
  const interrupt = file.prepared<[number, number]>(
    "UPDATE audit SET outcome = 'interrupted' WHERE id >= ? AND id < ? AND outcome = 'running'",
  )
  const newest = file.prepared<[], { readonly id: number | null }>('SELECT max(id) AS id FROM audit')
  const counters = sqliteCounters(file)
  /** Ids of rows that this process may still finish, oldest first. */
  const running = new Set<number>()
  let nextId = 1
  let firstOfThisLife = 1

  const write = (id: number, entry: AuditDraft): void => {
    insert().run(
      id,
      entry.at,
      entry.outcome,
      entry.duration_ms,
      entry.result_bytes,
      entry.request_bytes,
      entry.client,
      entry.session_id,
      entry.group,
      entry.server,
      entry.tool,
      entry.door,
      entry.decision,
      entry.decided_by,
      entry.arguments_hash,
      entry.error,
      entry.arguments,
    )
  }
  /** Every row below is complete: what the next start need not look at. */
  const oldestRunning = (): number => running.values().next().value ?? nextId

  return {
    open() {
      nextId = Math.max((newest().get()?.id ?? 0) + 1, counters.get('next_id') ?? 1)
      firstOfThisLife = nextId
      running.clear()
    },
    save() {
      const from = oldestRunning()
      if (from !== counters.get('running_from')) counters.set('running_from', from)
    },
    async append(entry) {
      const id = nextId++
      if (entry.outcome === 'running') running.add(id)
      try {
        await commits.add(() => write(id, entry))
      } catch (error) {
        running.delete(id)
        throw error
      }
      return id
    },
    async finish(id, end) {
      await commits.add(() => complete().run(end.outcome, end.duration_ms, end.result_bytes, end.error, id))
      running.delete(id)
    },
    query: (query) => {
      commits.flush()
      return file.attempt('read the audit from', () => auditPage(file.database, query, nextId))
    },
    prune(limits) {
      commits.flush()
      return file.attempt('prune', () => {
        counters.set('next_id', nextId)
        return pruneAudit(file.database, limits)
      })
    },
    markInterrupted: () =>
      file.attempt('write the audit to', () => {
        const { changes } = interrupt().run(counters.get('running_from') ?? 0, firstOfThisLife)
        counters.set('running_from', oldestRunning())
        return changes
      }),
  }
}
