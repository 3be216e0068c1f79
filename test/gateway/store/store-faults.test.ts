import Database from 'better-sqlite3'
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { GroupCommit } from '../../../src/main/gateway/store/group-commit'
import { auditSchema } from '../../../src/main/gateway/store/schema'
import { createSqliteStore } from '../../../src/main/gateway/store/sqlite'
import { SqliteAudit } from '../../../src/main/gateway/store/sqlite-audit'
import { SqliteFile } from '../../../src/main/gateway/store/sqlite-file'
import { openSqliteStore, storeFolder } from '../../support/store-folder'
import { buildWriter, type Writer } from '../../support/store-process'
import { aCatalog, anApproval, anEnd, anIntent, aServer } from '../../support/store-records'
import { refusalOf, rejectionOf } from '../../support/store-refusal'

let writer: Writer
beforeAll(async () => void (writer = await buildWriter()))
afterAll(() => writer.remove())

const integrity = (file: string): unknown => {
  const database = new Database(file, { readonly: true })
  try {
    return database.pragma('integrity_check', { simple: true })
  } finally {
    database.close()
  }
}
const idsOf = (lines: readonly string[], kind: string): string[] =>
  lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1))

/** An audit file without a store around it, so that its connection can be limited. */
function openTrail(): { audit: SqliteAudit; commits: GroupCommit; trail: SqliteFile } {
  const trail = new SqliteFile({ file: join(storeFolder(), 'audit.db'), schema: auditSchema, synchronous: 'NORMAL', cacheKib: 1_024 })
  trail.open()
  onTestFinished(() => trail.close())
  const commits = new GroupCommit(trail, undefined)
  const audit = new SqliteAudit(trail, commits)
  audit.open()
  return { audit, commits, trail }
}

/** Kills the writer in the middle of its work, three lives on one folder. @returns what all lives were told is stored */
async function killedThrice(file: string, mode: string): Promise<string[]> {
  const lines: string[] = []
  for (let life = 0; life < 3; life++) {
    const child = writer.start(file, mode)
    await child.said(150)
    child.kill()
    await child.ended
    lines.push(...child.lines)
  }
  return lines
}

it('many approvals are written together or not at all', () => {
  const { approvals } = openSqliteStore()
  const unwritable = { ...anApproval('b'), arguments: { big: 1n } }
  expect(refusalOf(() => approvals.putAll([anApproval('a'), unwritable]))).toContain('store.unavailable')
  expect(approvals.list()).toEqual([])
})

describe('a gateway killed while it writes', () => {
  it('has every audit row that was acknowledged, and whole files', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const lines = await killedThrice(file, 'audit')
    expect([integrity(file), integrity(file.replace('.db', '.audit.db'))]).toEqual(['ok', 'ok'])
    const { audit } = openSqliteStore(file)
    audit.markInterrupted()
    const outcomes = new Map<number, string>()
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = audit.query({ limit: 1_000, ...(cursor ? { cursor } : {}) })
      for (const entry of page.entries) outcomes.set(entry.id, entry.outcome)
      cursor = page.next_cursor
    }
    const appended = idsOf(lines, 'appended').map(Number)
    expect(new Set(appended).size).toBe(appended.length)
    expect(appended.filter((id) => !outcomes.has(id))).toEqual([])
    expect(idsOf(lines, 'finished').filter((id) => outcomes.get(Number(id)) !== 'ok')).toEqual([])
    expect([...outcomes.values()].filter((outcome) => outcome === 'running')).toEqual([])
  })

  it('has every server, client and catalogue that was acknowledged', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const lines = await killedThrice(file, 'registry')
    expect(integrity(file)).toBe('ok')
    const store = openSqliteStore(file)
    const catalogs = new Set(store.catalog.list().map((catalog) => catalog.server_id))
    expect(idsOf(lines, 'server').filter((id) => !store.servers.get(id))).toEqual([])
    expect(idsOf(lines, 'client').filter((id) => !store.clients.get(id))).toEqual([])
    expect(idsOf(lines, 'catalog').filter((id) => !catalogs.has(id))).toEqual([])
  })

  it('leaves no lock behind', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const child = writer.start(file, 'hold')
    await child.said(1)
    expect(refusalOf(() => createSqliteStore({ file }).open())).toMatch(/^store\.locked: /)
    child.kill()
    await child.ended
    expect(() => openSqliteStore(file)).not.toThrow()
  })
})

