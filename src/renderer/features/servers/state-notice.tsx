import { LogIn, PauseCircle, Pencil, Play, RefreshCw } from 'lucide-react'
import type { ServerView } from '../../../shared/records'
import { Button } from '../../ui/button'
import { Notice } from '../../ui/notice'
import { Ago } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { remedyFor, serverStates } from './server-states'
import type { ServerActions } from './use-server-actions'

interface StateProps {
  readonly server: ServerView
  readonly actions: ServerActions
  onEdit(): void
}

const titles = {
  failed: 'It cannot be used now',
  degraded: 'It has trouble',
  needs_login: 'It asks who you are',
} as const

/** What is wrong with a server, why, and what to do; nothing where all is well. */
export function StateNotice(props: StateProps) {
  const { state } = props.server
  if (state === 'disabled') return <Disabled {...props} />
  if (state !== 'failed' && state !== 'degraded' && state !== 'needs_login') return null
  const isLogin = state === 'needs_login'
  return (
    <Notice tone={state === 'failed' ? 'bad' : 'wait'} {...(isLogin ? { icon: LogIn } : {})} title={titles[state]}>
      <Reason {...props} />
      <div className="row mt-3">
        <Button small icon={RefreshCw} disabled={props.actions.busy} onClick={props.actions.retry}>
          {props.actions.busy ? 'Trying…' : 'Try now'}
        </Button>
        {state !== 'degraded' && (
          <Button small look="quiet" icon={Pencil} onClick={props.onEdit}>
            Edit
          </Button>
        )}
      </div>
    </Notice>
  )
}

function Reason({ server }: StateProps) {
  return (
    <>
      {server.state_reason !== null && (
        <p className="wrap-anywhere text-text">
          <VisibleText>{server.state_reason}</VisibleText>
        </p>
      )}
      <p className="mt-1">{remedyFor(server)}</p>
      <p className="mt-1">
        {serverStates[server.state].word} for <Ago at={server.state_since} />.
      </p>
    </>
  )
}

const Disabled = ({ server, actions }: StateProps) => (
  <div className="note" role="status">
    <PauseCircle className="i t3" aria-hidden />
    <div className="grow">
      <b>It is switched off</b>
      <div className="small t2">{remedyFor(server)}</div>
    </div>
    <Button small icon={Play} disabled={actions.busy} onClick={() => actions.change({ enabled: true }, `${server.name} is enabled`)}>
      Enable
    </Button>
  </div>
)
