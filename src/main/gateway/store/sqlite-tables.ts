import type { ErrorCode } from '../../../shared/errors'
import { parseExactly } from '../../../shared/exact-json'
import type { Approval } from '../../../shared/records'
import { isTaken } from './medium'
import { nameTaken } from './name-taken'
import type { SqliteFile } from './sqlite-file'
import { approvedAmong, type ApprovalTable, type Table } from './store'

interface Body {
  readonly body: string
}

/** Rows of one kind, each kept as its JSON. `taken` is the code for a name that another row has. */
export function sqliteTable<Row extends { readonly id: string }>(file: SqliteFile, table: string, taken?: ErrorCode): Table<Row> {
  const all = file.prepared<[], Body>(`SELECT body FROM "${table}" ORDER BY seq`)
  const one = file.prepared<[string], Body>(`SELECT body FROM "${table}" WHERE id = ?`)
  const upsert = file.prepared<[string, string]>(
    `INSERT INTO "${table}" (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
  )
  const remove = file.prepared<[string]>(`DELETE FROM "${table}" WHERE id = ?`)
  return {
    list: () =>
      file.attempt(`read ${table} from`, () =>
        all()
          .all()
          .map(parse<Row>),
      ),
    get: (id) => file.attempt(`read ${table} from`, () => optional<Row>(one().get(id))),
    put: (row) =>
      file.attempt(`write ${table} to`, () => {
        try {
          upsert().run(row.id, JSON.stringify(row))
        } catch (error) {
          throw taken && isTaken(error) ? nameTaken(taken, table) : error
        }
      }),
    remove: (id) => file.attempt(`write ${table} to`, () => remove().run(id).changes > 0),
  }
}

export function sqliteApprovals(file: SqliteFile): ApprovalTable {
  const newest = file.prepared<[number], Body>('SELECT body FROM approvals ORDER BY seq DESC LIMIT ?')
  const byStatus = file.prepared<[string, number], Body>(
    "SELECT body FROM approvals WHERE body ->> '$.status' = ? ORDER BY seq DESC LIMIT ?",
  )
  const approvedOf = file.prepared<[string, string, string, number], Body>(
    `SELECT body FROM (SELECT seq, body FROM approvals ORDER BY seq DESC LIMIT ${approvedAmong})
       WHERE body ->> '$.status' = 'approved' AND ifnull(body ->> '$.decided_by', '') NOT LIKE 'grant:%' AND body ->> '$.client' = ?
       AND body ->> '$.server' = ? AND body ->> '$.tool' = ? ORDER BY seq DESC LIMIT ?`,
  )
  const table = sqliteTable<Approval>(file, 'approvals')
  const atOnce = (work: () => void) => file.attempt('write approvals to', () => file.database.transaction(work)())
  return {
    ...table,
    putAll: (rows) => atOnce(() => rows.forEach(table.put)),
    removeAll: (ids) => atOnce(() => ids.forEach(table.remove)),
    search: ({ status, limit }) =>
      file.attempt('read approvals from', () =>
        (status === undefined ? newest().all(limit) : byStatus().all(status, limit)).map(parse<Approval>),
      ),
    approved: ({ client, server, tool }, limit) =>
      file.attempt('read approvals from', () =>
        approvedOf()
          .all(client, server, tool, limit)
          .map(parse<Approval>),
      ),
  }
}

/** The two halves of the store's `getMeta` and `setMeta`. */
export function sqliteMeta(file: SqliteFile): { get(key: string): string | undefined; set(key: string, value: string): void } {
  const one = file.prepared<[string], { readonly value: string }>('SELECT value FROM meta WHERE key = ?')
  const upsert = file.prepared<[string, string]>(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  return {
    get: (key) => file.attempt('read meta from', () => one().get(key)?.value),
    set: (key, value) => file.attempt('write meta to', () => void upsert().run(key, value)),
  }
}

const parse = <Row>(row: Body): Row => parseExactly(row.body) as Row
const optional = <Row>(row: Body | undefined): Row | undefined => row && parse<Row>(row)
