import type { ErrorCode } from '../../../shared/errors'
import { parseExactly } from '../../../shared/exact-json'
import type { Approval, SessionRecord } from '../../../shared/records'
import { nameTaken } from './name-taken'
import { approvedAmong, type ApprovalTable, type SessionTable, type Table } from './store'

/** Rows as their JSON, as in the other store: what comes out is detached from what went in. */
export function memoryTable<Row extends { readonly id: string }>(): Table<Row> {
  const rows = new Map<string, string>()
  return {
    list: () => [...rows.values()].map((text) => parseExactly(text) as Row),
    get: (id) => parsed<Row>(rows.get(id)),
    put: (row) => void rows.set(row.id, JSON.stringify(row)),
    remove: (id) => rows.delete(id),
  }
}

/** Rows whose names differ by more than the case of ASCII letters. */
export function memoryNamedTable<Row extends { readonly id: string; readonly name: string }>(kind: string, taken: ErrorCode): Table<Row> {
  const table = memoryTable<Row>()
  return {
    ...table,
    put(row) {
      const name = asciiLower(row.name)
      if (table.list().some((other) => other.id !== row.id && asciiLower(other.name) === name)) throw nameTaken(taken, kind)
      table.put(row)
    },
  }
}

export function memoryApprovals(): ApprovalTable {
  const table = memoryTable<Approval>()
  return {
    ...table,
    putAll: (rows) => rows.forEach(table.put),
    removeAll: (ids) => ids.forEach(table.remove),
    search: ({ status, limit }) =>
      table
        .list()
        .reverse()
        .filter((approval) => status === undefined || approval.status === status)
        .slice(0, limit),
    approved: (of, limit) =>
      table
        .list()
        .reverse()
        .slice(0, approvedAmong)
        .filter(({ status, decided_by }) => status === 'approved' && !decided_by?.startsWith('grant:'))
        .filter(({ client, server, tool }) => client === of.client && server === of.server && tool === of.tool)
        .slice(0, limit),
  }
}

export function memorySessions(): SessionTable {
  const table = memoryTable<SessionRecord>()
  return {
    get: (id) => table.get(id),
    put: async (session) => table.put(session),
    touch(id, lastSeenAt) {
      const session = table.get(id)
      if (session) table.put({ ...session, last_seen_at: lastSeenAt })
    },
    remove: async (id) => void table.remove(id),
    prune: (before) => table.list().filter((session) => session.last_seen_at < before && table.remove(session.id)).length,
  }
}

const parsed = <Row>(text: string | undefined): Row | undefined => (text === undefined ? undefined : (parseExactly(text) as Row))
const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
