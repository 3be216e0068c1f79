import Database from 'better-sqlite3'
import { GatewayError } from '../../../shared/errors'
import type { Log } from '../log'
import { unavailable } from './medium'
import { migrate, schemaVersion, type Schema } from './migrations'
import { privateFile } from './private-files'

interface SqliteFileOptions {
  readonly file: string
  readonly schema: Schema
  /** `FULL` syncs the disk with every commit; `NORMAL` survives a killed process, not a power cut. */
  readonly synchronous: 'FULL' | 'NORMAL'
  /** Memory for pages, KiB. */
  readonly cacheKib: number
  /** Gives pages that were freed back to the disk bit by bit. Only a new file takes it. */
  readonly shrinks?: boolean
  readonly log?: Log | undefined
}

/** How long to wait for another program that holds the file, before giving up. */
const BUSY_MS = 1_000
/** Pages of WAL after which they are moved into the main file: 8 MiB, so that few calls pay for it and none pays much. */
const CHECKPOINT_PAGES = 2_000
const MAX_WAL_BYTES = 16 * 1_024 * 1_024

/** A statement, prepared when first needed and again after a re-open. */
type Prepared<Parameters extends unknown[], Row> = () => Database.Statement<Parameters, Row>

/** One database file: opened, migrated and private while open; every failure is told as `store.unavailable`. */
export class SqliteFile {
  #database: Database.Database | undefined

  constructor(readonly options: SqliteFileOptions) {}

  get file(): string {
    return this.options.file
  }

  open(): void {
    const { file, log, schema } = this.options
    this.attempt('open', () => {
      privateFile(file, log)
      const database = new Database(file, { timeout: BUSY_MS })
      try {
        const version = schemaVersion(database, file, schema)
        this.#configure(database)
        migrate(database, file, schema, version)
      } catch (error) {
        database.close()
        throw error
      }
      this.#database = database
    })
  }

  /** Moves the WAL into the file and lets go of it. Closing what is not open does nothing. */
  close(): void {
    const database = this.#database
    this.#database = undefined
    if (!database) return
    try {
      this.attempt('complete', () => database.pragma('wal_checkpoint(TRUNCATE)'))
    } finally {
      database.close()
    }
  }

  get isOpen(): boolean {
    return this.#database !== undefined
  }

  /** @throws GatewayError `store.unavailable` when it is not open */
  get database(): Database.Database {
    if (!this.#database)
      throw new GatewayError('store.unavailable', `${this.file} is not open: the gateway has not started yet, or is closing.`)
    return this.#database
  }

  prepared<Parameters extends unknown[], Row = unknown>(sql: string): Prepared<Parameters, Row> {
    let owner: Database.Database | undefined
    let statement: Database.Statement<Parameters, Row> | undefined
    return () => {
      if (!statement || owner !== this.#database) {
        owner = this.database
        statement = owner.prepare<Parameters, Row>(sql)
      }
      return statement
    }
  }

  /** @throws GatewayError `store.unavailable` for whatever the work failed with; `doing` is a verb: "write" */
  attempt<Result>(doing: string, work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      throw unavailable(this.file, doing, error)
    }
  }

  #configure(database: Database.Database): void {
    const { cacheKib, shrinks, synchronous } = this.options
    if (shrinks) database.pragma('auto_vacuum = INCREMENTAL')
    database.pragma('journal_mode = WAL')
    database.pragma(`synchronous = ${synchronous}`)
    database.pragma('foreign_keys = ON')
    database.pragma('trusted_schema = OFF')
    database.pragma(`cache_size = -${cacheKib}`)
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.pragma(`journal_size_limit = ${MAX_WAL_BYTES}`)
  }
}
