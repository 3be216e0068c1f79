import { api, read } from '../../gateway'
import type { Noun } from '../../store'
import type { GatewayStatus } from '../../../shared/records'
import type { GatewayStats } from '../../../shared/stats'

/** The gateway at a glance. */
export const statusNoun: Noun<GatewayStatus> = {
  load: () => read(api.admin.status.$get()),
  events: [
    ...(['server.changed', 'server.removed', 'config.changed', 'session.opened', 'session.closed'] as const),
    ...(['approval.created', 'approval.closed', 'gateway.paused'] as const),
  ],
  pauseMs: 250,
}

/** What passed through lately. */
export const statsNoun: Noun<GatewayStats> = {
  load: () => read(api.admin.stats.$get({ query: { since: startOfToday() } })),
  events: ['audit.appended'],
  pauseMs: 2000,
  everyMs: 60_000,
}

function startOfToday(): string {
  const midnight = new Date()
  midnight.setHours(0, 0, 0, 0)
  return midnight.toISOString()
}
