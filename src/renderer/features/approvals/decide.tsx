import { Ban, Check, ChevronDown, Clock, Copy, Infinity as Always, Pencil } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Approval } from '../../../shared/records'
import { mayDecide } from '../../door'
import { Button, IconButton } from '../../ui/button'
import { TextInput } from '../../ui/field'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu'
import { ErrorNotice } from '../../ui/notice'
import { left, useNow } from '../../ui/time'
import type { Decisions } from './use-decision'

/** Milliseconds in which a yes is not taken: nobody has read that fast, and a click meant for something else may land here. */
const armingMs = 500
/** Seconds left from which the time is amber. */
const lateSeconds = 30

/** Whether the question has been looked at for long enough; begins anew with each. */
export function useArmed(id: string): boolean {
  const [armed, setArmed] = useState<string>()
  useEffect(() => {
    const timer = setTimeout(() => setArmed(id), armingMs)
    return () => clearTimeout(timer)
  }, [id])
  return armed === id
}

/** The thin bar of what is left. */
export function TimeBar({ approval }: { readonly approval: Approval }) {
  const now = useNow()
  const [start, end] = [Date.parse(approval.created_at), Date.parse(approval.expires_at)]
  const part = Math.max(0, Math.min(1, (end - now) / (end - start)))
  const late = end - now < lateSeconds * 1000
  return (
    <div className={late ? 'ap-time late' : 'ap-time'} role="timer" aria-label={`${left(approval.expires_at, now)} left`}>
      <i style={{ width: `${part * 100}%` }} />
    </div>
  )
}

interface DecideProps {
  readonly approval: Approval
  readonly decisions: Decisions
  readonly reason: string
  onReason(reason: string): void
  onEdit(): void
}

/** Reason, Deny and the ways to approve. Deny has the focus; Enter never approves. */
export function Decide({ approval, decisions, reason, onReason, onEdit }: DecideProps) {
  const now = useNow()
  if (!mayDecide())
    return (
      <div className="ap-foot">
        <p className="small t2">
          To decide here, open this page anew and give the approver credential that the gateway showed at its start.
        </p>
      </div>
    )
  return (
    <footer className="ap-foot">
      {decisions.error !== undefined && <ErrorNotice title="That was not taken" error={decisions.error} />}
      <div className="row">
        <TextInput
          className="grow"
          aria-label="Reason for the model"
          placeholder="Reason for the model, optional"
          maxLength={2000}
          value={reason}
          onChange={(event) => onReason(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && decisions.deny()}
        />
        <span className="small t3 num">{left(approval.expires_at, now)} left</span>
      </div>
      <div className="grid grid-cols-2 gap-2">
        <DenyButton key={approval.id} decisions={decisions} />
        <ApproveButtons approval={approval} decisions={decisions} onEdit={onEdit} />
      </div>
    </footer>
  )
}

function DenyButton({ decisions }: Pick<DecideProps, 'decisions'>) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => button.current?.focus(), [])
  return (
    <Button ref={button} icon={Ban} disabled={decisions.busy} onClick={() => decisions.deny()}>
      Deny
    </Button>
  )
}

function ApproveButtons({ approval, decisions, onEdit }: Pick<DecideProps, 'approval' | 'decisions' | 'onEdit'>) {
  const armed = useArmed(approval.id)
  const inert = !armed || decisions.busy
  const inGroup = approval.group === null ? '' : ` in ${approval.group}`
  return (
    <div className="splitbtn" onKeyDownCapture={neverByEnter}>
      <Button
        look="primary"
        icon={Check}
        className={armed ? '' : 'arming'}
        aria-disabled={inert}
        onClick={() => !inert && decisions.approve()}
      >
        Approve once
      </Button>
      <Menu className="w-[300px]" trigger={<IconButton look="primary" label="More ways to approve" icon={ChevronDown} disabled={inert} />}>
        {approval.session_id !== null && (
          <MenuItem icon={Clock} hint={`Until ${approval.client} disconnects`} onSelect={() => decisions.approve({ grant: 'session' })}>
            For this session
          </MenuItem>
        )}
        <MenuItem
          icon={Always}
          hint={`Any arguments, for ${approval.client}${inGroup}`}
          onSelect={() => decisions.approve({ grant: 'tool' })}
        >
          Always for this tool
        </MenuItem>
        <MenuItem icon={Copy} hint="Asks again when one of them differs" onSelect={() => decisions.approve({ grant: 'arguments' })}>
          Always with these arguments
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Pencil} hint="Checked against the tool’s schema" onSelect={onEdit}>
          Edit arguments…
        </MenuItem>
      </Menu>
    </div>
  )
}

/** Somebody who presses Enter in another window as this one opens must not say yes by it. */
function neverByEnter(event: React.KeyboardEvent): void {
  if (event.key === 'Enter') event.preventDefault()
}
