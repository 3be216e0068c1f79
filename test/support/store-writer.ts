import { writeSync } from 'node:fs'
import { createSqliteStore } from '../../src/main/gateway/store/sqlite'
import type { Store } from '../../src/main/gateway/store/store'
import { GatewayError } from '../../src/shared/errors'
import { aCatalog, aClient, anEnd, anIntent, aServer } from './store-records'

/*
 * A process that writes to a store and says what was acknowledged, one line each, until it is killed: `store-writer FILE MODE`.
 */

const say = (line: string): void => void writeSync(1, `${line}\n`)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function writeAudit(store: Store): Promise<never> {
  for (;;) {
    const id = await store.audit.append(anIntent())
    say(`appended ${id}`)
    await store.audit.finish(id, anEnd)
    say(`finished ${id}`)
  }
}

async function writeRegistry(store: Store): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${process.pid}-${n}`
    store.servers.put(aServer(id))
    say(`server ${id}`)
    store.clients.put(aClient(id))
    say(`client ${id}`)
    store.catalog.put(aCatalog(id, 'tool'))
    say(`catalog ${id}`)
    await turn()
  }
}

/** Large rows until one is refused; then whether what was acknowledged is readable, and whether the next is refused as clearly. */
async function fill(store: Store): Promise<void> {
  const refusal = async (): Promise<string> => {
    for (;;) {
      try {
        say(`appended ${await store.audit.append(anIntent({ arguments: 'x'.repeat(8_000) }))}`)
      } catch (error) {
        return error instanceof GatewayError ? `${error.code} ${error.message}` : String(error)
      }
    }
  }
  say(`refused ${await refusal()}`)
  say(`readable ${store.audit.query({ limit: 1_000 }).entries.length}`)
  say(`refused ${await refusal()}`)
}

const modes: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  audit: async (store) => void (await Promise.all(Array.from({ length: 16 }, () => writeAudit(store)))),
  registry: writeRegistry,
  fill,
  hold: async () => {
    say('holding')
    await new Promise<never>(() => setInterval(() => undefined, 60_000))
  },
}

const [, , file = '', mode = ''] = process.argv
const store = createSqliteStore({ file })
store.open()
await modes[mode]?.(store)
