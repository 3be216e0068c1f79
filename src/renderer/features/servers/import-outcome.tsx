import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import type { ImportResult } from '../../../shared/agents'
import { useLive } from '../../store'
import { Dot } from '../../ui/dot'
import { Notice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { Tile } from '../../ui/tile'
import { VisibleText } from '../../ui/visible-text'
import { serverStates, stateLine } from './server-states'

/** What came of importing: each server with its state as it comes up, and what to do next. */
export function ImportOutcome({ result, onClose }: { readonly result: ImportResult; onClose(): void }) {
  const [place] = useLocation()
  // Within another flow, such as the first run, nothing leads away from it.
  const isHere = place.startsWith('/servers')
  return (
    <div className="stack">
      {result.added.length > 0 && (
        <div className="list -mx-5 py-0! [--cols:8px_20px_minmax(0,1fr)_auto]">
          <p className="list-h">
            <b className="[grid-column:1/-1]">{count(result.added.length, 'server')} added</b>
          </p>
          {result.added.map(({ server_id: id, name }) => (
            <AddedRow key={id} href={isHere ? `/servers/${id}` : null} onClose={onClose}>
              <Added id={id} name={name} />
            </AddedRow>
          ))}
        </div>
      )}
      {result.failed.length > 0 && <Failed failed={result.failed} />}
      {result.added.length > 0 && isHere && <NextStep />}
    </div>
  )
}

function AddedRow({ href, onClose, children }: { readonly href: string | null; onClose(): void; readonly children: ReactNode }) {
  if (href === null) return <div className="r tall">{children}</div>
  return (
    <Link href={href} className="r tall" onClick={onClose}>
      {children}
    </Link>
  )
}

const Failed = ({ failed }: Pick<ImportResult, 'failed'>) => (
  <Notice tone="bad" title={`${count(failed.length, 'server')} could not be added`}>
    {failed.map(({ key, error }, index) => (
      <p key={index} className="wrap-anywhere">
        <VisibleText>{`${key}: ${error}`}</VisibleText>
      </p>
    ))}
  </Notice>
)

const NextStep = () => (
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
)

function Added({ id, name }: { readonly id: string; readonly name: string }) {
  const server = useLive('servers').data?.find((each) => each.id === id)
  const { dot, word, tone } = serverStates[server?.state ?? 'connecting']
  return (
    <>
      <Dot state={dot} label={word} />
      <Tile name={name} />
      <span className="cut">
        {name}
        <span className={`small cut block ${tone}`}>
          <VisibleText>{server ? stateLine(server) : 'Connecting'}</VisibleText>
        </span>
      </span>
      <span className="small t2 num">{server && server.tool_count > 0 && count(server.tool_count, 'tool')}</span>
    </>
  )
}
