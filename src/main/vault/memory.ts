import type { Vault } from '../gateway/secrets'

/** Keeps secrets until the process ends: for tests and for programs that bring their own. */
export function createMemoryVault(initial: Readonly<Record<string, string>> = {}): Vault {
  const values = new Map(Object.entries(initial))
  return {
    kind: 'memory',
    get: (name) => Promise.resolve(values.get(name)),
    set(name, value) {
      values.set(name, value)
      return Promise.resolve()
    },
    remove: (name) => Promise.resolve(values.delete(name)),
  }
}
