import { Pause, Play } from 'lucide-react'
import { gatewayName } from '../../../shared/agents'
import { snippetFor } from '../../../shared/connect-snippets'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy'
import { Loading } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { Page } from '../../ui/page'
import { ContextCost } from './context-cost'
import { LatestActivity } from './latest-activity'
import { Metrics } from './metrics'
import { usePause } from './pause'
import { StatusLine } from './status-line'
import { WaitingForYou } from './waiting-for-you'

/** By urgency: is it running, four numbers, what waits, what it costs, what happened. */
export function OverviewPage() {
  const { data: status, error } = useLive('status')
  const { paused, toggle } = usePause()
  const snippet =
    snippetFor('claude-code', { name: gatewayName, url: status?.endpoint ?? '', token: null, open: false }).split('\n')[0] ?? ''
  return (
    <Page
      title="Overview"
      actions={
        <>
          <CopyButton text={snippet} label="Copy the connect snippet for Claude Code" words="Connect snippet" small={false} />
          <Button icon={paused ? Play : Pause} onClick={toggle}>
            {paused ? 'Resume calls' : 'Pause all calls'}
          </Button>
        </>
      }
    >
      {error !== undefined && !status && (
        <ErrorNotice title="The gateway does not answer" error={error} onRetry={() => void refresh('status')} />
      )}
      {!status && error === undefined && <Loading />}
      {status && (
        <div className="scroll flex grow flex-col">
          <StatusLine status={status} />
          <Metrics status={status} />
          <WaitingForYou />
          <div className="two border-t border-line">
            <ContextCost />
            <LatestActivity />
          </div>
        </div>
      )}
    </Page>
  )
}
