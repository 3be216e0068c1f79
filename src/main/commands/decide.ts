import { read, type GatewayClient } from './client'

/** A person's decision. @throws Failure when it is not pending any more, or the credential is not the approver's */
export function decide(gateway: GatewayClient, credential: string, id: string, approve: boolean, reason?: string) {
  const pending = gateway.asApprover(credential).approvals.pending[':id']
  const answer = { param: { id }, json: reason ? { reason } : {} }
  return approve ? read(pending.approve.$post(answer)) : read(pending.deny.$post(answer))
}
