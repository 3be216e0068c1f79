import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Store } from '../../src/main/gateway/store/store'
import { createSqliteStore } from '../../src/main/gateway/store/sqlite'

/** A folder that ends with the test. */
export function storeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fg-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An open store on a file of its own, or on the one given; closed with the test. */
export function openSqliteStore(file = join(storeFolder(), 'gateway.db')): Store {
  const store = createSqliteStore({ file })
  onTestFinished(() => store.close())
  store.open()
  return store
}
