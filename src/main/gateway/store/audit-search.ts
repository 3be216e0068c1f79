import { GatewayError } from '../../../shared/errors'
import type { AuditEntry } from '../../../shared/records'
import type { AuditFilter } from './store'

/** Longest full-text query that is looked at, characters. */
const MAX_QUERY = 200
/** Words of it beyond these are ignored. */
const MAX_WORDS = 16

/** What the full text of a row is made of. */
export const searchedFields = ['client', 'server', 'tool', 'arguments', 'error'] as const

/** Every one of these must occur somewhere in a row, whatever the case. */
export const searchWords = (q: string | undefined): string[] =>
  (q ?? '').slice(0, MAX_QUERY).split(/\s+/u).filter(Boolean).slice(0, MAX_WORDS)

/** Does what the SQL of the other store does, on one row. */
export function auditFilter(query: AuditFilter): (entry: AuditEntry) => boolean {
  const wanted = (['client', 'server', 'tool', 'outcome'] as const).filter((key) => query[key] !== undefined)
  const since = query.since === undefined ? null : instant(query.since)
  const until = query.until === undefined ? null : instant(query.until)
  const found = searchWords(query.q).map((word) => word.toLowerCase())
  return (entry) =>
    wanted.every((key) => entry[key] === query[key]) &&
    (since === null || entry.at >= since) &&
    (until === null || entry.at < until) &&
    found.every((word) => searchedFields.some((field) => entry[field]?.toLowerCase().includes(word)))
}

/** A time in the one form that sorts as text. @throws GatewayError `input.invalid` */
export function instant(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) throw new GatewayError('input.invalid', 'Not a time: write it as 2026-01-31T12:00:00Z.')
  return date.toISOString()
}

/** Opaque to whoever gets it: the rows below this id come next. */
export const cursorBelow = (id: number): string => Buffer.from(`below:${id}`).toString('base64url')

/** @throws GatewayError `input.invalid` for what `cursorBelow` never made */
export function idOfCursor(cursor: string): number {
  const id = Number(/^below:([1-9]\d{0,15})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1])
  if (Number.isSafeInteger(id) && cursorBelow(id) === cursor) return id
  throw new GatewayError(
    'input.invalid',
    'Not a cursor of this list: take `next_cursor` of the page before, or leave it out to begin anew.',
  )
}
