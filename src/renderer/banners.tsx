import { Pause, ShieldAlert } from 'lucide-react'
import { Link } from 'wouter'
import { usePause } from './features/overview/pause'
import { useLive } from './store'
import { Button } from './ui/button'
import { ErrorNotice, Notice } from './ui/notice'
import { count } from './ui/numbers'
import { Ago } from './ui/time'

/** What must be seen on every page: paused, safe mode, a config that was not taken, changes that wait, no answer. */
export function Banners() {
  const { data: status, error } = useLive('status')
  const { data: changes = [] } = useLive('changes')
  const { since, toggle, error: pauseError } = usePause()
  return (
    <div className="stack flex-none empty:hidden [&>*]:m-2 [&>*]:mb-0">
      {error !== undefined && <ErrorNotice title="The gateway does not answer" error={error} />}
      {status?.safe_mode && (
        <Notice tone="bad" title="Everything is denied: the configuration could not be read">
          {status.config_error} Mend {status.config_file ?? 'the configuration'}; it is read again at once.
        </Notice>
      )}
      {status && !status.safe_mode && status.config_error !== null && (
        <Notice tone="wait" title="The newest edit of the configuration was not taken">
          {status.config_error}
        </Notice>
      )}
      {since !== null && (
        <Notice
          tone="wait"
          icon={Pause}
          title="All calls are paused"
          action={
            <Button small onClick={toggle}>
              Resume
            </Button>
          }
        >
          Every new call is refused with this reason. <Ago at={since} suffix=" so far." />
        </Notice>
      )}
      {pauseError !== undefined && <ErrorNotice title="That could not be changed" error={pauseError} />}
      {changes.length > 0 && (
        <Notice
          tone="wait"
          icon={ShieldAlert}
          title={`${count(changes.length, 'change')} ${changes.length === 1 ? 'waits' : 'wait'} for you`}
          action={
            <Link href="/approvals" className="btn sm">
              Review
            </Link>
          }
        >
          A program with the admin token asked for {changes.length === 1 ? 'it' : 'them'}. Nothing happens before you confirm.
        </Notice>
      )}
    </div>
  )
}
