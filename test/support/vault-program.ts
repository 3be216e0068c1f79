import { createInterface } from 'node:readline'
import { openVault } from '../../src/main/vault/open'
import { GatewayError } from '../../src/shared/errors'
import type { Vault } from '../../src/main/gateway/secrets'

/*
 * A process that has a vault and does what it is told, one line of JSON for each thing, all at once: `vault-program FOLDER`.
 */

const [, , folder = ''] = process.argv
const say = (line: unknown) => void process.stdout.write(`${JSON.stringify(line)}\n`)
const vault = openVault({ folder, env: process.env, log: { warn: (message) => say({ warned: message }) } })

type Asked = readonly [id: number, what: 'status' | 'list' | 'kind' | 'get' | 'set' | 'remove', name: string, value: string]

const does: Record<Asked[1], (vault: Vault, name: string, value: string) => unknown> = {
  kind: () => vault.kind,
  status: () => vault.status(),
  list: () => vault.list(),
  get: (_vault, name) => vault.get(name),
  set: (_vault, name, value) => vault.set(name, value),
  remove: (_vault, name) => vault.remove(name),
}

async function answer([id, what, name, value]: Asked): Promise<void> {
  try {
    say({ id, answer: (await does[what](vault, name, value)) ?? null })
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    say({ id, failed: thrown.code, message: thrown.message })
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => void answer(JSON.parse(line) as Asked))
  .on('close', () => process.exit())
