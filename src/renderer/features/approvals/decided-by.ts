import type { Approval, AuditEntry, PolicyDocument } from '../../../shared/records'
import { duration } from '../../ui/numbers'
import { decidingRule } from '../policy/rule-text'

const people: Readonly<Partial<Record<string, string>>> = {
  desktop: 'You',
  notification: 'You, in the notification',
  approver: 'You, with the credential',
  timeout: 'Time ran out',
  caller: 'The caller went away',
  restart: 'The gateway was closed',
  pause: 'All calls were paused',
}

/** By whom or what an approval ended, and how long it took: `You, 2.1 s`. */
export function endedBy({ decided_by, decided_at, created_at }: Approval): string {
  const who = people[decided_by ?? ''] ?? decided_by ?? 'Nobody yet'
  return decided_at === null ? who : `${who}, ${duration(Date.parse(decided_at) - Date.parse(created_at))}`
}

/** Each ending in a word. */
export const statusWords = {
  pending: 'Waits',
  approved: 'Approved',
  denied: 'Denied',
  expired: 'Expired',
  withdrawn: 'Withdrawn',
} as const satisfies Record<Approval['status'], string>

/** Refusals that no rule made, in a few words. */
const refusals: Readonly<Partial<Record<string, string>>> = {
  'tool.not_found': 'No such tool here',
  'tool.denied': 'Denied',
  'tool.unconfirmed': 'Nobody said yes',
  'limit.approvals': 'Too many questions waited',
  'gateway.paused': 'All calls were paused',
  'call.cancelled': 'The agent gave up',
  'config.safe_mode': 'The config cannot be read',
  'server.disabled': 'Server disabled',
  'server.untrusted': 'Server needs trust',
  'upstream.login_required': 'Server needs login',
  'upstream.unreachable': 'Server not reachable',
}

/** What let a recorded call through or refused it, in a few words: the audit's `decided_by`. With the policy, its rule. */
export function decidedBy({ decided_by, decision }: Pick<AuditEntry, 'decided_by' | 'decision'>, policy?: PolicyDocument): string {
  if (decided_by.startsWith('approval:')) return decision === 'approved' ? 'You' : 'Not approved'
  if (decided_by.startsWith('grant:')) return 'Grant'
  if (decided_by === 'default') return 'No rule'
  if (decided_by === 'confirm:destructive') return 'Rule: destructive'
  if (!/^(rules|deny|confirm)\[/.test(decided_by)) return refusals[decided_by] ?? decided_by
  return `Rule: ${decidingRule(decided_by, policy).glob}`
}
