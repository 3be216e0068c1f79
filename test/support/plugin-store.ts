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
    approvals: { ...approvals, put: breakable('approvals', approvals.put) },
    grants: { ...grants, put: breakable('grants', grants.put) },
    audit: { ...audit, append: breakable('append', audit.append), finish: breakable('finish', audit.finish) },
    rows: () => audit.query({ limit: 1000 }).entries.reverse(),
  }
}
