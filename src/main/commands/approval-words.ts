import type { Approval } from '../../shared/records'
import { Failure } from './failure'
import { duration, jsonText, since, styled, visible, type Cell, type Style } from './text'

/** Characters of a call's arguments that are shown; all of them are in `--json`. */
const longestArguments = 4000

/** Everything a person needs to decide: who, what, with what, why, until when. */
export function approvalWords(approval: Approval): string {
  const { id, client, group, tool_name: tool, reason, created_at: created, expires_at: expires } = approval
  const who = group === null ? visible(client) : `${visible(client)} in group ${group}`
  const left = duration((Date.parse(expires) - Date.now()) / 1000)
  return [
    `${styled('bold', id.slice(0, 8))}  ${styled('bold', visible(tool))}  for ${who}, asked ${since(created)}, expires in ${left}`,
    `          why       : ${visible(reason)}`,
    `          arguments : ${argumentWords(approval)}`,
  ].join('\n')
}

function argumentWords({ arguments: args }: Approval): string {
  const text = jsonText(args)
  if (text.length <= longestArguments) return text
  return `${text.slice(0, longestArguments)}… ${text.length - longestArguments} more characters are NOT shown here: fast-gateway approvals list --json`
}

const styles: Readonly<Record<Approval['status'], Style>> = {
  pending: 'yellow',
  approved: 'green',
  denied: 'red',
  expired: 'dim',
  withdrawn: 'dim',
}

export const outcomeCell = ({ status, decided_by: by }: Approval): Cell => ({
  text: by === null ? status : `${status} by ${by}`,
  style: styles[status],
})

/** The one pending approval whose id begins so. @throws Failure when there is none, or more than one */
export function findApproval<Pending extends Approval>(pending: readonly Pending[], id: string): Pending {
  const found = pending.filter((approval) => id !== '' && approval.id.startsWith(id))
  const [first] = found
  if (first && found.length === 1) return first
  if (first) throw new Failure(`Several waiting calls begin with "${visible(id)}"; give more of the id.`, 'approval.ambiguous')
  const others = pending.length === 0 ? 'Nothing waits now.' : '"fast-gateway approvals list" shows what waits.'
  throw new Failure(`No call waits under "${visible(id.slice(0, 64))}"; it may be decided or expired. ${others}`, 'approval.not_found')
}
