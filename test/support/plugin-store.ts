import type { AuditEntry } from '../../src/shared/records'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import type { Store } from '../../src/main/gateway/store/store'

type Part = 'approvals' | 'grants' | 'append' | 'finish'

/** A store of which parts can be made to fail. */
export interface PluginStore extends Store {
  /** What cannot be written from now on. */
  readonly broken: Set<Part>
  /** The audit, oldest first. */
  rows(): AuditEntry[]
}

export function pluginStore(store: Store = createMemoryStore()): PluginStore {
  const broken = new Set<Part>()
  /** Fails while the part is broken, else does what the store does. */
  const breakable =
    <Args extends readonly unknown[], Answer>(part: Part, write: (...args: Args) => Answer) =>
    (...args: Args): Answer => {
      if (broken.has(part)) throw new Error(`${part}: no space left on device`)
      return write(...args)
    }
  const { approvals, grants, audit } = store
  return {
    ...store,
    broken,
    approvals: {
      list: () => approvals.list(),
      get: (id) => approvals.get(id),
      put: breakable('approvals', (row) => approvals.put(row)),
      putAll: breakable('approvals', (rows) => approvals.putAll(rows)),
      remove: (id) => approvals.remove(id),
      removeAll: (ids) => approvals.removeAll(ids),
      search: (query) => approvals.search(query),
      approved: (of, limit) => approvals.approved(of, limit),
    },
    grants: {
      list: () => grants.list(),
      get: (id) => grants.get(id),
      put: breakable('grants', (row) => grants.put(row)),
      remove: (id) => grants.remove(id),
    },
    audit: {
      append: breakable('append', (entry) => audit.append(entry)),
      finish: breakable('finish', (id, end) => audit.finish(id, end)),
      query: (query) => audit.query(query),
      counts: (filter, below, ids) => audit.counts(filter, below, ids),
      glance: (below, ids) => audit.glance(below, ids),
      prune: (limits) => audit.prune(limits),
      markInterrupted: () => audit.markInterrupted(),
    },
    rows: () => audit.query({ limit: 1000 }).entries.reverse(),
  }
}
