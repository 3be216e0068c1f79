import { Ban, Check, Hand, LoaderCircle, Play, UserRound, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { door } from '../../door'
import { useLive } from '../../store'
import { Button } from '../../ui/button'
import { ErrorNotice, Notice } from '../../ui/notice'
import { duration } from '../../ui/numbers'
import { Tile } from '../../ui/tile'
import { VisibleText } from '../../ui/visible-text'
import { Question } from '../approvals/question'
import type { Demo } from './use-demo'

const titles: Readonly<Record<Demo['phase'], readonly [string, string]>> = {
  missing: ['The demo server is not here', 'It was removed, or its tools are hidden. The next step works without it.'],
  idle: [
    'See how a risky call asks',
    'A demo agent deletes a note on the demo server. The policy asks about anything that destroys, so it waits for you.',
  ],
  asking: ['It waits for you', 'Read what it wants, then approve or deny. Nothing runs before.'],
  answered: [
    'You approved it, and here is the answer',
    'This is all there is to it. Every risky call stops like this one and waits for you.',
  ],
  failed: ['The demo could not be run', 'The rest of the gateway is not touched by it.'],
}

/** The first step: one call, one question, one answer. */
export function ApproveStep({ demo }: { readonly demo: Demo }) {
  const { data: status } = useLive('status')
  const denied = demo.phase === 'answered' && demo.refused
  const [title, words] = denied
    ? ['You denied it, and the agent knows', 'It reads this instead of an answer, with your reason if you gave one.']
    : titles[demo.phase]
  return (
    <div className="flow">
      <h2 className="figure">{title}</h2>
      <p className="t2 mt-1 mb-6">{words}</p>
      <ol className="steps">
        <Step icon={Check} tone="ok" title="The gateway is running">
          <div className="small t2 mono">{status?.endpoint}</div>
        </Step>
        {(demo.phase === 'asking' || demo.phase === 'answered') && <Asked demo={demo} />}
        {demo.phase === 'answered' && <Answered demo={demo} />}
      </ol>
      {demo.error !== undefined && <ErrorNotice title="It ended with" error={demo.error} />}
      <Action demo={demo} />
    </div>
  )
}

function Step({
  icon: Icon,
  tone,
  title,
  children,
}: {
  readonly icon: LucideIcon
  readonly tone: string
  readonly title: ReactNode
  readonly children?: ReactNode
}) {
  return (
    <li>
      <span className={`k ${tone}`}>
        <Icon className="i s" aria-hidden />
      </span>
      <b>{title}</b>
      {children}
    </li>
  )
}

function Asked({ demo }: { readonly demo: Demo }) {
  const { approval } = demo
  const waits = demo.phase === 'asking'
  return (
    <>
      <Step icon={waits ? Hand : Check} tone={waits ? 'wait' : 'ok'} title="The demo agent asked to run a tool">
        <div className="panel row mt-2 px-3 py-2">
          <Tile name="demo" />
          <span className="grow">
            <span className="t3">demo</span> delete_note
          </span>
          <span className="mono t2">{approval && `id: ${String(approval.arguments.id)}`}</span>
        </div>
        {waits && approval?.status === 'pending' && <Where approval={approval} />}
      </Step>
      {waits && !approval && <Step icon={LoaderCircle} tone="t3" title="On its way…" />}
    </>
  )
}

function Where({ approval }: { readonly approval: NonNullable<Demo['approval']> }) {
  if (door.kind === 'app')
    return <p className="small t2 mt-2">The approval window has opened, and a notification with it. Deciding in one closes the other.</p>
  return (
    <div className="panel mt-2 flex max-h-[420px] flex-col">
      <Question approval={approval} />
    </div>
  )
}

function Answered({ demo: { approval, answer, refused, tookMs } }: { readonly demo: Demo }) {
  const took = approval?.decided_at ? Date.parse(approval.decided_at) - Date.parse(approval.created_at) : null
  return (
    <>
      {approval ? (
        <Step icon={refused ? Ban : UserRound} tone={refused ? 'bad' : 'ok'} title={refused ? 'You denied it' : 'You approved it once'}>
          {took !== null && <span className="t3 num"> after {duration(took)}</span>}
        </Step>
      ) : (
        <Step icon={Hand} tone="wait" title="Your policy let it pass without asking" />
      )}
      <Step icon={Check} tone="ok" title={refused ? 'The agent reads' : 'The tool answered'}>
        {tookMs !== undefined && !refused && <span className="t3 num"> in {duration(tookMs)}</span>}
        <div className="mt-2">
          <Notice
            tone={refused ? 'bad' : 'acc'}
            title={
              <span className="mono font-normal">
                <VisibleText>{answer ?? ''}</VisibleText>
              </span>
            }
          />
        </div>
      </Step>
    </>
  )
}

function Action({ demo: { phase, refused, start } }: { readonly demo: Demo }) {
  if (phase === 'idle' || phase === 'failed')
    return (
      <Button look="primary" icon={Play} className="mt-4" onClick={start}>
        {phase === 'idle' ? 'Let it ask' : 'Try again'}
      </Button>
    )
  if (phase !== 'answered') return null
  return (
    <p className="small t3 mt-4 ml-7">
      {refused
        ? 'Had you approved it, the agent would have its answer.'
        : 'Had you denied it, the agent would have read your reason instead.'}{' '}
      <button type="button" className="acc" onClick={start}>
        Try that
      </button>
    </p>
  )
}
