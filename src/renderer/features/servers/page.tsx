import { Download, Plus } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useLocation, useRoute } from 'wouter'
import type { ServerView } from '../../../shared/records'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Loading, NothingMatches } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { Page, SearchField, Split } from '../../ui/page'
import { AddServerDialog } from './add-server-dialog'
import { filterServers, listRows } from './list-rows'
import { NoServers } from './no-servers'
import { ServerList } from './server-list'
import { ServerPane } from './server-pane'

/** The upstream servers: how each is, what it is, and the ways to add one. */
export function ServersPage() {
  const { data: servers, error } = useLive('servers')
  const [filter, setFilter] = useState('')
  const place = usePlace()
  return (
    <Page
      title="Servers"
      count={servers?.length}
      actions={
        <>
          <SearchField label="Filter" value={filter} onChange={setFilter} />
          <Button icon={Download} onClick={() => place.open('import')}>
            Import
          </Button>
          <Button look="primary" icon={Plus} onClick={() => place.open('add')}>
            Add server
          </Button>
        </>
      }
    >
      {error !== undefined && !servers && (
        <ErrorNotice title="The servers could not be read" error={error} onRetry={() => void refresh('servers')} />
      )}
      {!servers && error === undefined && <Loading />}
      {servers?.length === 0 && <NoServers onImport={() => place.open('import')} onAdd={() => place.open('add')} />}
      {servers && servers.length > 0 && <Browser servers={servers} filter={filter} chosen={place.chosen} onClear={() => setFilter('')} />}
      <AddServerDialog open={place.dialog !== null} mode={place.dialog ?? 'add'} onClose={place.close} onAdded={place.show} />
    </Page>
  )
}

type DialogName = 'add' | 'import'

/** `/servers/add` and `/servers/import` open a dialog over the server that was looked at, `/servers/ID` shows one. */
function usePlace() {
  const [, params] = useRoute('/servers/:id')
  const [, go] = useLocation()
  const last = useRef<string | null>(null)
  const dialog: DialogName | null = params?.id === 'add' || params?.id === 'import' ? params.id : null
  const chosen = dialog === null ? (params?.id ?? null) : last.current
  useEffect(() => {
    if (dialog === null) last.current = params?.id ?? null
  })
  return {
    dialog,
    chosen,
    open: (name: DialogName) => go(`/servers/${name}`),
    close: () => go(chosen === null ? '/servers' : `/servers/${chosen}`),
    show: (id: string) => go(`/servers/${id}`),
  }
}

interface BrowserProps {
  readonly servers: readonly ServerView[]
  readonly filter: string
  readonly chosen: string | null
  onClear(): void
}

function Browser({ servers, filter, chosen, onClear }: BrowserProps) {
  const found = useMemo(() => filterServers(servers, filter), [servers, filter])
  const current = servers.find(({ id }) => id === chosen) ?? mostUrgent(found)
  if (!current) return <NothingMatches what="No server matches" onClear={onClear} />
  return (
    <Split className="grow">
      {found.length === 0 ? (
        <NothingMatches what="No server matches" onClear={onClear} />
      ) : (
        <ServerList servers={found} chosen={current.id} />
      )}
      <ServerPane key={current.id} server={current} />
    </Split>
  )
}

/** The one that stands first in the list. */
function mostUrgent(servers: readonly ServerView[]): ServerView | undefined {
  const first = listRows(servers).find((row) => row.kind === 'server')
  return first?.kind === 'server' ? first.server : undefined
}
