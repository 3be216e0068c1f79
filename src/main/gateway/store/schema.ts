import type { Schema } from './migrations'

/*
 * Rows are kept as the JSON of their record. `seq` is the order of creation. Names are unique without regard to ASCII case:
 * a last defence, the registry itself is stricter.
 */

const rows = (table: string): string => `CREATE TABLE "${table}" (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);`
const uniqueName = (table: string): string => `CREATE UNIQUE INDEX "${table}_name" ON "${table}" ((body ->> '$.name') COLLATE NOCASE);`

/** Servers, groups, clients, approvals, grants, catalogues. application_id: "FGWr". */
export const registrySchema: Schema = {
  application: 0x46475772,
  migrations: [
    (database) => {
      for (const table of ['servers', 'groups', 'clients', 'approvals', 'grants', 'catalogs']) database.exec(rows(table))
      for (const table of ['servers', 'groups', 'clients']) database.exec(uniqueName(table))
      database.exec("CREATE INDEX approvals_status ON approvals (body ->> '$.status', seq)")
      database.exec('CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
    },
  ],
}

/**
 * The trail of calls, and sessions. application_id: "FGWa". No index beside the row id: on the path of every call one costs 1.5 us and a
 * page of WAL, and a scan of 100,000 rows takes 25 ms. What a scan reads stands before `arguments`, which may overflow its page.
 */
export const auditSchema: Schema = {
  application: 0x46475761,
  migrations: [
    (database) =>
      database.exec(`
        CREATE TABLE audit (
          id INTEGER PRIMARY KEY, at TEXT NOT NULL, outcome TEXT NOT NULL, duration_ms, result_bytes, request_bytes NOT NULL,
          client TEXT NOT NULL, session_id TEXT, "group" TEXT, server TEXT NOT NULL, tool TEXT NOT NULL, door TEXT NOT NULL,
          decision TEXT NOT NULL, decided_by TEXT NOT NULL, arguments_hash TEXT NOT NULL, error TEXT, arguments TEXT NOT NULL
        );
        CREATE TABLE sessions (id TEXT PRIMARY KEY, last_seen_at TEXT NOT NULL, body TEXT NOT NULL);
        CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
      `),
  ],
}
