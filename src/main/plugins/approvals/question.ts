import { randomUUID } from 'node:crypto'
import type { GatewayError } from '../../../shared/errors'
import type { Approval } from '../../../shared/records'
import type { GatewayConfig } from '../../gateway/config'
import type { ToolCall } from '../../gateway/hooks'
import { approvalLimits } from './limits'
import * as refusals from './refusals'
import type { Yes } from './tickets'

/** One call that waits for the answer to a question. `settle` ends the wait, once. */
export interface Waiter {
  readonly call: ToolCall
  settle(outcome: Yes | GatewayError): void
}

/** A question to a person that is still open, and the calls that wait for the answer. */
export interface Question {
  /** Replaced by one that expires later where the machine slept. */
  approval: Approval
  /** The call that asked first; those that wait are identical to it. */
  readonly call: ToolCall
  /** Who and what stood behind the names when it asked (`host.nameHash`). */
  readonly boundTo: string
  readonly argumentsChars: number
  /** Empty: a caller was sent away and told to come back. */
  readonly waiters: Set<Waiter>
  expiry?: NodeJS.Timeout
}

/** How a question ended. */
export type Ending = Pick<Approval, 'status' | 'decided_by'> &
  Partial<Pick<Approval, 'decision_reason' | 'used_at' | 'arguments' | 'call_hash' | 'edited'>>

/** Ends the wait of every call. */
export function answerAll({ waiters }: Question, outcome: Yes | GatewayError): void {
  for (const waiter of [...waiters]) waiter.settle(outcome)
}

/** @throws GatewayError `limit.approvals` where one more question of this client, with arguments of this size, is one too many */
export function requireRoom(open: readonly Question[], client: string, argumentsChars: number): void {
  if (open.length >= approvalLimits.pending) throw refusals.full(`${open.length} approvals are pending`)
  const own = open.filter(({ approval }) => approval.client === client).length
  if (own >= approvalLimits.pendingPerClient) throw refusals.full(`${own} approvals of this client are pending`)
  const held = open.reduce((sum, question) => sum + question.argumentsChars, argumentsChars)
  if (held > approvalLimits.argumentsChars) throw refusals.full('the arguments of all pending approvals are too large')
}

/** What asked, and what the call is bound to. */
export interface Asking extends Pick<Approval, 'reason' | 'rule'> {
  readonly callHash: string
}

/** @param now milliseconds since 1970 */
export function newApproval(call: ToolCall, { reason, rule, callHash }: Asking, hil: GatewayConfig['hil'], now: number): Approval {
  const { client, group, sessionId } = call.context
  return {
    id: randomUUID(),
    client,
    group,
    session_id: sessionId,
    server: call.server,
    tool: call.tool,
    tool_name: call.exposedName,
    arguments: call.arguments,
    call_hash: callHash,
    reason,
    rule,
    created_at: new Date(now).toISOString(),
    expires_at: new Date(now + Math.max(hil.timeout_seconds, hil.ticket_seconds) * 1000).toISOString(),
    status: 'pending',
    decided_at: null,
    decided_by: null,
    decision_reason: null,
    used_at: null,
  }
}

/** The same, with so many milliseconds more. */
export const postponed = (approval: Approval, ms: number): Approval => ({
  ...approval,
  expires_at: new Date(Date.parse(approval.expires_at) + ms).toISOString(),
})
