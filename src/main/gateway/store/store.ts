import type {
  Approval,
  AuditEntry,
  AuditOutcome,
  AuditPage,
  AuditQuery,
  ClientRecord,
  Grant,
  GroupRecord,
  ServerRecord,
  SessionRecord,
  UpstreamCatalog,
} from '../../../shared/records'

/**
 * Where the gateway keeps what must survive it. Synchronous where the caller must know before it goes on (registry, clients,
 * grants: durable when the call returns), promised where writes are grouped (audit, sessions: durable when resolved).
 * The store keeps and finds; it does not validate or decide. Records go in and come out as plain, detached objects.
 * Any failure of the medium is a GatewayError `store.unavailable` that names what could not be written.
 */
export interface Store {
  /** Opens, migrates and locks. @throws GatewayError `store.locked` (another gateway runs on it), `store.newer` (written by a newer version) */
  open(): void
  close(): void
  readonly servers: Table<ServerRecord>
  readonly groups: Table<GroupRecord>
  readonly clients: Table<ClientRecord>
  readonly approvals: ApprovalTable
  readonly grants: Table<Grant>
  readonly catalog: CatalogTable
  readonly sessions: SessionTable
  readonly audit: AuditTable
  /** Small named values, such as whether the demo server was already offered. */
  getMeta(key: string): string | undefined
  setMeta(key: string, value: string): void
}

/** Rows by id, in the order of their creation. */
export interface Table<Row extends { readonly id: string }> {
  list(): Row[]
  get(id: string): Row | undefined
  /** Inserts or replaces the whole row. */
  put(row: Row): void
  /** @returns whether there was one */
  remove(id: string): boolean
}

/** How many approvals are looked through for those of one tool: each is parsed, and a person waits for it. */
export const approvedAmong = 2000

export interface ApprovalTable extends Table<Approval> {
  /** All or none, for the price of one. */
  putAll(rows: readonly Approval[]): void
  /** All or none, for the price of one; of which some may be gone already. */
  removeAll(ids: readonly string[]): void
  /** Newest first. */
  search(query: { readonly status?: Approval['status']; readonly limit: number }): Approval[]
  /** What people (no grants) approved of one client's calls of one tool, by exact names, newest first; among the newest `approvedAmong` of all. */
  approved(of: Pick<Approval, 'client' | 'server' | 'tool'>, limit: number): Approval[]
}

export interface CatalogTable {
  list(): UpstreamCatalog[]
  /** Replaces everything known of that server, and its search index. */
  put(catalog: UpstreamCatalog): void
  remove(serverId: string): boolean
  /**
   * Tools whose name, title, description or parameter names hold words that begin with the query's words, best first,
   * lazily and without any cut: the caller filters, then cuts. Letters of every script; case and accents are ignored.
   * An empty query yields every tool in the catalogue's order.
   */
  search(query: string): Iterable<{ readonly server_id: string; readonly bare_name: string }>
}

export interface SessionTable {
  get(id: string): SessionRecord | undefined
  put(session: SessionRecord): Promise<void>
  /** Grouped and unhurried: when a session was last seen. */
  touch(id: string, lastSeenAt: string): void
  remove(id: string): Promise<void>
  /** @returns how many were removed because they were last seen before then */
  prune(before: string): number
}

/** The intent of a call, written before the upstream is asked; or a refusal, whole at once. */
export type AuditDraft = Omit<AuditEntry, 'id'>
export interface AuditEnd {
  readonly outcome: AuditOutcome
  readonly duration_ms: number
  readonly result_bytes: number | null
  readonly error: string | null
}

/** What rows are found by: an `AuditQuery` without its page. */
export type AuditFilter = Omit<AuditQuery, 'limit' | 'cursor'>
/** How many of the looked-at rows are alike in all of this. `granted`: a standing permission let them through. */
export interface AuditCount extends Pick<AuditEntry, 'client' | 'server' | 'outcome' | 'decision'> {
  readonly granted: boolean
  readonly calls: number
}
/** A row without what makes it long. */
export type AuditGlance = Pick<
  AuditEntry,
  'id' | 'at' | 'client' | 'group' | 'server' | 'tool' | 'decision' | 'decided_by' | 'outcome' | 'duration_ms'
>

/** Appends are grouped: one transaction per turn of the event loop. An append rejects when its transaction could not be committed. */
export interface AuditTable {
  /** @returns the row's id, once it is durable as far as `audit_durability` says */
  append(entry: AuditDraft): Promise<number>
  /** Completes a row. Resolves when durable. */
  finish(id: number, end: AuditEnd): Promise<void>
  /** Newest first. @throws GatewayError `input.invalid` for a cursor that was not given out */
  query(query: AuditQuery): AuditPage
  /** Of the rows of so many ids below that one (null: from the newest on). `below`: where to go on; null when nothing is left. */
  counts(filter: AuditFilter, below: number | null, ids: number): { readonly counts: AuditCount[]; readonly below: number | null }
  /** The rows of so many ids below that one (null: from the newest on), newest first. `below`: where to go on; null when nothing is left. */
  glance(below: number | null, ids: number): { readonly entries: AuditGlance[]; readonly below: number | null }
  /** Removes the oldest rows until both hold; null = no limit. @returns how many were removed */
  prune(limits: { readonly before: string | null; readonly maxBytes: number | null }): number
  /** Rows still `running` from an earlier life become `interrupted`. @returns how many */
  markInterrupted(): number
}
