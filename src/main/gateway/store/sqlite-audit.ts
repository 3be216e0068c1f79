import type { AuditEntry, AuditPage, AuditQuery } from '../../../shared/records'
import type { GroupCommit } from './group-commit'
import { auditCounts, auditGlance, auditPage, pruneAudit } from './sqlite-audit-pages'
import { sqliteCounters } from './sqlite-counters'
import type { SqliteFile } from './sqlite-file'
import type { AuditDraft, AuditEnd, AuditFilter, AuditTable } from './store'

type Insert = (keyof AuditEntry)[]
const insertColumns = [
  ...(['id', 'at', 'outcome', 'duration_ms', 'result_bytes', 'request_bytes', 'client', 'session_id', 'group'] satisfies Insert),
  ...(['server', 'tool', 'door', 'decision', 'decided_by', 'arguments_hash', 'error', 'arguments'] satisfies Insert),
]
const insertSql = `INSERT INTO audit ("${insertColumns.join('", "')}") VALUES (${insertColumns.map(() => '?').join(', ')})`

/** The audit in its own file. An id is given when a row is queued; a row that could not be written leaves a gap. */
export class SqliteAudit implements AuditTable {
  readonly #insert
  readonly #complete
  readonly #interrupt
  readonly #newestId
  readonly #counters
  /** Ids of rows that this process may still finish, oldest first. */
  readonly #running = new Set<number>()
  #nextId = 1
  #firstOfThisLife = 1

  constructor(
    readonly file: SqliteFile,
    readonly commits: GroupCommit,
  ) {
    this.#insert = file.prepared<unknown[]>(insertSql)
    this.#complete = file.prepared<unknown[]>('UPDATE audit SET outcome = ?, duration_ms = ?, result_bytes = ?, error = ? WHERE id = ?')
    this.#interrupt = file.prepared<[number, number]>(
      "UPDATE audit SET outcome = 'interrupted' WHERE id >= ? AND id < ? AND outcome = 'running'",
    )
    this.#newestId = file.prepared<[], { readonly id: number }>('SELECT coalesce(max(id), 0) AS id FROM audit')
    this.#counters = sqliteCounters(file)
  }

  /** After the file was opened. */
  open(): void {
    this.file.attempt('read the audit from', () => {
      this.#nextId = Math.max((this.#newestId().get()?.id ?? 0) + 1, this.#counters.get('next_id') ?? 1)
    })
    this.#firstOfThisLife = this.#nextId
    this.#running.clear()
  }

  /** From time to time, and before the file is closed: how far the audit is complete. */
  save(): void {
    this.file.attempt('write the audit to', () => this.#saveRunning())
  }

  async append(entry: AuditDraft): Promise<number> {
    const id = this.#nextId++
    if (entry.outcome === 'running') this.#running.add(id)
    try {
      await this.commits.add(() => this.#write(id, entry))
    } catch (error) {
      this.#running.delete(id)
      throw error
    }
    return id
  }

  async finish(id: number, end: AuditEnd): Promise<void> {
    await this.commits.add(() => void this.#complete().run(end.outcome, end.duration_ms, end.result_bytes, end.error, id))
    this.#running.delete(id)
  }

  query(query: AuditQuery): AuditPage {
    this.commits.flush()
    return this.file.attempt('read the audit from', () => auditPage(this.file.database, query, this.#nextId))
  }

  counts(filter: AuditFilter, below: number | null, ids: number): ReturnType<AuditTable['counts']> {
    this.commits.flush()
    return this.file.attempt('read the audit from', () => auditCounts(this.file.database, filter, below ?? this.#nextId, ids))
  }

  glance(below: number | null, ids: number): ReturnType<AuditTable['glance']> {
    this.commits.flush()
    return this.file.attempt('read the audit from', () => auditGlance(this.file.database, below ?? this.#nextId, ids))
  }

  prune(limits: Parameters<AuditTable['prune']>[0]): number {
    this.commits.flush()
    return this.file.attempt('prune the audit in', () => {
      this.#counters.set('next_id', this.#nextId)
      return pruneAudit(this.file.database, limits)
    })
  }

  markInterrupted(): number {
    return this.file.attempt('write the audit to', () => {
      const { changes } = this.#interrupt().run(this.#counters.get('running_from') ?? 0, this.#firstOfThisLife)
      this.#saveRunning()
      return changes
    })
  }

  /** Rows below are complete: the next start need not look at them. */
  #saveRunning(): void {
    const from = this.#running.values().next().value ?? this.#nextId
    if (from !== this.#counters.get('running_from')) this.#counters.set('running_from', from)
  }

  /** Positional, in the order of `insertColumns`: this is on the path of every call. */
  #write(id: number, entry: AuditDraft): void {
    const { at, outcome, duration_ms, result_bytes, request_bytes, client, session_id, group, server } = entry
    const { tool, door, decision, decided_by, arguments_hash, error, arguments: text } = entry
    const head = [id, at, outcome, duration_ms, result_bytes, request_bytes, client, session_id, group, server]
    this.#insert().run(...head, tool, door, decision, decided_by, arguments_hash, error, text)
  }
}
