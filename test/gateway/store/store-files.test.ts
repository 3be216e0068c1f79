import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { migrate, type Migration, type Schema, schemaVersion } from '../../../src/main/gateway/store/migrations'
import { auditSchema, registrySchema } from '../../../src/main/gateway/store/schema'
import { createSqliteStore } from '../../../src/main/gateway/store/sqlite'
import { SCANNED_ROWS } from '../../../src/main/gateway/store/sqlite-audit-pages'
import { SqliteFile } from '../../../src/main/gateway/store/sqlite-file'
import { openSqliteStore, storeFolder } from '../../support/store-folder'
import { anIntent, aServer, aSession } from '../../support/store-records'
import { refusalOf } from '../../support/store-refusal'

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const modes = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]))

describe('the files of the store', () => {
  it('are for this user only from the start, and so is their folder', async () => {
    const folder = join(storeFolder(), 'new', 'data')
    const store = openSqliteStore(join(folder, 'gateway.db'))
    store.servers.put(aServer('s1'))
    await store.audit.append(anIntent())
    expect(modeOf(folder)).toBe('700')
    expect(modes(folder)).toEqual({
      'gateway.audit.db': '600',
      'gateway.audit.db-shm': '600',
      'gateway.audit.db-wal': '600',
      'gateway.db': '600',
      'gateway.db-shm': '600',
      'gateway.db-wal': '600',
      'gateway.db.lock': '600',
    })
  })

  it('are closed to others again when they were opened to them', () => {
    const folder = storeFolder()
    const file = join(folder, 'gateway.db')
    openSqliteStore(file).close()
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644)
    chmodSync(folder, 0o755)
    openSqliteStore(file)
    expect(modeOf(folder)).toBe('700')
    expect(new Set(Object.values(modes(folder)))).toEqual(new Set(['600']))
  })

  it('leave a folder as it is that holds other things', () => {
    const folder = storeFolder()
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'package.json'), '{}', { mode: 0o644 })
    openSqliteStore(join(folder, 'gateway.db'))
    expect([modeOf(folder), modeOf(join(folder, 'package.json')), modeOf(join(folder, 'gateway.db'))]).toEqual(['755', '644', '600'])
  })

  it('are locked under every name of theirs', () => {
    const folder = storeFolder()
    const real = join(folder, 'real.db')
    openSqliteStore(real)
    symlinkSync(real, join(folder, 'link.db'))
    expect(refusalOf(() => createSqliteStore({ file: join(folder, 'link.db') }).open())).toMatch(/^store\.locked: /)
  })

  it('tell where the fault is when the folder cannot be made', () => {
    const folder = storeFolder()
    writeFileSync(join(folder, 'taken'), '')
    const store = createSqliteStore({ file: join(folder, 'taken', 'gateway.db') })
    expect(refusalOf(() => store.open())).toMatch(/^store\.unavailable: .*taken/)
  })

  it('are synced as promised: the registry always, the audit when asked', () => {
    const synchronous = (schema: Schema, level: 'FULL' | 'NORMAL'): unknown => {
      const file = new SqliteFile({ file: join(storeFolder(), 'a.db'), schema, synchronous: level, cacheKib: 1_024 })
      onTestFinished(() => file.close())
      file.open()
      return file.database.pragma('synchronous', { simple: true })
    }
    expect([synchronous(registrySchema, 'FULL'), synchronous(auditSchema, 'NORMAL')]).toEqual([2, 1])
  })
})

describe('a restart', () => {
  it('finds everything again', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const first = openSqliteStore(file)
    first.servers.put(aServer('s1'))
    first.setMeta('demo', 'offered')
    await first.sessions.put(aSession('x'))
    first.sessions.touch('x', '2026-11-21T00:00:00.000Z')
    const id = await first.audit.append(anIntent({ outcome: 'ok' }))
    first.close()
    const second = openSqliteStore(file)
    expect(second.servers.list()).toEqual([aServer('s1')])
    expect(second.getMeta('demo')).toBe('offered')
    expect(second.sessions.get('x')).toEqual(aSession('x', '2026-11-21T00:00:00.000Z'))
    expect(second.audit.query({ limit: 10 }).entries.map((entry) => entry.id)).toEqual([id])
  })

  it('never gives an id of the audit again, even if its row was removed', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const first = openSqliteStore(file)
    const id = await first.audit.append(anIntent())
    first.audit.prune({ before: null, maxBytes: 0 })
    first.close()
    expect(await openSqliteStore(file).audit.append(anIntent())).toBe(id + 1)
  })
})

