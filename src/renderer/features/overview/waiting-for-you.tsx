import { Link } from 'wouter'
import type { Approval, ServerView } from '../../../shared/records'
import { useLive } from '../../store'
import { Bar } from '../../ui/bar'
import { Tile } from '../../ui/tile'
import { Ago, left, useNow } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'

/** Everything that goes on only when the person does something; nothing where nothing waits. */
export function WaitingForYou() {
  const { data: pending = [] } = useLive('pending')
  const { data: servers = [] } = useLive('servers')
  const stuck = servers.filter(({ state }) => state === 'needs_login' || state === 'needs_trust')
  const count = pending.length + stuck.length
  if (count === 0) return null
  return (
    <div className="pad pb-3!">
      <h2 className="sect">
        Waiting for you <span className="t3 num">{count}</span>
      </h2>
      <div className="panel lined [&>:last-child]:border-b-0!">
        {pending.map((approval) => (
          <Call key={approval.id} approval={approval} />
        ))}
        {stuck.map((server) => (
          <Server key={server.id} server={server} />
        ))}
      </div>
    </div>
  )
}

const columns = 'r tall grid-cols-[20px_minmax(0,1fr)_132px_92px]'

function Call({ approval }: { readonly approval: Approval }) {
  const now = useNow()
  const [start, end] = [Date.parse(approval.created_at), Date.parse(approval.expires_at)]
  const late = end - now < 30_000
  return (
    <div className={columns}>
      <Tile name={approval.server} />
      <div className="cut">
        <b>
          <VisibleText>{approval.client}</VisibleText>
        </b>{' '}
        wants to run{' '}
        <span className="mono">
          <VisibleText>{approval.tool}</VisibleText>
        </span>{' '}
        <span className="t3">on {approval.server}</span>
      </div>
      <div className={`row small num ${late ? 'wait' : 't2'}`}>
        <Bar className="grow" part={(end - now) / (end - start)} late={late} />
        {left(approval.expires_at, now)}
      </div>
      <Link href={`/approvals/${approval.id}`} className="btn primary sm right">
        Review
      </Link>
    </div>
  )
}

function Server({ server }: { readonly server: ServerView }) {
  const isTrust = server.state === 'needs_trust'
  const changed = isTrust && server.trusted_command
  return (
    <div className={columns}>
      <Tile name={server.name} />
      <div className="cut">
        <b>{server.name}</b> {isTrust ? (changed ? 'has a changed command' : 'needs your trust') : 'needs you to log in'}{' '}
        <span className="t3">{isTrust ? 'off until you trust it' : <VisibleText>{server.state_reason ?? ''}</VisibleText>}</span>
      </div>
      <span className="small t3 right">
        <Ago at={server.state_since} suffix=" ago" />
      </span>
      <Link href={`/servers/${server.id}`} className="btn sm right">
        {isTrust ? (changed ? 'Compare' : 'Look') : 'Log in'}
      </Link>
    </div>
  )
}
