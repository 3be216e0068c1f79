import { Link } from 'wouter'
import type { ImportResult } from '../../../shared/agents'
import { useLive } from '../../store'
import { Dot } from '../../ui/dot'
import { Notice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { Tile } from '../../ui/tile'
import { VisibleText } from '../../ui/visible-text'
import { serverStates, stateLine } from './server-states'

/** What came of importing: each server with its state as it comes up, and what to do next. */
export const ImportOutcome = ({ result, onClose }: { readonly result: ImportResult; onClose(): void }) => (
  <div className="stack">
    {result.added.length > 0 && (
      <div className="list -mx-5 py-0! [--cols:8px_20px_minmax(0,1fr)_auto]">
        <p className="list-h">
          <b className="[grid-column:1/-1]">{count(result.added.length, 'server')} added</b>
        </p>
        {result.added.map(({ server_id, name }) => (
          <Added key={server_id} id={server_id} name={name} onClose={onClose} />
        ))}
      </div>
    )}
    {result.failed.length > 0 && (
      <Notice tone="bad" title={`${count(result.failed.length, 'server')} could not be added`}>
        {result.failed.map(({ key, error }) => (
          <p key={key} className="wrap-anywhere">
            <VisibleText>{`${key}: ${error}`}</VisibleText>
          </p>
        ))}
      </Notice>
    )}
    {result.added.length > 0 && (
      <Notice
        tone="acc"
        title="Now let your agents use them through the gateway"
        action={
          <Link href="/clients/connect" className="btn sm">
            Connect an agent
          </Link>
        }
      >
        Your files still name these servers. Under Clients the gateway is written into them, and the servers are taken out.
      </Notice>
    )}
  </div>
)

function Added({ id, name, onClose }: { readonly id: string; readonly name: string; onClose(): void }) {
  const server = useLive('servers').data?.find((each) => each.id === id)
  const { dot, word, tone } = serverStates[server?.state ?? 'connecting']
  return (
    <Link href={`/servers/${id}`} className="r tall" onClick={onClose}>
      <Dot state={dot} label={word} />
      <Tile name={name} />
      <span className="cut">
        {name}
        <span className={`small cut block ${tone}`}>
          <VisibleText>{server ? stateLine(server) : 'Connecting'}</VisibleText>
        </span>
      </span>
      <span className="small t2 num">{server && server.tool_count > 0 && count(server.tool_count, 'tool')}</span>
    </Link>
  )
}
