import type { ClientRecord, Grant, GroupRecord, ServerRecord } from '../../../shared/records'
import { MemoryAudit } from './memory-audit'
import { memoryCatalog } from './memory-catalog'
import { memoryApprovals, memoryNamedTable, memorySessions, memoryTable } from './memory-tables'
import type { Store } from './store'

/** A store that forgets everything with its process; its audit keeps the newest 10,000 rows. For embedding and tests. */
export function createMemoryStore(): Store {
  const meta = new Map<string, string>()
  const audit = new MemoryAudit()
  return {
    open: () => audit.open(),
    close: () => undefined,
    servers: memoryNamedTable<ServerRecord>('servers', 'server.name_taken'),
    groups: memoryNamedTable<GroupRecord>('groups', 'group.name_taken'),
    clients: memoryNamedTable<ClientRecord>('clients', 'client.name_taken'),
    approvals: memoryApprovals(),
    grants: memoryTable<Grant>(),
    catalog: memoryCatalog(),
    sessions: memorySessions(),
    audit,
    getMeta: (key) => meta.get(key),
    setMeta: (key, value) => void meta.set(key, value),
  }
}
