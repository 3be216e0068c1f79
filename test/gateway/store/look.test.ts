import Database from 'better-sqlite3'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookIntoStore } from '../../../src/main/gateway/store/look'
import { createSqliteStore } from '../../../src/main/gateway/store/sqlite'
import { openSqliteStore, storeFolder } from '../../support/store-folder'
import { aServer } from '../../support/store-records'
import { refusalOf } from '../../support/store-refusal'

function createNewer(file: string): void {
  const store = createSqliteStore({ file })
  store.open()
  store.close()
  const database = new Database(file)
  database.pragma('user_version = 9999')
  database.close()
}
const place = () => join(storeFolder(), 'gateway.db')

describe('a look into a registry', () => {
  it('that is not there makes none', () => {
    const folder = storeFolder()
    expect(lookIntoStore(join(folder, 'gateway.db'))).toEqual({ state: 'absent', servers: [] })
    expect(readdirSync(folder)).toEqual([])
  })

  it('of a gateway that is running sees what is written so far, and who has it', () => {
    const file = place()
    openSqliteStore(file).servers.put(aServer('s1'))
    expect(lookIntoStore(file)).toEqual({ state: 'in_use', servers: [aServer('s1')] })
  })

  it('at rest leaves no file beside it, and lets a gateway start afterwards', () => {
    const file = place()
    const store = createSqliteStore({ file })
    store.open()
    store.servers.put(aServer('s1'))
    store.close()
    const before = readdirSync(join(file, '..'))
    expect(lookIntoStore(file)).toEqual({ state: 'at_rest', servers: [aServer('s1')] })
    expect(readdirSync(join(file, '..'))).toEqual(before)
    expect(openSqliteStore(file).servers.list()).toEqual([aServer('s1')])
  })

  it('that is empty yet finds nothing', () => {
    const file = place()
    writeFileSync(file, '')
    expect(lookIntoStore(file)).toEqual({ state: 'at_rest', servers: [] })
  })

  it('of a newer version, of another program, or no database at all says so', () => {
    const file = place()
    const database = new Database(file)
    database.exec('CREATE TABLE notes (text)')
    database.close()
    expect(refusalOf(() => lookIntoStore(file))).toMatch(/^store.unavailable: /)
    const newer = place()
    createNewer(newer)
    expect(refusalOf(() => lookIntoStore(newer))).toMatch(/^store.newer: /)
    writeFileSync(file, 'no database'.repeat(1000))
    expect(refusalOf(() => lookIntoStore(file))).toMatch(/^store.unavailable: /)
  })
})
