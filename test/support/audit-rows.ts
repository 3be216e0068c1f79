import Database from 'better-sqlite3'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Store } from '../../src/main/gateway/store/store'
import { createSqliteStore } from '../../src/main/gateway/store/sqlite'
import { storeFolder } from './store-folder'

/** Row `n` of the many, counted from 1: one each second up to now. */
const rowAt = (n: number, count: number, now: number) => {
  const denied = n % 10 === 0
  return [
    ...[
      n,
      new Date(now - (count - n) * 800).toISOString(),
      denied ? 'denied' : n % 25 === 1 ? 'tool_error' : 'ok',
      denied ? null : n % 500,
    ],
    ...[300, 200, `client-${n % 7}`, 'session-1', null, `server-${n % 20}`, `tool_${n % 300}`, 'mcp', denied ? 'deny' : 'allow'],
    ...['default', 'a'.repeat(64), denied ? 'The policy denies it.' : null, JSON.stringify({ path: `/notes/${n}`, text: 'x'.repeat(250) })],
  ]
}

/** An open SQLite store whose audit holds so many rows, written at once. */
export function storeOfManyRows(count: number): Store {
  const file = join(storeFolder(), 'gateway.db')
  const store = createSqliteStore({ file })
  onTestFinished(() => store.close())
  store.open()
  store.close()
  const database = new Database(file.replace(/\.db$/, '.audit.db'))
  const insert = database.prepare(`INSERT INTO audit (
    id, at, outcome, duration_ms, result_bytes, request_bytes, client, session_id, "group", server, tool, door, decision,
    decided_by, arguments_hash, error, arguments) VALUES (${Array(17).fill('?').join(', ')})`)
  const now = Date.now()
  database.transaction(() => {
    for (let n = 1; n <= count; n++) insert.run(...rowAt(n, count, now))
  })()
  database.close()
  store.open()
  return store
}
