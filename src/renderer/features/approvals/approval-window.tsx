import { ChevronLeft, ChevronRight, Inbox } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Approval } from '../../../shared/records'
import { door } from '../../door'
import { api } from '../../gateway'
import { useLive } from '../../store'
import { Button, IconButton } from '../../ui/button'
import { Empty } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { Question } from './question'
import { useDecision } from './use-decision'

/** The small window in which calls are decided, one after the other. Closes itself when nothing waits any more. */
export function ApprovalWindow() {
  const { data: pending, error } = useLive('pending')
  const [wanted, setWanted] = useState(() => location.hash.replace(/^#\/?/, ''))
  useEffect(() => followNavigation(setWanted), [])
  useEffect(() => {
    if (pending?.length === 0 && door.kind === 'app') void api.desktop['close-approval-window'].$post()
  }, [pending?.length])
  const found = pending?.findIndex(({ id }) => id === wanted) ?? -1
  const index = Math.max(0, found)
  const current = pending?.[index]
  return (
    <main className="approval raised" role="alertdialog" aria-labelledby="approval-title" aria-describedby="approval-effect">
      {error !== undefined && <ErrorNotice title="The gateway does not answer" error={error} />}
      {pending && current && (
        <>
          <Queue pending={pending} index={index} onShow={setWanted} />
          <Question key={current.id} approval={current} />
        </>
      )}
      {pending?.length === 0 && <Empty icon={Inbox} title="Nothing waits for you" />}
    </main>
  )
}

function followNavigation(show: (id: string) => void): () => void {
  return door.onEvent((event) => {
    const id = event.event === 'desktop.navigate' ? /^\/approvals\/(.+)$/.exec(event.data.page)?.[1] : undefined
    if (id !== undefined) show(id)
  })
}

interface QueueProps {
  readonly pending: readonly Approval[]
  readonly index: number
  onShow(id: string): void
}

function Queue({ pending, index, onShow }: QueueProps) {
  const current = pending[index]
  const go = (to: number) => {
    const id = pending[to]?.id
    if (id !== undefined) onShow(id)
  }
  const others = pending.length - 1
  return (
    <header className="ap-queue">
      <span className="num">
        {index + 1} of {pending.length}
      </span>
      <IconButton small label="Previous" icon={ChevronLeft} disabled={index === 0} onClick={() => go(index - 1)} />
      <IconButton small label="Next" icon={ChevronRight} disabled={index === others} onClick={() => go(index + 1)} />
      {others > 0 && <span className="t3">{others} more</span>}
      {current && <DenyAll approval={current} many={pending.filter(({ client }) => client === current.client).length} />}
    </header>
  )
}

function DenyAll({ approval, many }: { readonly approval: Approval; readonly many: number }) {
  const decisions = useDecision(approval.id, '')
  if (many < 2) return null
  return (
    <Button look="quiet" small bad className="ml-auto" onClick={() => decisions.denyAll(approval.client)}>
      Deny all from {approval.client}
    </Button>
  )
}
