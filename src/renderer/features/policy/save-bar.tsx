import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button'
import { Dot } from '../../ui/dot'
import { count } from '../../ui/numbers'
import { DiffDialog } from './diff-dialog'
import { difference } from './lines'
import type { PolicyDraft } from './use-draft'
import type { Forecast } from './use-forecast'

/** What is changed and what that would do; undo, look, save. Nothing is in force before. */
export function SaveBar({ draft, forecast }: { readonly draft: PolicyDraft; readonly forecast: Forecast }) {
  const [looking, setLooking] = useState(false)
  const changed = difference(draft.saved, draft.policy).filter(({ kind }) => kind === 'new').length
  const lines = changed === 0 ? 'Rules were taken away' : `${count(changed, 'rule')} changed`
  return (
    <footer className="savebar">
      <Dot state="wait" label="Not saved" />
      <span className="grow cut" role="status">
        {lines} <span className="t3">· {effectOf(forecast)}</span>
      </span>
      <Button look="quiet" icon={Undo2} onClick={draft.undo}>
        Undo
      </Button>
      <Button onClick={() => setLooking(true)}>Show diff</Button>
      <Button look="primary" disabled={draft.saving || forecast.error !== undefined} onClick={draft.save}>
        {draft.saving ? 'Saving…' : 'Save policy'}
      </Button>
      <DiffDialog open={looking} onClose={() => setLooking(false)} draft={draft} forecast={forecast} />
    </footer>
  )
}

/** In words what would be different: tools by their fate, and calls of last week. */
function effectOf({ tools, replay, error }: Forecast): string {
  if (error !== undefined) return error
  const to = (effect: string) => tools.filter(({ after }) => after === effect).length
  const parts = [
    to('deny') > 0 && `denies ${count(to('deny'), 'more tool', 'more tools')}`,
    to('ask') > 0 && `asks for ${count(to('ask'), 'more tool', 'more tools')}`,
    to('allow') > 0 && `lets ${count(to('allow'), 'more tool', 'more tools')} pass`,
    replay && replay.changed > 0 && `${count(replay.changed, 'call')} of last week would have gone otherwise`,
  ].filter((part) => typeof part === 'string')
  return parts.length === 0 ? 'no tool’s fate changes' : parts.join(', ')
}
