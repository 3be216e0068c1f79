import type Database from 'better-sqlite3'
import { renameSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { GatewayError } from '../../../shared/errors'
import { privateFile } from './private-files'

/** One step of a schema. Step N leads from version N-1 to version N; a step that was released never changes. */
export type Migration = (database: Database.Database) => void

/** What a database file is for and how it came to its present shape. `application` marks the file as ours (SQLite's application_id). */
export interface Schema {
  readonly application: number
  readonly migrations: readonly Migration[]
}

/**
 * The version of a file's schema, 0 for a new file. Changes nothing.
 * @throws GatewayError `store.newer` (a newer version wrote it), `store.unavailable` (another program's database), and SQLite's errors
 */
export function schemaVersion(database: Database.Database, file: string, schema: Schema): number {
  const version = Number(database.pragma('user_version', { simple: true }))
  const isOurs = database.pragma('application_id', { simple: true }) === schema.application
  const isNew = version === 0 && database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  if (!isOurs && !isNew) throw foreign(file)
  if (version > schema.migrations.length) throw newer(file, version, schema.migrations.length)
  return version
}

/** From that version to the newest, all steps in one transaction; a file that holds data is copied first, to `FILE.vN.bak`. @throws SQLite's errors */
export function migrate(database: Database.Database, file: string, schema: Schema, version: number): void {
  const newest = schema.migrations.length
  if (version === newest) return
  if (version > 0) keepCopy(database, file, version)
  database.transaction(() => {
    for (const step of schema.migrations.slice(version)) step(database)
    database.pragma(`user_version = ${newest}`)
    database.pragma(`application_id = ${schema.application}`)
  })()
}

const foreign = (file: string): GatewayError =>
  new GatewayError(
    'store.unavailable',
    `${file} was written by another program (the Python fast-gateway, perhaps). Move it away, or name another "db" in the config.`,
  )

const newer = (file: string, version: number, newest: number): GatewayError =>
  new GatewayError(
    'store.newer',
    `${file} has schema version ${version}; this gateway knows versions up to ${newest}. Update the gateway, or put back the copy ${basename(file)}.v${newest}.bak if it is there.`,
  )

/** Whole or not at all: the copy gets its name only when it is complete. */
function keepCopy(database: Database.Database, file: string, version: number): void {
  const copy = `${file}.v${version}.bak`
  const unfinished = `${copy}.part`
  rmSync(unfinished, { force: true })
  privateFile(unfinished, undefined)
  database.prepare('VACUUM INTO ?').run(unfinished)
  renameSync(unfinished, copy)
}
