import { Link, useLocation } from 'wouter'
import { useEffect } from 'react'
import type { AgentView } from '../../../shared/agents'
import type { ClientView } from '../../../shared/records'
import { refresh, useLive } from '../../store'
import { Tile } from '../../ui/tile'
import { Ago, useNow } from '../../ui/time'
import { VirtualList } from '../../ui/virtual-list'
import { VisibleText } from '../../ui/visible-text'

/** Milliseconds since it was seen for which a client counts as connected. */
const connectedMs = 5 * 60_000

type Row =
  | { readonly kind: 'title'; readonly id: string; readonly words: string }
  | { readonly kind: 'client'; readonly id: string; readonly client: ClientView }
  | { readonly kind: 'agent'; readonly id: string; readonly agent: AgentView }

/** Those seen just now, those not, and agents on this machine that do not use the gateway yet. */
export function ClientList({ clients, selected }: { readonly clients: readonly ClientView[]; readonly selected: string | null }) {
  const [, go] = useLocation()
  const now = useNow()
  const { data: agents } = useLive('agents')
  // Their files tell of no change by themselves.
  useEffect(() => void refresh('agents'), [])
  const found = (agents ?? []).filter(({ exists, connected }) => exists && !connected)
  return (
    <VirtualList<Row>
      label="Clients"
      items={rowsOf(clients, found, now)}
      keyOf={({ id }) => id}
      rowHeight={44}
      measured
      selected={selected}
      onSelect={({ kind, id }) => kind === 'client' && go(`/clients/${id}`)}
      isHeading={({ kind }) => kind !== 'client'}
      row={(row, isSelected) => <ListRow row={row} selected={isSelected} />}
    />
  )
}

function rowsOf(clients: readonly ClientView[], agents: readonly AgentView[], now: number): readonly Row[] {
  const isNear = ({ last_seen_at }: ClientView) => last_seen_at !== null && now - Date.parse(last_seen_at) < connectedMs
  const section = (words: string, own: readonly Row[]): readonly Row[] =>
    own.length === 0 ? [] : [{ kind: 'title', id: words, words }, ...own]
  const rows = (own: readonly ClientView[]) => own.map((client): Row => ({ kind: 'client', id: client.id, client }))
  return [
    ...section('Seen just now', rows(clients.filter(isNear))),
    ...section('Not seen lately', rows(clients.filter((client) => !isNear(client)))),
    ...section(
      'Found on this machine',
      agents.map((agent): Row => ({ kind: 'agent', id: `agent-${agent.id}`, agent })),
    ),
  ]
}

function ListRow({ row, selected }: { readonly row: Row; readonly selected: boolean }) {
  if (row.kind === 'title')
    return (
      <div className="list-h">
        <b>{row.words}</b>
      </div>
    )
  return row.kind === 'client' ? <Client client={row.client} selected={selected} /> : <Agent agent={row.agent} />
}

const Client = ({ client: { name, group, last_seen_at }, selected }: { readonly client: ClientView; readonly selected: boolean }) => (
  <div className="r tall grid-cols-[20px_minmax(0,1fr)_auto]!" aria-selected={selected}>
    <Tile name={name} />
    <div className="cut">
      <VisibleText>{name}</VisibleText>
      <div className="small t3 cut">{group === null ? 'every server' : `group ${group}`}</div>
    </div>
    <span className="small t3 num">{last_seen_at === null ? 'never' : <Ago at={last_seen_at} />}</span>
  </div>
)

const Agent = ({ agent: { id, title, file, error } }: { readonly agent: AgentView }) => (
  <div className="r tall grid-cols-[20px_minmax(0,1fr)_auto]!">
    <Tile name={title} />
    <div className="cut">
      {title}
      <div className={error === null ? 'micro t3 mono cut' : 'small wait cut'} title={error ?? file ?? ''}>
        {error ?? file}
      </div>
    </div>
    <Link href={`/clients/connect/${id}`} className="btn sm">
      Connect
    </Link>
  </div>
)
