import { Ban, Check, Clock, Hand, Layers, UserRound, type LucideIcon } from 'lucide-react'
import type { Approval, AuditEntry, PolicyDocument } from '../../../shared/records'
import { decidedBy, endedBy, statusWords } from '../approvals/decided-by'
import { outcomes } from './outcomes'

/** One step of how a call was decided. */
export interface Step {
  readonly icon: LucideIcon
  readonly tone: string
  readonly text: string
}

/** From the group to the outcome, as far as it was written down. */
export function trailOf(entry: AuditEntry, approval: Approval | undefined, policy: PolicyDocument | undefined): readonly Step[] {
  const { icon, tone, word } = outcomes[entry.outcome]
  return [
    { icon: Layers, tone: 't3', text: entry.group === null ? 'Came through no group' : `Came through group ${entry.group}` },
    ...deciding(entry, approval, policy),
    { icon, tone, text: outcomeText(entry, word) },
  ]
}

function deciding(entry: AuditEntry, approval: Approval | undefined, policy: PolicyDocument | undefined): readonly Step[] {
  if (approval) return askedSteps(approval)
  const by = decidedBy(entry, policy)
  if (entry.decision === 'allow') return [{ icon: Check, tone: 'ok', text: `${by} let it pass` }]
  if (entry.decision === 'approved') return [{ icon: UserRound, tone: 'ok', text: `${by} let it pass` }]
  if (entry.decision === 'unconfirmed') return [{ icon: Hand, tone: 'wait', text: `${by}: nobody said yes` }]
  return [{ icon: Ban, tone: 'bad', text: `${by} refused it` }]
}

const endings = {
  pending: { icon: Clock, tone: 'wait' },
  approved: { icon: UserRound, tone: 'ok' },
  denied: { icon: Ban, tone: 'bad' },
  expired: { icon: Ban, tone: 'bad' },
  withdrawn: { icon: Ban, tone: 'bad' },
} as const satisfies Record<Approval['status'], Pick<Step, 'icon' | 'tone'>>

function askedSteps(approval: Approval): readonly Step[] {
  const said = approval.decision_reason === null ? '' : `, saying “${approval.decision_reason}”`
  const approved = approval.status === 'approved'
  return [
    { icon: Hand, tone: 'wait', text: approval.reason },
    {
      ...endings[approval.status],
      text: `${statusWords[approval.status]}: ${endedBy(approval)}${said}`,
    },
    ...(approved
      ? [{ icon: Check, tone: 'ok', text: approval.edited ? 'Ran with the arguments as edited' : 'Ran with the arguments as shown' }]
      : []),
  ]
}

function outcomeText({ outcome }: AuditEntry, word: string): string {
  if (outcome === 'ok') return 'The server answered'
  if (outcome === 'tool_error') return 'The tool answered that it failed'
  return outcome === 'denied' ? 'The agent was told so' : word
}
