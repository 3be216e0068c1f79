import type { GatewayStatus } from '../../shared/records'
import { version } from '../../shared/version'
import type { Core } from './core'
import type { Listening } from './gateway'

/** What the gateway knows of itself now. */
export function statusOf(core: Core, startedAt: Date, listening: Listening | undefined): GatewayStatus {
  const { source, options, store } = core.ground
  return {
    paused_since: core.pause.since(),
    name: source.current().name,
    version,
    started_at: startedAt.toISOString(),
    uptime_seconds: (Date.now() - startedAt.getTime()) / 1000,
    endpoint: listening?.endpoint ?? null,
    safe_mode: source.safeMode,
    config_file: source.file,
    config_error: source.error,
    vault: options.vault?.kind ?? 'none',
    sessions: core.sessions.count(),
    calls_in_flight: core.relay.callsInFlight(),
    approvals_pending: store.approvals.search({ status: 'pending', limit: 1000 }).length,
    servers: core.servers.list().map(({ id, name, state, state_reason, tool_count }) => ({ id, name, state, state_reason, tool_count })),
    memory_bytes: process.memoryUsage.rss(),
  }
}
