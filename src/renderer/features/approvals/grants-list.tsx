import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import type { Grant } from '../../../shared/records'
import { mayDecide } from '../../door'
import { api, messageOf } from '../../gateway'
import { refresh, useLive } from '../../store'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Empty, Loading } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { Tile } from '../../ui/tile'
import { Ago, fullTime } from '../../ui/time'
import { toast } from '../../ui/toast'
import { VisibleText } from '../../ui/visible-text'

const reach = { once: 'The next identical call', session: 'This session', tool: 'Any arguments', arguments: 'These arguments' } as const

/** What runs without a question, because somebody said so; each can be taken back. */
export function GrantsList() {
  const { data: grants, error } = useLive('grants')
  if (error !== undefined && !grants)
    return <ErrorNotice title="The grants could not be read" error={error} onRetry={() => void refresh('grants')} />
  if (!grants) return <Loading />
  if (grants.length === 0)
    return (
      <Empty icon={KeyRound} title="No standing permissions">
        “Always for this tool” and its like in the approval window make one. Each is for one agent and one tool, and ends by itself.
      </Empty>
    )
  return (
    <ul className="list scroll grow" aria-label="Grants">
      {grants.map((grant) => (
        <GrantRow key={grant.id} grant={grant} />
      ))}
    </ul>
  )
}

function GrantRow({ grant }: { readonly grant: Grant }) {
  const [error, setError] = useState<string>()
  const revoke = () =>
    void api.approvals.grants[':id'].$delete({ param: { id: grant.id } }).then(
      () => {
        toast(`${grant.client} asks again for ${grant.tool}`)
        return refresh('grants')
      },
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  return (
    <li>
      <div className="r tall grid-cols-[20px_minmax(0,1fr)_auto_auto_auto]">
        <Tile name={grant.client} />
        <div className="cut">
          <VisibleText>{grant.client}</VisibleText> <span className="t3">may run</span> <span className="t3">{grant.server}</span>{' '}
          <b>
            <VisibleText>{grant.tool}</VisibleText>
          </b>
          <div className="small t3 cut">
            {grant.group === null ? '' : `In group ${grant.group}. `}
            Given <Ago at={grant.created_at} suffix=" ago" />, ends {fullTime(grant.expires_at)}
          </div>
        </div>
        <Badge title={grant.arguments ? JSON.stringify(grant.arguments) : undefined}>{reach[grant.scope]}</Badge>
        <span className="small t2 num">{count(grant.uses ?? 0, 'call')}</span>
        <Button small disabled={!mayDecide()} onClick={revoke}>
          Revoke
        </Button>
      </div>
      {error !== undefined && <ErrorNotice title="It was not revoked" error={error} />}
    </li>
  )
}
