import { Cable, Plus } from 'lucide-react'
import { useState } from 'react'
import { useLocation, useRoute } from 'wouter'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Empty, Loading, NothingMatches } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { Page, SearchField, Split } from '../../ui/page'
import { ClientList } from './client-list'
import { ClientPane } from './client-pane'
import { ConnectDialog } from './connect-dialog'

/** The agents that may connect, each with a token of its own; and those on this machine that could. */
export function ClientsPage() {
  const { data: clients, error } = useLive('clients')
  const [asked] = useRoute('/clients/connect/:agent?')
  const [, go] = useLocation()
  const [words, setWords] = useState('')
  const found = (clients ?? []).filter(({ name }) => name.toLowerCase().includes(words.toLowerCase()))
  const connect = () => go('/clients/connect')
  return (
    <Page
      title="Clients"
      count={clients?.length}
      actions={
        <>
          <SearchField label="Search clients" value={words} onChange={setWords} found={found.length} />
          <Button look="primary" icon={Plus} onClick={connect}>
            Connect an agent
          </Button>
        </>
      }
    >
      {error !== undefined && !clients && (
        <ErrorNotice title="The clients could not be read" error={error} onRetry={() => void refresh('clients')} />
      )}
      {!clients && error === undefined && <Loading />}
      {clients && words !== '' && found.length === 0 && <NothingMatches what="No client matches" onClear={() => setWords('')} />}
      {clients && (found.length > 0 || words === '') && (
        <Split className="grid-cols-[300px_minmax(0,1fr)]!">
          <Browser clients={found} onConnect={connect} />
        </Split>
      )}
      <ConnectDialog open={asked} />
    </Page>
  )
}

function Browser({ clients, onConnect }: { readonly clients: Parameters<typeof ClientList>[0]['clients']; onConnect(): void }) {
  const [, params] = useRoute('/clients/:id')
  const chosen = clients.find(({ id }) => id === params?.id) ?? clients[0]
  return (
    <>
      <ClientList clients={clients} selected={chosen?.id ?? null} />
      {chosen ? (
        <ClientPane key={chosen.id} client={chosen} />
      ) : (
        <Empty
          icon={Cable}
          title="No agent is connected"
          actions={
            <Button look="primary" icon={Plus} onClick={onConnect}>
              Connect an agent
            </Button>
          }
        >
          Give each agent its own name and token: the policy and the activity then know who asks.
        </Empty>
      )}
    </>
  )
}
