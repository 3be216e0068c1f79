import type { ChangeOutcome, HeldChange } from './changes'
import type { Login } from './logins'
import type { Approval, AuditEntry, ServerView } from './records'
import type { Preferences, UpdateStatus } from './settings'

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
  'grants.changed': { ids: readonly string[] }
  /** A privileged change that came over HTTP waits for the person in the app. */
  'change.held': { change: HeldChange }
  'change.closed': { id: string; outcome: ChangeOutcome }
  'gateway.paused': { paused_since: string | null }
  'secrets.changed': Record<string, never>
  /** A login to a server has begun, goes on in the browser, or has ended. */
  'login.changed': { login: Login }
  'audit.appended': { entry: AuditEntry }
  'session.opened': { session_id: string; client: string; group: string | null }
  'session.closed': { session_id: string }
  'gateway.closing': Record<string, never>
  /** The app asks its own window to show a page (`/approvals`); never over HTTP. */
  'desktop.navigate': { page: string }
  'desktop.preferences': { preferences: Preferences }
  'desktop.update': { update: UpdateStatus }
}
/** The name of an event, `noun.happened`. */
export type EventName = keyof GatewayEvents

/** One event as it travels: its name, its payload, and when. */
export type GatewayEvent = {
  [Name in EventName]: { readonly event: Name; readonly at: string; readonly data: GatewayEvents[Name] }
}[EventName]
