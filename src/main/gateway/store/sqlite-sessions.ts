import type { SessionRecord } from '../../../shared/records'
import type { GroupCommit } from './group-commit'
import type { SqliteFile } from './sqlite-file'
import type { SessionTable } from './store'

/** Sessions touched but not yet written that are kept at most, before they are written early. */
const MAX_TOUCHED = 10_000

/** Sessions in the audit's file, written in the same groups. `save` writes what was touched. */
export interface SqliteSessions extends SessionTable {
  save(): void
}

interface StoredSession {
  readonly body: string
  readonly last_seen_at: string
}

export function sqliteSessions(file: SqliteFile, commits: GroupCommit): SqliteSessions {
  const one = file.prepared<[string], StoredSession>('SELECT body, last_seen_at FROM sessions WHERE id = ?')
  const upsert = file.prepared<[string, string, string]>('INSERT OR REPLACE INTO sessions (id, last_seen_at, body) VALUES (?, ?, ?)')
  const seen = file.prepared<[string, string]>('UPDATE sessions SET last_seen_at = ? WHERE id = ?')
  const remove = file.prepared<[string]>('DELETE FROM sessions WHERE id = ?')
  const removeOld = file.prepared<[string]>('DELETE FROM sessions WHERE last_seen_at < ?')
  const touched = new Map<string, string>()

  const save = (): void => {
    if (touched.size === 0) return
    file.attempt('write sessions to', () =>
      file.database.transaction(() => {
        for (const [id, at] of touched) seen().run(at, id)
      })(),
    )
    touched.clear()
  }
  return {
    save,
    get(id) {
      commits.flush()
      const row = file.attempt('read sessions from', () => one().get(id))
      return row && { ...(JSON.parse(row.body) as SessionRecord), last_seen_at: touched.get(id) ?? row.last_seen_at }
    },
    put(session) {
      touched.delete(session.id)
      const body = JSON.stringify(session)
      return commits.add(() => upsert().run(session.id, session.last_seen_at, body))
    },
    touch(id, lastSeenAt) {
      touched.set(id, lastSeenAt)
      if (touched.size > MAX_TOUCHED) save()
    },
    remove(id) {
      touched.delete(id)
      return commits.add(() => remove().run(id))
    },
    prune(before) {
      commits.flush()
      save()
      return file.attempt('write sessions to', () => removeOld().run(before).changes)
    },
  }
}
