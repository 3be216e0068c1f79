import { GatewayError } from '../../../shared/errors'
import type { Approval } from '../../../shared/records'

/** The error for an approval that is not pending (any more). */
export const notFound = (id: string) =>
  new GatewayError(
    'approval.not_found',
    `There is no pending approval "${id.slice(0, 64)}": it was decided, withdrawn or has expired, or never was.`,
  )

export const cancelled = () =>
  new GatewayError('call.cancelled', 'The caller went away while the call waited for approval; nothing was run.')
export const closing = () =>
  new GatewayError('gateway.closing', 'The gateway is closing; the call was not approved and nothing was run. Call again when it is back.')
export const full = (why: string) =>
  new GatewayError('limit.approvals', `The call needs approval, but ${why}; let a person decide those first, then call again.`)

export const switchedOff = (reason: string) =>
  new GatewayError(
    'tool.unconfirmed',
    `${reason}. The call needs approval, but approvals are switched off; set "hil": { "enabled": true } in gateway.json to be asked.`,
  )

export const comeBack = ({ id }: Approval) =>
  new GatewayError(
    'tool.unconfirmed',
    `Approval pending: no person has decided yet (approval ${id}). Nothing was run. Call again with the same arguments to get the decision.`,
    { details: { approval_id: id } },
  )

export const undecided = ({ id }: Approval) =>
  new GatewayError('tool.unconfirmed', `No person decided in time, so the call was denied (approval ${id}). Nothing was run.`, {
    details: { approval_id: id },
  })

/** What the model reads when a person said no, with their own words. */
export function deniedByPerson(approval: Approval): GatewayError {
  const words = approval.decision_reason ? `they say: ${approval.decision_reason}` : 'they gave no reason'
  return new GatewayError('tool.unconfirmed', `A person denied this call; ${words}`, { details: { approval_id: approval.id } })
}

export const paused = ({ id }: Approval) =>
  new GatewayError(
    'gateway.paused',
    'A person paused all calls while this one waited for approval; nothing was run. Do not call again now.',
    {
      details: { approval_id: id },
    },
  )

/** Whatever reaches further than one call must be about the tool as it is now. */
export const changedSince = () =>
  new GatewayError(
    'input.invalid',
    'The tool, its server, the policy or the client has changed since this call asked, so it will not run; deny it and let the client call again.',
  )

export const notByNotification = () =>
  new GatewayError(
    'auth.forbidden',
    'A notification may not approve this call: the rule that asked does not allow it, or the tool destroys. Open the approval and look at it.',
  )
