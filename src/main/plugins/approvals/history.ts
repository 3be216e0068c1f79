import { parseExactly } from '../../../shared/exact-json'
import { redactedJson } from '../../../shared/redact'
import type { Approval } from '../../../shared/records'
import type { Arguments } from '../../gateway/hooks'
import type { Store } from '../../gateway/store/store'
import { approvalLimits } from './limits'

const day = 86_400_000

/** What the store keeps of an approval. */
export const forStore = (approval: Approval): Approval => ({ ...approval, arguments: storedArguments(approval.arguments) })

/** Secrets masked, and no more than `storedArgumentsBytes` (then as cut text under `truncated`). */
export function storedArguments(args: Arguments): Approval['arguments'] {
  const text = redactedJson(args, approvalLimits.storedArgumentsBytes)
  return text.endsWith('}') ? (parseExactly(text) as Approval['arguments']) : { truncated: text }
}

/** Calls that waited when an earlier gateway ended are gone: what it left undecided cannot be decided any more. */
export function expireLeftovers(store: Store, at: string): void {
  for (const approval of store.approvals.search({ status: 'pending', limit: approvalLimits.historyRows })) {
    store.approvals.put({ ...approval, status: 'expired', decided_at: at, decided_by: 'restart' })
  }
}

/** Forgets decided approvals beyond `historyDays`, `historyRows` and `grantedRows`, oldest first. @param now milliseconds since 1970 */
export function pruneHistory(store: Store, now: number): void {
  const decided = store.approvals.list().filter((approval) => approval.status !== 'pending')
  const oldest = new Date(now - approvalLimits.historyDays * day).toISOString()
  const isGranted = (approval: Approval) => approval.decided_by?.startsWith('grant:') === true
  const surplus = (rows: readonly Approval[], most: number) =>
    rows.flatMap(({ id, created_at }, index) => (index < rows.length - most || created_at < oldest ? [id] : []))
  const persons = decided.filter((approval) => !isGranted(approval))
  store.approvals.removeAll([
    ...surplus(decided.filter(isGranted), approvalLimits.grantedRows),
    ...surplus(persons, approvalLimits.historyRows),
  ])
}