describe('a full disk', () => {
  it('refuses the append by name, keeps the rows before it, and is over when there is space', async () => {
    const file = join(storeFolder(), 'gateway.db')
    // No file may grow beyond 1 or 2 MiB (the unit is the shell's).
    const child = writer.start(file, 'fill', 'ulimit -f 2048')
    await child.ended
    const acknowledged = idsOf(child.lines, 'appended')
    const refused = idsOf(child.lines, 'refused')
    expect(acknowledged.length).toBeGreaterThan(20)
    expect(refused).toHaveLength(2)
    for (const refusal of refused) expect(refusal).toMatch(/^store\.unavailable Could not write to .*gateway\.audit\.db/)
    expect(child.lines).toContain(`readable ${acknowledged.length}`)
    const { audit } = openSqliteStore(file)
    expect(audit.query({ limit: 1_000 }).entries.map((entry) => String(entry.id))).toEqual(acknowledged.reverse())
    await expect(audit.append(anIntent())).resolves.toBeGreaterThan(0)
  })

  it('refuses a whole group and takes the next one after space returns, without a restart', async () => {
    const { audit, trail } = openTrail()
    const big = anIntent({ arguments: 'x'.repeat(8_000) })
    const first = await audit.append(anIntent())
    const pages = Number(trail.database.pragma('page_count', { simple: true }))
    trail.database.pragma(`max_page_count = ${pages + 2}`)
    const group = await Promise.all(
      [audit.append(anIntent()), audit.append(big), audit.append(big), audit.finish(first, anEnd)].map(rejectionOf),
    )
    for (const result of group) expect(result).toMatch(/^store\.unavailable: .*disk is full/)
    expect(audit.query({ limit: 10 }).entries.map((entry) => [entry.id, entry.outcome])).toEqual([[first, 'running']])
    trail.database.pragma(`max_page_count = ${pages + 1_000}`)
    const later = await audit.append(big)
    await audit.finish(first, anEnd)
    expect(audit.query({ limit: 10 }).entries.map((entry) => [entry.id, entry.outcome])).toEqual([
      [later, 'running'],
      [first, 'ok'],
    ])
  })
})

describe('a group of rows', () => {
  it('goes on without the one that cannot be stored', async () => {
    const { audit } = openTrail()
    const impossible = anIntent({ at: null as unknown as string })
    const unbindable = anIntent({ tool: {} as unknown as string })
    const [good, bad, worse, alsoGood] = await Promise.all(
      [anIntent(), impossible, unbindable, anIntent()].map((row) => rejectionOf(audit.append(row))),
    )
    expect([good, alsoGood]).toEqual(['', ''])
    expect(bad).toMatch(/^store\.unavailable: /)
    expect(worse).toMatch(/^store\.unavailable: /)
    expect(audit.query({ limit: 10 }).entries).toHaveLength(2)
  })

  it('is undone whole where SQLite would undo one statement only', async () => {
    const { audit, commits, trail } = openTrail()
    trail.database.pragma(`max_page_count = ${Number(trail.database.pragma('page_count', { simple: true })) + 2}`)
    const many = `WITH RECURSIVE n (i) AS (VALUES (1000) UNION ALL SELECT i + 1 FROM n LIMIT 1000)
      INSERT INTO audit (id, at, outcome, request_bytes, client, server, tool, door, decision, decided_by, arguments_hash, arguments)
      SELECT i, '', 'ok', 0, '', '', '', '', '', '', '', hex(zeroblob(2000)) FROM n`
    const group = await Promise.all([rejectionOf(audit.append(anIntent())), rejectionOf(commits.add(() => void trail.database.exec(many)))])
    for (const result of group) expect(result).toMatch(/^store\.unavailable: .*disk is full/)
    expect(audit.query({ limit: 10 }).entries).toEqual([])
    const after = await audit.append(anIntent())
    expect(audit.query({ limit: 10 }).entries.map((entry) => entry.id)).toEqual([after])
  })
})

