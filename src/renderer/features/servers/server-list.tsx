import { useMemo } from 'react'
import { useLocation } from 'wouter'
import type { ServerView } from '../../../shared/records'
import type { GatewayStats } from '../../../shared/stats'
import { useLive } from '../../store'
import { Dot } from '../../ui/dot'
import { duration } from '../../ui/numbers'
import { Sparkline } from '../../ui/sparkline'
import { Tile } from '../../ui/tile'
import { VirtualList } from '../../ui/virtual-list'
import { VisibleText } from '../../ui/visible-text'
import { listRows, type ListRow } from './list-rows'
import { serverStates, stateLine } from './server-states'

type ServerStats = GatewayStats['servers'][number]

/** Servers by need; the chosen one is in the pane. */
export function ServerList({ servers, chosen }: { readonly servers: readonly ServerView[]; readonly chosen: string | null }) {
  const [, go] = useLocation()
  const { data: stats } = useLive('stats')
  const byName = new Map(stats?.servers.map((each) => [each.server, each]))
  const rows = useMemo(() => listRows(servers), [servers])
  return (
    <VirtualList<ListRow>
      className="srv"
      label="Servers"
      items={rows}
      keyOf={({ id }) => id}
      rowHeight={44}
      measured
      selected={chosen}
      onSelect={({ id }) => go(`/servers/${id}`)}
      isHeading={({ kind }) => kind !== 'server'}
      row={(row) => (row.kind === 'server' ? <Row server={row.server} stats={byName.get(row.server.name)} /> : <Between row={row} />)}
    />
  )
}

function Between({ row }: { readonly row: Exclude<ListRow, { kind: 'server' }> }) {
  if (row.kind === 'note')
    return <p className="small t3 px-3 py-4">Tools of a server that is down stay listed; calls to it are refused with the reason.</p>
  return (
    <div className={row.first ? 'list-h' : 'list-h mt-2'}>
      <b className="[grid-column:1/4]">{row.title}</b>
      {row.first && (
        <>
          <span>Tools</span>
          <span className="only-wide">Latency</span>
          <span className="right" title="Median of its calls today">
            p50
          </span>
        </>
      )}
    </div>
  )
}

interface RowProps {
  readonly server: ServerView
  readonly stats: ServerStats | undefined
}

function Row({ server, stats }: RowProps) {
  const { dot, word, tone } = serverStates[server.state]
  const median = stats?.p50_ms ?? null
  return (
    <div className="r tall">
      <Dot state={dot} label={word} />
      <Tile name={server.name} />
      <div className="cut">
        {server.name}
        <div className={`small cut ${tone}`}>
          <VisibleText>{stateLine(server)}</VisibleText>
        </div>
      </div>
      <span className="small t2 num">{server.tool_count}</span>
      <span className="only-wide t3">
        {(stats?.latency.length ?? 0) > 1 ? <Sparkline values={stats?.latency ?? []} width={56} height={16} /> : '–'}
      </span>
      <span className={`right small num ${median === null ? 't3' : 't2'}`}>{median === null ? '–' : duration(median)}</span>
    </div>
  )
}
