import { destructiveReason } from '../../../shared/destructive'
import type { Approval, CatalogTool } from '../../../shared/records'
import type { ApprovalReview } from '../../../shared/review'
import type { PluginHost } from '../../gateway/plugin'
import { approvalLimits } from './limits'
import type { Question } from './question'

/** Everything that a person needs to decide. What the server says of itself is only in `tool`. */
export function reviewOf(host: PluginHost, question: Question): ApprovalReview {
  const { approval, waiters } = question
  return {
    approval: { ...approval, waiting: waiters.size },
    session_started_at: approval.session_id === null ? null : (host.store.sessions.get(approval.session_id)?.created_at ?? null),
    tool: toolNow(host, approval) ?? null,
    server: serverNow(host, approval.server),
    notify_approve: mayNotificationApprove(host, question),
    earlier: earlierOf(host, approval),
  }
}

/**
 * Whether the one rule that asked lets a notification approve. Never where the tool destroys, where something else asked too, or
 * where what asked or was asked about is not what it was.
 */
export function mayNotificationApprove(host: PluginHost, { approval, call }: Question): boolean {
  const [, index] = /^rules\[(\d+)\]$/.exec(approval.rule ?? '') ?? []
  const rule = index === undefined ? undefined : host.policy().rules[Number(index)]
  if (rule?.effect !== 'ask' || rule.notify_approve !== true) return false
  return destructiveReason(call.definition) === null && host.callHash(call) === approval.call_hash
}

const toolNow = (host: PluginHost, { server, tool }: Approval): CatalogTool | undefined =>
  host.catalogTools().find(({ namespace, bare_name }) => namespace === server && bare_name === tool)

function serverNow(host: PluginHost, name: string): ApprovalReview['server'] {
  const found = host.servers.list().find((server) => server.name === name)
  return found ? { id: found.id, transport: found.transport, state: found.state, trusted: found.trusted } : null
}

const earlierOf = (host: PluginHost, approval: Approval): ApprovalReview['earlier'] =>
  host.store.approvals
    .approved(approval, approvalLimits.earlierShown)
    .flatMap(({ arguments: args, decided_at }) => (decided_at === null ? [] : [{ arguments: args, decided_at }]))
