import { Ban, Check, ShieldAlert } from 'lucide-react'
import { useState } from 'react'
import type { HeldChange } from '../../../shared/changes'
import { api, messageOf, read } from '../../gateway'
import { refresh } from '../../store'
import { Button } from '../../ui/button'
import { ErrorNotice } from '../../ui/notice'
import { left, useNow } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { useArmed } from './decide'

/** Changes that a program asked for over HTTP: what they would do, line by line, and the decision. */
export const HeldChanges = ({ changes }: { readonly changes: readonly HeldChange[] }) => (
  <section aria-labelledby="held-changes" className="pad border-b border-line">
    <h2 id="held-changes" className="sect">
      Changes that wait for you <span className="t3">asked for with the admin token, over HTTP</span>
    </h2>
    <div className="stack">
      {changes.map((change) => (
        <Change key={change.id} change={change} />
      ))}
    </div>
  </section>
)

function Change({ change }: { readonly change: HeldChange }) {
  const now = useNow()
  return (
    <article className="note wait" aria-label={change.title}>
      <ShieldAlert className="i" aria-hidden />
      <div className="grow">
        <b>
          <VisibleText>{change.title}</VisibleText>
        </b>
        <Lines change={change} />
        <Buttons change={change} />
        <p className="small t2 num mt-2">It is refused by itself in {left(change.expires_at, now)}.</p>
      </div>
    </article>
  )
}

const Lines = ({ change }: { readonly change: HeldChange }) => (
  <dl className="dl mt-2">
    {change.details.map(({ label, before, after }, index) => (
      <div key={index} className="contents">
        <dt>{label}</dt>
        <dd className="mono">
          {before !== null && (
            <del className="text-bad-text">
              <VisibleText>{before}</VisibleText>
            </del>
          )}{' '}
          {after !== null && <VisibleText>{after}</VisibleText>}
        </dd>
      </div>
    ))}
  </dl>
)

function Buttons({ change: { id } }: { readonly change: HeldChange }) {
  const armed = useArmed(id)
  const [error, setError] = useState<string>()
  const send = (answer: Promise<unknown>) =>
    void answer.then(() => refresh('changes')).catch((thrown: unknown) => setError(messageOf(thrown)))
  const param = { id }
  return (
    <>
      <div className="row mt-3">
        <Button icon={Ban} onClick={() => send(read(api.admin.changes[':id'].reject.$post({ param })))}>
          Refuse
        </Button>
        <Button
          look="primary"
          icon={Check}
          className={armed ? '' : 'arming'}
          aria-disabled={!armed}
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          onClick={() => armed && send(read(api.admin.changes[':id'].confirm.$post({ param })))}
        >
          Let it happen
        </Button>
      </div>
      {error !== undefined && <ErrorNotice title="That was not taken" error={error} />}
    </>
  )
}