describe('the audit on disk', () => {
  it('gives space back when the oldest rows go, and keeps its WAL short', async () => {
    const file = join(storeFolder(), 'gateway.db')
    const audit = file.replace('.db', '.audit.db')
    const store = openSqliteStore(file)
    const megabyte = 1_024 * 1_024
    for (let n = 0; n < 60; n++)
      await Promise.all(Array.from({ length: 50 }, () => store.audit.append(anIntent({ arguments: 'x'.repeat(8_000) }))))
    expect(statSync(`${audit}-wal`).size).toBeLessThan(20 * megabyte)
    const removed = store.audit.prune({ before: null, maxBytes: 8 * megabyte })
    const left = store.audit.query({ limit: 1_000 }).entries
    store.close()
    expect(removed).toBeGreaterThan(1_500)
    expect(left[0]?.id).toBe(3_000)
    expect(statSync(audit).size).toBeLessThan(16 * megabyte)
  })

  it('answers in pages of bounded work: a search for something old goes on from its cursor', async () => {
    const store = openSqliteStore()
    await store.audit.append(anIntent({ arguments: 'needle' }))
    await Promise.all(Array.from({ length: SCANNED_ROWS + 50 }, () => store.audit.append(anIntent())))
    const first = store.audit.query({ q: 'needle', limit: 10 })
    expect(first.entries).toEqual([])
    const second = store.audit.query({ q: 'needle', limit: 10, cursor: first.next_cursor ?? '' })
    expect(second.entries.map((entry) => entry.id)).toEqual([1])
    expect(second.next_cursor).toBeNull()
  })
})

describe('migration', () => {
  const steps: readonly Migration[] = [
    (database) => database.exec('CREATE TABLE notes (text TEXT); CREATE TABLE other (x)'),
    (database) => database.exec('ALTER TABLE notes ADD COLUMN author TEXT'),
    (database) => database.exec("UPDATE notes SET author = 'unknown'; DROP TABLE other"),
    (database) => database.exec('CREATE UNIQUE INDEX notes_text ON notes (text)'),
  ]
  const application = 0x7e57
  const open = (file: string, migrations: readonly Migration[]): SqliteFile => {
    const opened = new SqliteFile({ file, schema: { application, migrations }, synchronous: 'FULL', cacheKib: 1_024 })
    onTestFinished(() => opened.close())
    opened.open()
    return opened
  }
  const atVersionOne = (): string => {
    const file = join(storeFolder(), 'gateway.db')
    const old = open(file, steps.slice(0, 1))
    old.database.exec("INSERT INTO notes VALUES ('remember')")
    old.close()
    return file
  }

  it('takes all steps that are missing and keeps a private copy of what was', () => {
    const file = atVersionOne()
    const now = open(file, steps)
    expect(now.database.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'remember', author: 'unknown' }])
    expect(schemaVersion(now.database, file, { application, migrations: steps })).toBe(4)
    expect(modeOf(`${file}.v1.bak`)).toBe('600')
    const copy = open(`${file}.v1.bak`, steps.slice(0, 1))
    expect(copy.database.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'remember' }])
  })

  it.each([2, 3, 4])('that fails at step %i leaves the file as it was, and can be taken again', (failing) => {
    const file = atVersionOne()
    const before = readFileSync(file)
    const broken = steps.map((step, index): Migration => (database) => {
      step(database)
      if (index + 1 === failing) throw new Error('power is gone')
    })
    expect(refusalOf(() => open(file, broken))).toMatch(/^store\.unavailable: /)
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(open(file, steps).database.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'remember', author: 'unknown' }])
  })

  it('that fails at the first step leaves a new file empty', () => {
    const file = join(storeFolder(), 'gateway.db')
    const broken: Migration = (database) => {
      steps[0]?.(database)
      throw new Error('power is gone')
    }
    expect(refusalOf(() => open(file, [broken]))).toMatch(/^store\.unavailable: /)
    expect(open(file, steps).database.prepare('SELECT * FROM notes').all()).toEqual([])
  })

  it('does not begin when the copy cannot be kept', () => {
    const file = atVersionOne()
    mkdirSync(`${file}.v1.bak`)
    writeFileSync(join(`${file}.v1.bak`, 'in-the-way'), '')
    expect(refusalOf(() => open(file, steps))).toMatch(/^store\.unavailable: /)
    expect(open(file, steps.slice(0, 1)).database.prepare('SELECT * FROM notes').all()).toEqual([{ text: 'remember' }])
  })

  it('makes no copy of a new file, nor of one that is up to date', () => {
    const file = join(storeFolder(), 'gateway.db')
    open(file, steps).close()
    const again = open(file, steps)
    migrate(again.database, file, { application, migrations: steps }, 4)
    expect(readdirSync(join(file, '..')).filter((name) => name.includes('.bak'))).toEqual([])
  })
})
