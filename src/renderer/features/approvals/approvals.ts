import { door } from '../../door'
import { api, read } from '../../gateway'
import type { Noun } from '../../store'
import type { HeldChange } from '../../../shared/changes'
import type { Grant } from '../../../shared/records'

/** Calls that wait for a person, the oldest first. */
export const pendingNoun = {
  load: () => read(api.approvals.pending.$get()),
  events: ['approval.created', 'approval.closed'] as const,
  pauseMs: 30,
}

/** Standing permissions. */
export const grantsNoun: Noun<Grant[]> = {
  load: () => read(api.approvals.grants.$get()),
  events: ['grants.changed', 'approval.closed', 'session.closed', 'catalog.changed'],
}

/** Privileged changes that came over HTTP and wait for the person; only the app holds any. */
export const changesNoun: Noun<HeldChange[]> = {
  load: () => (door.kind === 'app' ? read(api.admin.changes.$get()) : Promise.resolve([])),
  events: ['change.held', 'change.closed'],
  pauseMs: 30,
}
