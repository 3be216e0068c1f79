import { useState } from 'react'
import type { Approval } from '../../../shared/records'
import { ArgumentSummary, ArgumentTree } from '../../ui/argument-tree'
import { ErrorNotice } from '../../ui/notice'
import { Decide, TimeBar } from './decide'
import { EditArguments } from './edit-arguments'
import { useDecision } from './use-decision'
import { useReview } from './use-review'
import { WhoWhatWhy } from './who-what-why'

/** One call that waits, whole: who, what, why, with which arguments, and the decision. In the window and on the page. */
export function Question({ approval }: { readonly approval: Approval }) {
  const [reason, setReason] = useState('')
  const [editing, setEditing] = useState(false)
  const { review, error } = useReview(approval.id)
  const decisions = useDecision(approval.id, reason)
  const earlier = review?.earlier.map((each) => each.arguments) ?? []
  return (
    <>
      <WhoWhatWhy approval={approval} review={review} />
      {error !== undefined && <ErrorNotice title="Not everything about this call could be read" error={error} />}
      {editing ? (
        <EditArguments
          values={approval.arguments}
          schema={review?.tool?.parameters}
          busy={decisions.busy}
          onCancel={() => setEditing(false)}
          onApprove={(values) => decisions.approve({ arguments: values })}
        />
      ) : (
        <div className="ap-args scroll" tabIndex={0} role="group" aria-label="Arguments of the call">
          <ArgumentSummary values={approval.arguments} earlier={earlier} />
          <ArgumentTree values={approval.arguments} earlier={earlier} />
        </div>
      )}
      <TimeBar approval={approval} />
      {/* While arguments are edited nothing approves those that were asked for. */}
      {editing && decisions.error !== undefined && <ErrorNotice title="That was not taken" error={decisions.error} />}
      {!editing && (
        <Decide approval={approval} decisions={decisions} reason={reason} onReason={setReason} onEdit={() => setEditing(true)} />
      )}
    </>
  )
}
