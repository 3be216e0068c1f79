import { ShieldAlert, ShieldCheck, TriangleAlert } from 'lucide-react'
import type { Approval } from '../../../shared/records'
import type { ApprovalReview } from '../../../shared/review'
import { useLive } from '../../store'
import { Badge } from '../../ui/badge'
import { Tile } from '../../ui/tile'
import { ago, useNow } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { decidingRule } from '../policy/rule-text'
import { effectSentence } from './effect'

interface Asked {
  readonly approval: Approval
  readonly review: ApprovalReview | undefined
}

/** Who asks, what for, why it asks, and what it may do. */
export const WhoWhatWhy = ({ approval, review }: Asked) => (
  <div className="ap-what">
    <Who approval={approval} review={review} />
    <h1 className="ap-tool" id="approval-title">
      <span className="t3">{approval.server}</span>
      <span>
        <VisibleText>{approval.tool}</VisibleText>
      </span>
      <TrustBadge review={review} />
    </h1>
    {review?.tool?.title && (
      <p className="small t3 cut">
        The server calls it “<VisibleText>{review.tool.title}</VisibleText>”
      </p>
    )}
    <Why approval={approval} />
    <p id="approval-effect" className="t2 mt-1">
      {review ? effectSentence(review.tool) : ' '}
    </p>
    {review?.approval.waiting === 0 && (
      <p className="small wait mt-1">
        The agent waits no longer and was told to come back. A yes lets the same call pass once when it does.
      </p>
    )}
  </div>
)

function Who({ approval, review }: Asked) {
  const now = useNow()
  const session = review?.session_started_at ? `session ${ago(review.session_started_at, now)}` : null
  const waiting = review && review.approval.waiting > 1 ? `${review.approval.waiting} identical calls wait` : null
  const facts = [approval.group === null ? null : `group ${approval.group}`, session, waiting].filter((fact) => fact !== null)
  return (
    <div className="row">
      <Tile name={approval.client} />
      <b>
        <VisibleText>{approval.client}</VisibleText>
      </b>
      <span className="t3 small cut">{facts.join(' · ')}</span>
    </div>
  )
}

/** The gateway's own knowledge, apart from whatever the server calls itself. */
function TrustBadge({ review }: Pick<Asked, 'review'>) {
  if (!review) return null
  if (!review.server)
    return (
      <Badge tone="bad" icon={TriangleAlert} className="ml-auto">
        Server is gone
      </Badge>
    )
  const { trusted, transport } = review.server
  if (!trusted)
    return (
      <Badge tone="wait" icon={ShieldAlert} className="ml-auto">
        Not trusted
      </Badge>
    )
  return (
    <Badge icon={ShieldCheck} className="ml-auto" title={`Reached by ${transport}`}>
      {transport === 'stdio' ? 'Trusted command' : transport === 'builtin' ? 'Part of the gateway' : 'Registered server'}
    </Badge>
  )
}

function Why({ approval }: Pick<Asked, 'approval'>) {
  const { data } = useLive('policy')
  const rule = approval.rule ? decidingRule(approval.rule, data?.policy) : null
  // Without words of its own a rule's reason only names it, as machines do.
  const saysMore = approval.reason !== '' && !approval.reason.includes(`(${approval.rule}`)
  return (
    <p className="small t3 mt-2">
      Asks because of <span className="mono text-accent-text">{rule ? rule.glob : approval.reason}</span>
      {rule && rule.conditions.length > 0 && ` (${rule.conditions.join(', ')})`}
      {rule && saysMore && (
        <span className="block">
          <VisibleText>{approval.reason}</VisibleText>
        </span>
      )}
    </p>
  )
}
