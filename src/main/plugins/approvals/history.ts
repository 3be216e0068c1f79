import { redact } from '../../../shared/redact'
import type { Approval } from '../../../shared/records'
import type { Store } from '../../gateway/store/store'
import { approvalLimits } from './limits'

const day = 86_400_000

/** What the store keeps: secrets masked, and no more than `storedArgumentsChars` of the arguments (then as cut text under `truncated`). */
export function forStore(approval: Approval): Approval {
  const masked = redact(approval.arguments) as Approval['arguments']
  const text = JSON.stringify(masked)
  const kept =
    text.length <= approvalLimits.storedArgumentsChars ? masked : { truncated: text.slice(0, approvalLimits.storedArgumentsChars) }
  return { ...approval, arguments: kept }
}

/** Calls that waited when an earlier gateway ended are gone: what it left undecided cannot be decided any more. */
export function expireLeftovers(store: Store, at: string): void {
  for (const approval of store.approvals.search({ status: 'pending', limit: approvalLimits.historyRows })) {
    store.approvals.put({ ...approval, status: 'expired', decided_at: at, decided_by: 'restart' })
  }
}

/** Forgets decided approvals beyond `historyDays` and `historyRows`, oldest first. @param now milliseconds since 1970 */
export function pruneHistory(store: Store, now: number): void {
  const decided = store.approvals.list().filter((approval) => approval.status !== 'pending')
  const oldest = new Date(now - approvalLimits.historyDays * day).toISOString()
  const surplus = decided.length - approvalLimits.historyRows
  decided.forEach((approval, index) => {
    if (index < surplus || approval.created_at < oldest) store.approvals.remove(approval.id)
  })
}
