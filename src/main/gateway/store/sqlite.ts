import { resolve } from 'node:path'
import type { ClientRecord, Grant, GroupRecord, ServerRecord } from '../../../shared/records'
import type { Log } from '../log'
import { GroupCommit } from './group-commit'
import { lockStore } from './lock'
import { unavailable } from './medium'
import { privateFolder } from './private-files'
import { auditSchema, registrySchema } from './schema'
import { sqliteAudit } from './sqlite-audit'
import { sqliteCatalog } from './sqlite-catalog'
import { SqliteFile } from './sqlite-file'
import { sqliteSessions } from './sqlite-sessions'
import { sqliteApprovals, sqliteMeta, sqliteTable } from './sqlite-tables'
import type { Store } from './store'

export interface SqliteStoreOptions {
  /** The registry. The audit lies beside it: `gateway.audit.db` beside `gateway.db`. */
  readonly file: string
  /** `full` syncs the audit to the disk with every group of rows; `normal` (default) survives a killed process, not a power cut. */
  readonly auditDurability?: 'normal' | 'full'
  readonly log?: Log
}

/** How often what is kept back (when sessions were last seen, how far the audit is complete) is written. */
const SAVE_MS = 30_000

/** The store of the daemon and the app: two SQLite files, readable by this user only, written by one gateway at a time. */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const { log } = options
  const file = resolve(options.file)
  const registry = new SqliteFile({ file, schema: registrySchema, synchronous: 'FULL', cacheKib: 4_096, log })
  const synchronous = options.auditDurability === 'full' ? 'FULL' : 'NORMAL'
  const trail = new SqliteFile({ file: auditFile(file), schema: auditSchema, synchronous, cacheKib: 4_096, shrinks: true, log })
  const commits = new GroupCommit(trail)
  const audit = sqliteAudit(trail, commits)
  const sessions = sqliteSessions(trail, commits)
  const catalog = sqliteCatalog(registry)
  const meta = sqliteMeta(registry)
  let unlock: (() => void) | undefined
  let saving: NodeJS.Timeout | undefined

  const save = (): void => {
    if (!trail.isOpen) return
    for (const part of [sessions, audit]) attempt(log, () => part.save())
  }
  const release = (): void => {
    clearInterval(saving)
    for (const step of [() => commits.flush(), save, () => catalog.close(), () => trail.close(), () => registry.close()]) attempt(log, step)
    unlock?.()
    unlock = undefined
  }
  return {
    open() {
      if (unlock) return
      try {
        unlock = claim(file, log)
        registry.open()
        trail.open()
        audit.open()
      } catch (error) {
        release()
        throw unavailable(file, 'open', error)
      }
      saving = setInterval(save, SAVE_MS).unref()
    },
    close() {
      if (unlock) release()
    },
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
export const auditFile = (file: string): string => (/\.db$/.test(file) ? file.replace(/\.db$/, '.audit.db') : `${file}.audit.db`)

function claim(file: string, log: Log | undefined): () => void {
  privateFolder(file, log)
  return lockStore(file, log)
}

/** What goes wrong while closing, or in the background, is for the log: nobody is waiting for it. */
function attempt(log: Log | undefined, step: () => void): void {
  try {
    step()
  } catch (error) {
    log?.error('the store could not complete its files', { error })
  }
}
