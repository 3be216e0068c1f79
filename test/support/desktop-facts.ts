import type { HeldChange } from '../../src/shared/changes'
import type { EventName, GatewayEvent, GatewayEvents } from '../../src/shared/events'
import type { Approval, AuditEntry, GatewayStatus } from '../../src/shared/records'
import type { Facts } from '../../src/main/desktop/watch'

const at = '2026-11-01T00:00:00.000Z'

/** One that waits, but for what a test says of it. */
export const anApproval = (fields: Partial<Approval> = {}): Approval => ({
  ...{
    id: 'one',
    client: 'Claude Code',
    group: null,
    session_id: null,
    server: 'github',
    tool: 'delete_repo',
    tool_name: 'github_delete_repo',
  },
  ...{ arguments: {}, call_hash: 'hash', reason: 'it destroys', created_at: at, expires_at: at, status: 'pending' },
  ...{ decided_at: null, decided_by: null, decision_reason: null, used_at: null },
  ...fields,
})

export const aChange = (fields: Partial<HeldChange> = {}): HeldChange => ({
  ...{ id: 'change', kind: 'server.add', title: 'Add the server "files"', details: [], principal: 'admin', created_at: at, expires_at: at },
  ...fields,
})

export const anEvent = <Name extends EventName>(event: Name, data: GatewayEvents[Name]) => ({ event, at, data }) as unknown as GatewayEvent

export const aStatus = (fields: Partial<GatewayStatus> = {}): GatewayStatus => ({
  ...{ name: 'Gateway', version: '1.0.0', started_at: at, uptime_seconds: 1, endpoint: 'http://127.0.0.1:7411/mcp', safe_mode: false },
  ...{ config_file: null, config_error: null, vault: 'none', sessions: 0, calls_in_flight: 0, approvals_pending: 0, paused_since: null },
  ...{ servers: [], memory_bytes: 1 },
  ...fields,
})

export const aCall = (fields: Partial<AuditEntry> = {}): AuditEntry =>
  ({ id: 1, tool: 'echo', server: 'demo', client: 'Claude Code', outcome: 'ok', decision: 'allow', ...fields }) as AuditEntry

export const facts = (fields: Partial<Facts> = {}): Facts => ({
  ...{ status: aStatus(), pending: [], changes: [], recent: [], closing: false },
  ...fields,
})
