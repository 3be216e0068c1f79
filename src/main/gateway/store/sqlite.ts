import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ClientRecord, Grant, GroupRecord, ServerRecord } from '../../../shared/records'
import type { Log } from '../log'
import { GroupCommit } from './group-commit'
import { lockStore } from './lock'
import { privateFolder } from './private-files'
import { auditSchema, registrySchema } from './schema'
import { SqliteAudit } from './sqlite-audit'
import { SqliteCatalog } from './sqlite-catalog'
import { SqliteFile } from './sqlite-file'
import { SqliteSessions } from './sqlite-sessions'
import { sqliteApprovals, sqliteMeta, sqliteTable } from './sqlite-tables'
import type { Store } from './store'

/** Where the store lies and how safely it writes. */
export interface SqliteStoreOptions {
  /** The registry. The audit lies beside it: `gateway.audit.db` beside `gateway.db`. */
  readonly file: string
  /** `full` syncs the audit to the disk with every group of rows; `normal` (default) survives a killed process, not a power cut. */
  readonly auditDurability?: 'normal' | 'full'
  readonly log?: Log
}

/** How often what is kept back (when sessions were last seen, how far the audit is complete) is written. */
const SAVE_MS = 30_000
/** Memory for pages of each file. */
const CACHE_KIB = 4_096

/** The store of the daemon and the app: two SQLite files, readable by this user only, written by one gateway at a time. */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const files = new StoreFiles(options)
  const { audit, catalog, registry, sessions } = files
  const meta = sqliteMeta(registry)
  return {
    open: () => files.open(),
    close: () => files.close(),
    servers: sqliteTable<ServerRecord>(registry, 'servers', 'server.name_taken'),
    groups: sqliteTable<GroupRecord>(registry, 'groups', 'group.name_taken'),
    clients: sqliteTable<ClientRecord>(registry, 'clients', 'client.name_taken'),
    approvals: sqliteApprovals(registry),
    grants: sqliteTable<Grant>(registry, 'grants'),
    catalog,
    sessions,
    audit,
    getMeta: (key) => meta.get(key),
    setMeta: (key, value) => meta.set(key, value),
  }
}

/** `gateway.db` -> `gateway.audit.db` */
const auditFileOf = (file: string): string => `${file.endsWith('.db') ? file.slice(0, -'.db'.length) : file}.audit.db`

/** The two files and their lock: opened together or not at all. */
class StoreFiles {
  readonly registry: SqliteFile
  readonly trail: SqliteFile
  readonly commits: GroupCommit
  readonly catalog: SqliteCatalog
  readonly audit: SqliteAudit
  readonly sessions: SqliteSessions
  readonly #log: Log | undefined
  #unlock: (() => void) | undefined
  #saving: NodeJS.Timeout | undefined

  constructor({ auditDurability, file, log }: SqliteStoreOptions) {
    const path = existsSync(file) ? realpathSync(file) : resolve(file)
    const common = { cacheKib: CACHE_KIB, log }
    const synchronous = auditDurability === 'full' ? 'FULL' : 'NORMAL'
    this.#log = log
    this.registry = new SqliteFile({ ...common, file: path, schema: registrySchema, synchronous: 'FULL' })
    this.trail = new SqliteFile({ ...common, file: auditFileOf(path), schema: auditSchema, synchronous, shrinks: true })
    this.commits = new GroupCommit(this.trail, log)
    this.catalog = new SqliteCatalog(this.registry)
    this.audit = new SqliteAudit(this.trail, this.commits)
    this.sessions = new SqliteSessions(this.trail, this.commits)
  }

  open(): void {
    if (this.#unlock) return
    try {
      this.#unlock = this.registry.attempt('lock', () => this.#lock())
      this.registry.open()
      this.trail.open()
      this.audit.open()
    } catch (error) {
      this.close()
      throw error
    }
    this.#saving = setInterval(() => this.#save(), SAVE_MS).unref()
  }

  /** Writes what is queued. Closing what is not open does nothing. */
  close(): void {
    clearInterval(this.#saving)
    this.commits.flush()
    this.#save()
    for (const part of [this.catalog, this.trail, this.registry]) this.#attempt(() => part.close())
    this.#unlock?.()
    this.#unlock = undefined
  }

  #lock(): () => void {
    privateFolder(this.registry.file, this.#log)
    return lockStore(this.registry.file, this.#log)
  }

  #save(): void {
    if (this.trail.isOpen) for (const part of [this.sessions, this.audit]) this.#attempt(() => part.save())
  }

  /** For what nobody waits for. */
  #attempt(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#log?.error('the store could not write all that it kept back', { error })
    }
  }
}
