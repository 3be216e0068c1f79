import Database from 'better-sqlite3'
import { GatewayError } from '../../../shared/errors'
import type { Log } from '../log'
import { privateFile } from './private-files'

/**
 * One gateway for each registry. The lock is SQLite's own lock on a tiny database beside it: the operating system lets go of it however the
 * process ends, and the registry itself stays readable for others.
 * @returns the way to let go
 * @throws GatewayError `store.locked`
 */
export function lockStore(file: string, log: Log | undefined): () => void {
  const path = `${file}.lock`
  privateFile(path, log)
  const lock = new Database(path, { timeout: 0 })
  try {
    // Nothing is ever written to it: no journal beside it.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (!isBusy(cause)) throw cause
    throw new GatewayError('store.locked', `Another gateway is running on ${file}. Stop it, or give this one its own "db" in its config.`, {
      cause,
    })
  }
  return () => lock.close()
}

const isBusy = (cause: unknown): boolean => cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')
