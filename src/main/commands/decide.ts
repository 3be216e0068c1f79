import type { ApprovalDecision } from '../plugins/index'
import { read, type GatewayClient } from './client'

/** What a decision brings besides a yes or a no; a no brings only the reason. */
export type Answer = Pick<ApprovalDecision, 'reason' | 'grant' | 'arguments'>

/** A person's decision. @throws Failure when it is not pending any more, the credential is not the approver's, or the answer cannot be taken */
export function decide(gateway: GatewayClient, credential: string, id: string, approve: boolean, answer: Answer = {}) {
  const pending = gateway.asApprover(credential).approvals.pending[':id']
  const reason = answer.reason ? { reason: answer.reason } : {}
  if (!approve) return read(pending.deny.$post({ param: { id }, json: reason }))
  const { grant, arguments: args } = answer
  return read(
    pending.approve.$post({ param: { id }, json: { ...reason, ...(grant && { grant }), ...(args && { arguments: { ...args } }) } }),
  )
}
