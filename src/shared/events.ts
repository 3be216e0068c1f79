import type { Approval, AuditEntry, ServerView } from './records'

/** Everything the gateway tells of itself, pushed as SSE at `/admin/events` and, in the app, over one IPC channel. */
export interface GatewayEvents {
  'server.changed': { server: ServerView }
  'server.removed': { id: string; name: string }
  'groups.changed': { ids: readonly string[] }
  'clients.changed': { ids: readonly string[] }
  'catalog.changed': { server_ids: readonly string[] }
  'policy.changed': { version: number }
  'config.changed': { error: string | null }
  'approval.created': { approval: Approval }
  'approval.closed': { approval: Approval }
  'audit.appended': { entry: AuditEntry }
  'session.opened': { session_id: string; client: string; group: string | null }
  'session.closed': { session_id: string }
  'gateway.closing': Record<string, never>
}
/** The name of an event, `noun.happened`. */
export type EventName = keyof GatewayEvents

/** One event as it travels: its name, its payload, and when. */
export type GatewayEvent = {
  [Name in EventName]: { readonly event: Name; readonly at: string; readonly data: GatewayEvents[Name] }
}[EventName]
