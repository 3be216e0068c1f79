import type { Vault } from '../gateway/secrets'

/** Keeps secrets until the process ends: for tests, and where nothing better can be had. */
export function createMemoryVault(initial: Readonly<Record<string, string>> = {}): Vault {
  const values = new Map(Object.entries(initial))
  const times = new Map<string, string>()
  return {
    kind: 'memory',
    status: () => Promise.resolve({ kind: 'memory', state: 'ready', detail: 'Secrets are forgotten when the gateway ends.' }),
    list: () => Promise.resolve([...values.keys()].sort().map((name) => ({ name, updated_at: times.get(name) ?? null }))),
    get: (name) => Promise.resolve(values.get(name)),
    set(name, value) {
      values.set(name, value)
      times.set(name, new Date().toISOString())
      return Promise.resolve()
    },
    remove: (name) => Promise.resolve(values.delete(name)),
  }
}
