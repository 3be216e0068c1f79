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

/** Those seen just now, those not, and agents on this machine that do not use the gateway yet. */
export function ClientList({ clients, selected }: { readonly clients: readonly ClientView[]; readonly selected: string | null }) {
  const [, go] = useLocation()
  const now = useNow()
  const { data: agents } = useLive('agents')
  // Their files tell of no change by themselves.
  useEffect(() => void refresh('agents'), [])
  const found = (agents ?? []).filter(({ exists, connected }) => exists && !connected)
  return (
    <div className="flex min-h-0 flex-col">
      <VirtualList<Row>
        className="min-h-0"
        label="Clients"
        items={rowsOf(clients, now)}
        keyOf={({ id }) => id}
        rowHeight={44}
        measured
        selected={selected}
        onSelect={({ kind, id }) => kind === 'client' && go(`/clients/${id}`)}
        isHeading={({ kind }) => kind !== 'client'}
        row={(row) => (row.kind === 'title' ? <Title words={row.words} /> : <Client client={row.client} />)}
      />
      {found.length > 0 && (
        <section aria-label="Found on this machine" className="list scroll max-h-1/2 flex-none">
          <Title words="Found on this machine" />
          {found.map((agent) => (
            <Agent key={agent.id} agent={agent} />
          ))}
        </section>
      )}
    </div>
  )
}

function rowsOf(clients: readonly ClientView[], now: number): readonly Row[] {
  const isNear = ({ last_seen_at }: ClientView) => last_seen_at !== null && now - Date.parse(last_seen_at) < connectedMs
  const section = (words: string, own: readonly Row[]): readonly Row[] =>
    own.length === 0 ? [] : [{ kind: 'title', id: words, words }, ...own]
  const rows = (own: readonly ClientView[]) => own.map((client): Row => ({ kind: 'client', id: client.id, client }))
  return [
    ...section('Seen just now', rows(clients.filter(isNear))),
    ...section('Not seen lately', rows(clients.filter((client) => !isNear(client)))),
  ]
}

const Title = ({ words }: { readonly words: string }) => (
  <div className="list-h">
    <b>{words}</b>
  </div>
)

const Client = ({ client: { name, group, last_seen_at } }: { readonly client: ClientView }) => (
  <div className="r tall grid-cols-[20px_minmax(0,1fr)_auto]!">
    <Tile name={name} />
    <div className="cut">
      <VisibleText>{name}</VisibleText>
      <div className="small t3 cut">{group === null ? 'every server' : `group ${group}`}</div>
    </div>
    <span className="small t3 num">{last_seen_at === null ? 'never' : <Ago at={last_seen_at} />}</span>
  </div>
)

/** Which file it is; the whole path is its tooltip. */
const endOf = (file: string): string => `…/${file.split(/[\\/]/).slice(-2).join('/')}`

const Agent = ({ agent: { id, title, file, error } }: { readonly agent: AgentView }) => (
  <div className="r tall grid-cols-[20px_minmax(0,1fr)_auto]!">
    <Tile name={title} />
    <div className="cut">
      {title}
      <div className={error === null ? 'micro t3 mono cut' : 'small wait cut'} title={error ?? file ?? ''}>
        {error ?? (file && endOf(file))}
      </div>
    </div>
    <Link href={`/clients/connect/${id}`} className="btn sm">
      Connect
    </Link>
  </div>
)
