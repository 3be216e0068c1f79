import { Ban, Check, Clock, History, Undo2, type LucideIcon } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Approval } from '../../../shared/records'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'
import { ArgumentTree } from '../../ui/argument-tree'
import { classes } from '../../ui/classes'
import { Empty, Loading, NothingMatches } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { OpeningList } from '../../ui/opening-list'
import { Ago } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { endedBy, statusWords } from './decided-by'

/** How many past decisions are asked for. */
const most = '1000'

function useHistory() {
  const [state, setState] = useState<{ readonly data?: readonly Approval[]; readonly error?: string }>({})
  const load = () =>
    void read(api.approvals.history.$get({ query: { limit: most } })).then(
      (data) => setState({ data: data.filter(({ status }) => status !== 'pending') }),
      (thrown: unknown) => setState({ error: messageOf(thrown) }),
    )
  useEffect(() => {
    load()
    const stopBreaks = door.onBreak((isBack) => isBack && load())
    const stopEvents = door.onEvent(({ event }) => event === 'approval.closed' && load())
    return () => {
      stopBreaks()
      stopEvents()
    }
  }, [])
  return { ...state, load }
}

const wordsOf = ({ client, server, tool, reason, decision_reason }: Approval): string =>
  [client, server, tool, reason, decision_reason ?? ''].join(' ')

/** Decided, expired and withdrawn questions; a row opens to its arguments. */
export function HistoryList({ filter, onClear }: { readonly filter: string; onClear(): void }) {
  const { data, error, load } = useHistory()
  const [open, setOpen] = useState<string | null>(null)
  if (error !== undefined) return <ErrorNotice title="The history could not be read" error={error} onRetry={load} />
  if (!data) return <Loading />
  if (data.length === 0)
    return (
      <Empty icon={History} title="No decisions yet">
        What you approve and deny is kept here, with who asked and how long it took.
      </Empty>
    )
  const words = filter.toLowerCase()
  const found = data.filter((approval) => wordsOf(approval).toLowerCase().includes(words))
  if (found.length === 0) return <NothingMatches what="No decision matches" onClear={onClear} />
  return (
    <OpeningList
      className="grow"
      label="Past approvals"
      items={found}
      keyOf={({ id }) => id}
      rowHeight={44}
      open={open}
      onOpen={setOpen}
      row={(approval, isOpen) => <HistoryRow approval={approval} open={isOpen} />}
      details={({ arguments: values }) => (
        <div className="panel mx-3 my-2">
          <ArgumentTree values={values} />
        </div>
      )}
    />
  )
}

const marks = {
  pending: [Clock, 'wait'],
  approved: [Check, 'ok'],
  denied: [Ban, 'bad'],
  expired: [Clock, 'wait'],
  withdrawn: [Undo2, 't3'],
} as const satisfies Record<Approval['status'], readonly [LucideIcon, string]>

function HistoryRow({ approval, open }: { readonly approval: Approval; readonly open: boolean }) {
  const [Mark, tone] = marks[approval.status]
  return (
    <div className={classes('r tall grid-cols-[16px_minmax(0,1fr)_auto_72px]', open && 'open')}>
      <Mark className={`i s ${tone}`} aria-hidden />
      <div className="cut">
        <span className="t3">{approval.server}</span> <VisibleText>{approval.tool}</VisibleText>{' '}
        <span className="t3">
          for <VisibleText>{approval.client}</VisibleText>
        </span>
        <div className="small t3 cut">
          {statusWords[approval.status]}
          {approval.edited === true && ', with edited arguments'}
          {approval.decision_reason !== null && `: “${approval.decision_reason}”`}
        </div>
      </div>
      <span className="small t2">{endedBy(approval)}</span>
      <span className="right small t3">
        <Ago at={approval.created_at} />
      </span>
    </div>
  )
}
