import Database from 'better-sqlite3'
import type { UpstreamCatalog } from '../../../shared/records'
import type { SqliteFile } from './sqlite-file'
import type { CatalogTable } from './store'
import { fieldWeights, toolRefs, toolTexts, type ToolRef } from './tool-text'
import { queryTerms } from './words'

interface StoredCatalog {
  readonly seq: number
  readonly body: string
}

/**
 * One row for each server with all that it offers. A catalogue is a copy of what can be asked again: its commits are not synced to the disk
 * one by one. The search index lives in memory and follows at the first search after a change, so that neither start nor put pays for it.
 */
export class SqliteCatalog implements CatalogTable {
  readonly #all
  readonly #one
  readonly #ids
  readonly #upsert
  readonly #remove
  #index: ToolIndex | undefined

  constructor(readonly file: SqliteFile) {
    this.#all = file.prepared<[], StoredCatalog>('SELECT seq, body FROM catalogs ORDER BY seq')
    this.#one = file.prepared<[string], StoredCatalog>('SELECT seq, body FROM catalogs WHERE id = ?')
    this.#ids = file.prepared<[], { readonly id: string }>('SELECT id FROM catalogs')
    this.#upsert = file.prepared<[string, string]>(
      'INSERT INTO catalogs (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
    )
    this.#remove = file.prepared<[string]>('DELETE FROM catalogs WHERE id = ?')
  }

  list(): UpstreamCatalog[] {
    return this.file.attempt('read catalogues from', () => this.#all().all().map(parse))
  }

  put(catalog: UpstreamCatalog): void {
    this.#write(() => this.#upsert().run(catalog.server_id, JSON.stringify(catalog)))
    this.#index?.stale.add(catalog.server_id)
  }

  remove(serverId: string): boolean {
    const { changes } = this.#write(() => this.#remove().run(serverId))
    this.#index?.stale.add(serverId)
    return changes > 0
  }

  *search(query: string): Iterable<ToolRef> {
    const terms = queryTerms(query)
    if (terms.length === 0) yield* this.list().flatMap(toolRefs)
    else yield* this.file.attempt('search catalogues in', () => this.#find(terms))
  }

  /** Drops the index; the next search builds a new one. */
  close(): void {
    this.#index?.close()
    this.#index = undefined
  }

  #find(terms: readonly string[]): ToolRef[] {
    this.#index ??= new ToolIndex(
      this.#ids()
        .all()
        .map((row) => row.id),
    )
    try {
      this.#index.catchUp((id) => this.#one().get(id))
      return this.#index.find(terms)
    } catch (error) {
      // Half changed.
      this.close()
      throw error
    }
  }

  #write<Result>(write: () => Result): Result {
    return this.file.attempt('write catalogues to', () => unsynced(this.file.database, write))
  }
}

function unsynced<Result>(database: Database.Database, write: () => Result): Result {
  database.pragma('synchronous = NORMAL')
  try {
    return write()
  } finally {
    database.pragma('synchronous = FULL')
  }
}

const parse = (row: StoredCatalog): UpstreamCatalog => JSON.parse(row.body) as UpstreamCatalog

/** Row ids of one server's tools begin at its `seq` times this, so that equal ranks come in the catalogue's order. */
const MAX_TOOLS_PER_SERVER = 100_000

/**
 * FTS5 over the words of every tool. Words are cut and folded by `words` before they get here, so that both stores find alike and scripts without
 * spaces are found at all: the `ascii` tokenizer takes each as it is.
 */
class ToolIndex {
  /** Servers whose tools in the index are not the stored ones. */
  readonly stale: Set<string>
  readonly #database = new Database(':memory:')
  readonly #refs = new Map<number, ToolRef>()
  readonly #rowIds = new Map<string, number[]>()
  readonly #insert
  readonly #delete
  readonly #match

  constructor(serverIds: readonly string[]) {
    this.stale = new Set(serverIds)
    this.#database.exec(
      "CREATE VIRTUAL TABLE tools USING fts5(name, title, description, parameters, content='', contentless_delete=1, tokenize='ascii')",
    )
    this.#insert = this.#database.prepare<[number, string, string, string, string]>(
      'INSERT INTO tools (rowid, name, title, description, parameters) VALUES (?, ?, ?, ?, ?)',
    )
    this.#delete = this.#database.prepare<[number]>('DELETE FROM tools WHERE rowid = ?')
    this.#match = this.#database
      .prepare<[string], number>(`SELECT rowid FROM tools WHERE tools MATCH ? ORDER BY bm25(tools, ${fieldWeights.join(', ')}), rowid`)
      .pluck()
  }

  catchUp(stored: (serverId: string) => StoredCatalog | undefined): void {
    if (this.stale.size === 0) return
    this.#database.transaction(() => {
      for (const id of this.stale) this.#drop(id)
      for (const id of this.stale) this.#add(id, stored(id))
    })()
    this.stale.clear()
  }

  find(terms: readonly string[]): ToolRef[] {
    const rowIds = this.#match.all(terms.map((term) => `"${term.replaceAll('"', '""')}"*`).join(' OR '))
    return rowIds.flatMap((rowId) => this.#refs.get(rowId) ?? [])
  }

  close(): void {
    this.#database.close()
  }

  #drop(serverId: string): void {
    for (const rowId of this.#rowIds.get(serverId) ?? []) {
      this.#delete.run(rowId)
      this.#refs.delete(rowId)
    }
    this.#rowIds.delete(serverId)
  }

  #add(serverId: string, stored: StoredCatalog | undefined): void {
    if (!stored) return
    const tools = toolTexts(parse(stored)).slice(0, MAX_TOOLS_PER_SERVER)
    const first = stored.seq * MAX_TOOLS_PER_SERVER
    tools.forEach(({ ref, text: [name, title, description, parameters] }, position) => {
      this.#insert.run(first + position, name.join(' '), title.join(' '), description.join(' '), parameters.join(' '))
      this.#refs.set(first + position, ref)
    })
    this.#rowIds.set(
      serverId,
      tools.map((_tool, position) => first + position),
    )
  }
}
