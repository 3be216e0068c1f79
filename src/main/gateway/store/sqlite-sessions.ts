import type { SessionRecord } from '../../../shared/records'
import type { GroupCommit } from './group-commit'
import type { SqliteFile } from './sqlite-file'
import type { SessionTable } from './store'

/** Touches kept until they are written; beyond it the oldest one is dropped: that session only looks idle for longer. */
const MAX_TOUCHED = 10_000

interface StoredSession {
  readonly body: string
  readonly last_seen_at: string
}

/** Sessions in the audit's file, written in the same groups. */
export class SqliteSessions implements SessionTable {
  readonly #one
  readonly #upsert
  readonly #seen
  readonly #remove
  readonly #removeOld
  readonly #touched = new Map<string, string>()

  constructor(
    readonly file: SqliteFile,
    readonly commits: GroupCommit,
  ) {
    this.#one = file.prepared<[string], StoredSession>('SELECT body, last_seen_at FROM sessions WHERE id = ?')
    this.#upsert = file.prepared<[string, string, string]>('INSERT OR REPLACE INTO sessions (id, last_seen_at, body) VALUES (?, ?, ?)')
    this.#seen = file.prepared<[string, string]>('UPDATE sessions SET last_seen_at = ? WHERE id = ?')
    this.#remove = file.prepared<[string]>('DELETE FROM sessions WHERE id = ?')
    this.#removeOld = file.prepared<[string]>('DELETE FROM sessions WHERE last_seen_at < ?')
  }

  /** From time to time, and before the file is closed: when sessions were last seen. */
  save(): void {
    if (this.#touched.size === 0) return
    this.file.attempt('write sessions to', () =>
      this.file.database.transaction(() => {
        for (const [id, at] of this.#touched) this.#seen().run(at, id)
      })(),
    )
    this.#touched.clear()
  }

  get(id: string): SessionRecord | undefined {
    this.commits.flush()
    const row = this.file.attempt('read sessions from', () => this.#one().get(id))
    return row && { ...(JSON.parse(row.body) as SessionRecord), last_seen_at: this.#touched.get(id) ?? row.last_seen_at }
  }

  put(session: SessionRecord): Promise<void> {
    this.#touched.delete(session.id)
    const body = JSON.stringify(session)
    return this.commits.add(() => void this.#upsert().run(session.id, session.last_seen_at, body))
  }

  touch(id: string, lastSeenAt: string): void {
    this.#touched.set(id, lastSeenAt)
    if (this.#touched.size > MAX_TOUCHED) this.#forgetOldest()
  }

  remove(id: string): Promise<void> {
    this.#touched.delete(id)
    return this.commits.add(() => void this.#remove().run(id))
  }

  prune(before: string): number {
    this.commits.flush()
    this.save()
    return this.file.attempt('write sessions to', () => this.#removeOld().run(before).changes)
  }

  #forgetOldest(): void {
    for (const id of this.#touched.keys()) return void this.#touched.delete(id)
  }
}
