import { useState, type ReactNode } from 'react'
import { useRoute } from 'wouter'
import { refresh, useLive } from '../../store'
import { Loading } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { Page, SearchField } from '../../ui/page'
import { Segmented } from '../../ui/tabs'
import { GrantsList } from './grants-list'
import { HeldChanges } from './held-changes'
import { HistoryList } from './history-list'
import { PendingList } from './pending-list'

type View = 'pending' | 'history' | 'grants'

/** What waits for the person, what they decided, and what runs without asking because of it. */
export function ApprovalsPage() {
  const [view, setView] = useState<View>('pending')
  const [filter, setFilter] = useState('')
  const { data: pending = [] } = useLive('pending')
  const { data: changes = [] } = useLive('changes')
  const { data: grants = [] } = useLive('grants')
  const choices: readonly { readonly value: View; readonly label: ReactNode }[] = [
    { value: 'pending', label: <Counted word="Waiting" count={pending.length + changes.length} /> },
    { value: 'history', label: 'History' },
    { value: 'grants', label: <Counted word="Grants" count={grants.length} /> },
  ]
  return (
    <Page
      title="Approvals"
      actions={
        <>
          {view === 'history' && <SearchField label="Filter" value={filter} onChange={setFilter} />}
          <Segmented<View> label="What to show" value={view} choices={choices} onChange={setView} />
        </>
      }
    >
      {view === 'pending' && <Waiting />}
      {view === 'history' && <HistoryList filter={filter} onClear={() => setFilter('')} />}
      {view === 'grants' && <GrantsList />}
    </Page>
  )
}

const Counted = ({ word, count }: { readonly word: string; readonly count: number }) => (
  <>
    {word} {count > 0 && <span className="t3 num">{count}</span>}
  </>
)

function Waiting() {
  const [, params] = useRoute('/approvals/:id')
  const { data: pending, error } = useLive('pending')
  const { data: changes = [] } = useLive('changes')
  if (error !== undefined && !pending)
    return <ErrorNotice title="What waits could not be read" error={error} onRetry={() => void refresh('pending')} />
  if (!pending) return <Loading />
  return (
    <div className="flex min-h-0 grow flex-col">
      {changes.length > 0 && <HeldChanges changes={changes} />}
      {(pending.length > 0 || changes.length === 0) && <PendingList pending={pending} chosen={params?.id} />}
    </div>
  )
}
