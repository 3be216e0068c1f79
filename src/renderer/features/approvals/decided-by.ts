import type { Approval, AuditEntry } from '../../../shared/records'
import { duration } from '../../ui/numbers'

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

/** What let a recorded call through or refused it, in a few words: the audit's `decided_by`. */
export function decidedBy({ decided_by, decision }: Pick<AuditEntry, 'decided_by' | 'decision'>): string {
  if (decided_by.startsWith('approval:')) return decision === 'approved' ? 'You' : 'Not approved'
  if (decided_by.startsWith('grant:')) return 'Grant'
  if (decided_by === 'default') return 'No rule'
  if (decided_by === 'confirm:destructive') return 'Asks: destructive'
  const rule = /^(rules|deny|confirm)\[(\d+)\]$/.exec(decided_by)
  return rule ? `Rule ${Number(rule[2]) + 1} of ${rule[1] === 'rules' ? 'rules' : rule[1]}` : decided_by
}
