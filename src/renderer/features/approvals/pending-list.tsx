import { Inbox } from 'lucide-react'
import { useLocation } from 'wouter'
import type { Approval } from '../../../shared/records'
import { Bar } from '../../ui/bar'
import { Empty } from '../../ui/empty'
import { Split } from '../../ui/page'
import { Tile } from '../../ui/tile'
import { left, useNow } from '../../ui/time'
import { VirtualList } from '../../ui/virtual-list'
import { VisibleText } from '../../ui/visible-text'
import { Question } from './question'

/** Calls that wait, and beside them the one that is looked at. */
export function PendingList({ pending, chosen }: { readonly pending: readonly Approval[]; readonly chosen: string | undefined }) {
  const [, go] = useLocation()
  const current = pending.find(({ id }) => id === chosen) ?? pending[0]
  if (!current)
    return (
      <Empty icon={Inbox} title="Nothing waits for you">
        Calls that ask for approval appear here, in a notification and in the tray. Which calls ask is up to the policy.
      </Empty>
    )
  return (
    <Split className="grow">
      <VirtualList
        label="Calls that wait"
        items={pending}
        keyOf={({ id }) => id}
        rowHeight={44}
        selected={current.id}
        onSelect={({ id }) => go(`/approvals/${id}`)}
        row={(approval) => <PendingRow approval={approval} />}
      />
      <div className="pane raised">
        <Question key={current.id} approval={current} />
      </div>
    </Split>
  )
}

function PendingRow({ approval }: { readonly approval: Approval }) {
  const now = useNow()
  const [start, end] = [Date.parse(approval.created_at), Date.parse(approval.expires_at)]
  const late = end - now < 30_000
  return (
    <div className="r tall grid-cols-[20px_minmax(0,1fr)_112px]">
      <Tile name={approval.client} />
      <div className="cut">
        <b>
          <VisibleText>{approval.client}</VisibleText>
        </b>{' '}
        wants to run <span className="mono">{approval.tool}</span> <span className="t3">on {approval.server}</span>
      </div>
      <div className={`row small num ${late ? 'wait' : 't2'}`}>
        <Bar className="grow" part={(end - now) / (end - start)} late={late} />
        {left(approval.expires_at, now)}
      </div>
    </div>
  )
}
