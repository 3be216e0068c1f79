import type { GatewayStatus } from '../../../shared/records'
import type { GatewayStats } from '../../../shared/stats'
import { useLive } from '../../store'
import { duration, short } from '../../ui/numbers'
import { Sparkline } from '../../ui/sparkline'
import { upCount } from './status-line'

/** Tokens of the context window that the cost is compared with. */
const contextWindow = 200_000

/** The four numbers. */
export function Metrics({ status }: { readonly status: GatewayStatus }) {
  const { data: stats } = useLive('stats')
  return (
    <div className="metrics">
      <CallRate stats={stats} />
      <Latency stats={stats} />
      <Servers status={status} />
      <Cost />
    </div>
  )
}

interface OfStats {
  readonly stats: GatewayStats | undefined
}

function CallRate({ stats }: OfStats) {
  const minutes = stats?.calls_per_minute ?? []
  return (
    <div className="metric">
      <div className="small t2">Calls per minute</div>
      <div className="fig">{minutes.at(-1) ?? '–'}</div>
      <Sparkline values={minutes.slice(-20)} filled />
      <div className="small t3 cut num">{stats ? `${stats.calls.toLocaleString()} today` : ' '}</div>
    </div>
  )
}

function Latency({ stats }: OfStats) {
  const [figure = '–', unit = ''] = typeof stats?.p50_ms === 'number' ? duration(stats.p50_ms).split(' ') : []
  const own = typeof stats?.gateway_ms === 'number' ? `, gateway ${stats.gateway_ms.toFixed(1)}` : ''
  return (
    <div className="metric">
      <div className="small t2">Latency</div>
      <div className="fig">
        {figure} <small>{unit} p50</small>
      </div>
      <Sparkline values={stats?.latency ?? []} />
      <div className="small t3 cut num">{typeof stats?.p95_ms === 'number' ? `p95 ${duration(stats.p95_ms)}${own}` : 'No calls yet'}</div>
    </div>
  )
}

function Servers({ status }: { readonly status: GatewayStatus }) {
  const waiting = status.servers.filter(({ state }) => state === 'needs_login' || state === 'needs_trust').length
  const failed = status.servers.filter(({ state }) => state === 'failed').length
  const troubles = [waiting > 0 && `${waiting} ${waiting === 1 ? 'waits' : 'wait'} for you`, failed > 0 && `${failed} failed`]
  const words = troubles.filter((trouble) => trouble !== false).join(', ')
  return (
    <div className="metric">
      <div className="small t2">Servers</div>
      <div className="fig">
        {upCount(status)} <small>of {status.servers.length} up</small>
      </div>
      <div className={`small cut ${words === '' ? 't3' : 'wait'}`}>{words === '' ? 'All is well' : words}</div>
    </div>
  )
}

function Cost() {
  const { data: catalog } = useLive('catalog')
  const part = catalog ? Math.round((catalog.tokens / contextWindow) * 100) : 0
  return (
    <div className="metric">
      <div className="small t2">Context cost</div>
      <div className="fig">
        {catalog ? short(catalog.tokens) : '–'} <small>tokens</small>
      </div>
      <div className="small t3 cut num">
        {catalog ? `${catalog.exposed} of ${catalog.tools.length} tools, ${part}% of ${short(contextWindow)}` : ' '}
      </div>
    </div>
  )
}
