import Database from 'better-sqlite3'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import type { ServerRecord } from '../../../shared/records'
import { unavailable } from './medium'
import { schemaVersion } from './migrations'
import { registrySchema } from './schema'

/** What a registry holds, seen from outside. */
export interface StoreLook {
  /** absent: there is no file yet. in_use: a gateway is running on it. */
  readonly state: 'absent' | 'at_rest' | 'in_use'
  readonly servers: readonly ServerRecord[]
}

/** Byte 18 and 19 of a database say that it has a write-ahead log; a copy in memory has none. */
const journalBytes = [18, 19] as const
const withoutLog = 1
const BUSY_MS = 1_000

/** @throws Error when the native part of the driver does not load */
export const checkDriver = (): void => void new Database(':memory:').close()

/**
 * Looks into the registry of a gateway, whether or not one is running on it. Makes, migrates, locks and changes nothing.
 * @throws GatewayError `store.newer`, `store.unavailable`
 */
export function lookIntoStore(path: string): StoreLook {
  if (!existsSync(path)) return { state: 'absent', servers: [] }
  const file = realpathSync(path)
  try {
    return { state: isLocked(`${file}.lock`) ? 'in_use' : 'at_rest', servers: serversIn(file) }
  } catch (cause) {
    throw unavailable(file, 'read', cause)
  }
}

function serversIn(file: string): ServerRecord[] {
  const database = openUnwritten(file)
  try {
    if (schemaVersion(database, file, registrySchema) === 0) return []
    const rows = database.prepare<[], { readonly body: string }>('SELECT body FROM servers ORDER BY seq').all()
    return rows.map(({ body }) => JSON.parse(body) as ServerRecord)
  } finally {
    database.close()
  }
}

/** SQLite puts files beside a database that it only reads. Where no log is left there, a copy in memory says the same. */
function openUnwritten(file: string): Database.Database {
  if (existsSync(`${file}-wal`)) return new Database(file, { readonly: true, timeout: BUSY_MS })
  const bytes = readFileSync(file)
  if (bytes.length === 0) return new Database(':memory:')
  for (const place of journalBytes) if (place < bytes.length) bytes[place] = withoutLog
  return new Database(bytes)
}

/** Whether a gateway holds the lock, which nobody who only looks may take. */
function isLocked(file: string): boolean {
  if (!existsSync(file)) return false
  const lock = new Database(file, { readonly: true, timeout: 0 })
  try {
    lock.prepare('SELECT 1 FROM sqlite_schema').get()
    return false
  } catch (thrown) {
    if (thrown instanceof Database.SqliteError && thrown.code.startsWith('SQLITE_BUSY')) return true
    throw thrown
  } finally {
    lock.close()
  }
}
