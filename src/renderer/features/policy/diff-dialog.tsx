import { EffectBadge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { count } from '../../ui/numbers'
import { Ago } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { difference } from './lines'
import type { PolicyDraft } from './use-draft'
import type { Forecast } from './use-forecast'

interface DiffDialogProps {
  readonly open: boolean
  onClose(): void
  readonly draft: PolicyDraft
  readonly forecast: Forecast
}

const signs = { gone: '-', new: '+', kept: ' ' } as const
const looks = { gone: 'del', new: 'add', kept: '' } as const

/** What would change in the policy, and which calls of last week would have gone otherwise. */
export function DiffDialog({ open, onClose, draft, forecast }: DiffDialogProps) {
  const save = () => {
    onClose()
    draft.save()
  }
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="What changes"
      description="The policy before and after, and what it would have done"
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" disabled={forecast.error !== undefined} onClick={save}>
            Save policy
          </Button>
        </>
      }
    >
      <pre className="code whitespace-pre-wrap" tabIndex={0} aria-label="Rules before and after">
        {difference(draft.saved, draft.policy).map(({ kind, text }, index) => (
          <span key={index} className={looks[kind]}>
            {signs[kind]} <VisibleText>{text}</VisibleText>
            {'\n'}
          </span>
        ))}
      </pre>
      <Replayed forecast={forecast} />
    </Dialog>
  )
}

function Replayed({ forecast: { replay } }: { readonly forecast: Forecast }) {
  if (!replay) return <p className="small t3 mt-4">The calls of last week are being looked through…</p>
  return (
    <>
      <h3 className="sect mt-4">
        Calls that would have gone otherwise{' '}
        <span className="t3 num">
          {replay.changed.toLocaleString()} of {count(replay.calls, 'recorded call')}
          {!replay.complete && ', the newest'}
        </span>
      </h3>
      {replay.changes.length === 0 && <p className="small t3">None of last week’s.</p>}
      <ul className="list">
        {replay.changes.slice(0, 50).map((change) => (
          <li key={change.id} className="r short grid-cols-[auto_auto_minmax(0,1fr)_auto]!">
            <EffectBadge effect={change.before} />
            <EffectBadge effect={change.after} />
            <span className="cut">
              <span className="t3">
                <VisibleText>{change.server}</VisibleText>
              </span>{' '}
              <VisibleText>{change.tool}</VisibleText>{' '}
              <span className="t3">
                for <VisibleText>{change.client}</VisibleText>
              </span>
            </span>
            <span className="small t3">
              <Ago at={change.at} suffix=" ago" />
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
