import type Database from 'better-sqlite3'
import type { AuditEntry, AuditPage, AuditQuery } from '../../../shared/records'
import { cursorBelow, idOfCursor, instant, searchedFields, searchWords } from './audit-search'
import type { AuditCount, AuditFilter, AuditGlance, AuditTable } from './store'

/**
 * Rows that one query looks at before it answers with what it has and a cursor to go on. Full text is a scan: LIKE over 100,000 rows of 600
 * bytes takes 45 to 100 ms (190 ms for a word of Cyrillic or Greek), while an FTS5 index would cost every call 13 us, more than the rest of its audit.
 */
export const SCANNED_ROWS = 100_000
/** Rows that `pruneAudit` removes in one transaction. */
const PRUNED_ROWS = 500
/** Pages that one `pruneAudit` gives back to the disk: 16 MiB. New rows use the rest again, or the next one gives it back. */
const SHRUNK_PAGES = 4_096

/** Newest first, below the cursor or `nextId`. @throws GatewayError `input.invalid` for a cursor or a time that is none */
export function auditPage(database: Database.Database, query: AuditQuery, nextId: number): AuditPage {
  const below = query.cursor === undefined ? nextId : Math.min(nextId, idOfCursor(query.cursor))
  const floor = below - SCANNED_ROWS
  const { sql, values } = conditions(query)
  const rows = database
    .prepare<unknown[], AuditEntry>(`SELECT * FROM audit WHERE id < ? AND id >= ?${sql} ORDER BY id DESC LIMIT ?`)
    .all(below, floor, ...values, query.limit + 1)
  const entries = rows.slice(0, query.limit)
  const last = entries.at(-1)
  if (rows.length > query.limit && last) return { entries, next_cursor: cursorBelow(last.id) }
  return { entries, next_cursor: oldestId(database) < floor ? cursorBelow(floor) : null }
}

/** @throws GatewayError `input.invalid` for a time that is none */
export function auditCounts(
  database: Database.Database,
  filter: AuditFilter,
  below: number,
  ids: number,
): ReturnType<AuditTable['counts']> {
  const floor = below - ids
  const { sql, values } = conditions(filter)
  const rows = database
    .prepare<unknown[], Omit<AuditCount, 'granted'> & { readonly granted: number }>(
      `SELECT client, server, outcome, decision, decided_by LIKE 'grant:%' AS granted, count(*) AS calls
       FROM audit WHERE id < ? AND id >= ?${sql} GROUP BY client, server, outcome, decision, granted`,
    )
    .all(below, floor, ...values)
  return { counts: rows.map((row) => ({ ...row, granted: row.granted === 1 })), below: nextBelow(database, floor) }
}

export function auditGlance(database: Database.Database, below: number, ids: number): ReturnType<AuditTable['glance']> {
  const floor = below - ids
  const entries = database
    .prepare<[number, number], AuditGlance>(
      `SELECT id, at, client, "group", server, tool, decision, decided_by, outcome, duration_ms
       FROM audit WHERE id < ? AND id >= ? ORDER BY id DESC`,
    )
    .all(below, floor)
  return { entries, below: nextBelow(database, floor) }
}

function nextBelow(database: Database.Database, floor: number): number | null {
  const oldest = oldestId(database)
  return oldest > 0 && oldest < floor ? floor : null
}

/** Removes the oldest rows until both limits hold, and gives space back to the disk. @returns how many were removed */
export function pruneAudit(database: Database.Database, { before, maxBytes }: Parameters<AuditTable['prune']>[0]): number {
  const remove = database.prepare<[number, number]>('DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? ORDER BY id LIMIT ?)')
  const expired = before === null ? 0 : firstSince(database, instant(before))
  const isOver = (): boolean => maxBytes !== null && usedBytes(database) > maxBytes
  let removed = 0
  for (let step = 1; step > 0; removed += step) step = remove.run(expired, PRUNED_ROWS).changes
  for (let step = 1; step > 0 && isOver(); removed += step) step = remove.run(Number.MAX_SAFE_INTEGER, PRUNED_ROWS).changes
  if (removed > 0) database.pragma(`incremental_vacuum(${SHRUNK_PAGES})`)
  return removed
}

const number = (value: unknown): number => Number(value)
const oldestId = (database: Database.Database): number => number(database.prepare('SELECT coalesce(min(id), 0) FROM audit').pluck().get())

/** The first row that is not older; beyond all rows when all are. Rows are in the order of their ids, which is that of their times but for a clock set back. */
const firstSince = (database: Database.Database, time: string): number =>
  number(database.prepare<[string]>('SELECT id FROM audit WHERE at >= ? ORDER BY id LIMIT 1').pluck().get(time) ?? Number.MAX_SAFE_INTEGER)

function usedBytes(database: Database.Database): number {
  const pragma = (name: string): number => number(database.pragma(name, { simple: true }))
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
}

interface Conditions {
  readonly sql: string
  readonly values: readonly string[]
}

function conditions(query: AuditFilter): Conditions {
  const equal = (['client', 'server', 'tool', 'outcome'] as const).flatMap((key) => {
    const value = query[key]
    return value === undefined ? [] : [{ sql: ` AND ${key} = ?`, values: [value] }]
  })
  const since = query.since === undefined ? [] : [{ sql: ' AND at >= ?', values: [instant(query.since)] }]
  const until = query.until === undefined ? [] : [{ sql: ' AND at < ?', values: [instant(query.until)] }]
  const all = [...equal, ...since, ...until, ...searchWords(query.q).map(holds)]
  return { sql: all.map((one) => one.sql).join(''), values: all.flatMap((one) => one.values) }
}

/** LIKE ignores the case of ASCII only; a word with other letters that have two cases is looked for with a set for each. */
function holds(word: string): Conditions {
  const characters = [...word]
  const isPlain = characters.every((character) => character <= '\x7f' || character.toLowerCase() === character.toUpperCase())
  const operator = isPlain ? "LIKE ? ESCAPE '\\'" : 'GLOB ?'
  const pattern = isPlain ? `%${word.replace(/[%_\\]/g, '\\$&')}%` : `*${characters.map(eitherCase).join('')}*`
  return { sql: ` AND (${searchedFields.map((field) => `${field} ${operator}`).join(' OR ')})`, values: searchedFields.map(() => pattern) }
}

function eitherCase(character: string): string {
  const cases = [...new Set([character.toLowerCase(), character.toUpperCase()])].filter((one) => [...one].length === 1)
  if (cases.length > 1) return `[${cases.join('')}]`
  return /[*?[]/.test(character) ? `[${character}]` : character
}