describe('another program on the audit', () => {
  it('that holds it fails appends by name until it lets go', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const { audit } = openSqliteStore(file)
    const other = new Database(file.replace('.db', '.audit.db'))
    onTestFinished(() => void other.close())
    other.exec('BEGIN IMMEDIATE')
    expect(await rejectionOf(audit.append(anIntent()))).toMatch(/^store\.unavailable: .*Another program/)
    other.exec('COMMIT')
    await expect(audit.append(anIntent())).resolves.toBeGreaterThan(0)
  })
})

describe('a second gateway on one data folder', () => {
  it('is told which file is taken, and gets it when the first has closed', () => {
    const file = join(storeFolder(), 'gateway.db')
    const first = openSqliteStore(file)
    first.servers.put(aServer('s1'))
    const second = createSqliteStore({ file })
    expect(refusalOf(() => second.open())).toContain(`store.locked: Another gateway is running on ${file}`)
    // A refused second must not have freed what the first holds.
    expect(refusalOf(() => second.open())).toMatch(/^store\.locked: /)
    first.servers.put(aServer('s2'))
    first.close()
    onTestFinished(() => second.close())
    second.open()
    expect(second.servers.list()).toHaveLength(2)
  })

  it('does not keep others from reading', () => {
    const file = join(storeFolder(), 'gateway.db')
    openSqliteStore(file).servers.put(aServer('s1'))
    const reader = new Database(file, { readonly: true })
    onTestFinished(() => void reader.close())
    expect(reader.prepare('SELECT count(*) FROM servers').pluck().get()).toBe(1)
  })
})

describe('a closed store', () => {
  it('says so to whoever writes or reads', async () => {
    const store = openSqliteStore()
    const queued = store.audit.append(anIntent())
    store.close()
    store.close()
    await expect(queued).resolves.toBe(1)
    expect(await rejectionOf(store.audit.append(anIntent()))).toMatch(/^store\.unavailable: .*not open/)
    expect(refusalOf(() => store.servers.list())).toMatch(/^store\.unavailable: .*not open/)
  })
})

describe('a damaged file', () => {
  it.each(['gateway.db', 'gateway.audit.db'])('%s that is no database is named, with what to do, and left as it is', (name) => {
    const folder = storeFolder()
    const damaged = join(folder, name)
    writeFileSync(damaged, 'this is not a database. '.repeat(400))
    const store = createSqliteStore({ file: join(folder, 'gateway.db') })
    expect(refusalOf(() => store.open())).toMatch(new RegExp(`^store.unavailable: .*${name} .*move it away`))
    expect(readFileSync(damaged, 'utf8')).toContain('this is not a database')
    expect(refusalOf(() => store.open())).toMatch(/^store\.unavailable: /)
  })

  it('with a broken page fails the read of it, not the process', () => {
    const folder = storeFolder()
    const file = join(folder, 'gateway.db')
    const first = openSqliteStore(file)
    for (let n = 0; n < 200; n++) first.catalog.put({ ...aCatalog(`s${n}`), problems: ['x'.repeat(3_000)] })
    first.servers.put(aServer('s1'))
    first.close()
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(400 * 1_024, 0xff), 0, 400 * 1_024, 100 * 1_024)
    closeSync(handle)
    const store = openSqliteStore(file)
    expect(refusalOf(() => store.catalog.list())).toMatch(/^store\.unavailable: .*gateway\.db.*damaged/)
  })

  it('of another program is not touched', () => {
    const file = join(storeFolder(), 'gateway.db')
    const reference = new Database(file)
    reference.exec('CREATE TABLE servers (id TEXT PRIMARY KEY, data TEXT)')
    reference.close()
    const before = readFileSync(file)
    expect(refusalOf(() => createSqliteStore({ file }).open())).toMatch(/^store\.unavailable: .*another program/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('of a newer version is refused with both versions, and left as it is', () => {
    const file = join(storeFolder(), 'gateway.db')
    openSqliteStore(file).close()
    const newer = new Database(file)
    newer.pragma('user_version = 99')
    newer.close()
    const before = readFileSync(file)
    expect(refusalOf(() => createSqliteStore({ file }).open())).toMatch(/^store\.newer: .*version 99; .* up to 1\./)
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})
