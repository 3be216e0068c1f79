import { useState } from 'react'
import { useLive } from '../../store'
import { Button } from '../../ui/button'
import { ClientPane } from '../clients/client-pane'
import { Connect } from '../clients/connect-dialog'

/** The third step: a token for one agent, and its config. */
export function ConnectStep() {
  const clients = useLive('clients').data ?? []
  const [made, setMade] = useState<string>()
  const client = clients.find(({ id }) => id === made)
  return (
    <div className={client ? 'flow max-w-[720px]!' : 'flow'}>
      <h2 className="figure">Connect your agent</h2>
      <p className="t2 mt-1 mb-6">
        {client
          ? 'Paste the snippet, or have the config written. Then its calls go through the gateway.'
          : 'Each agent gets a name and a token of its own.'}
      </p>
      {client ? (
        <>
          <div className="panel">
            <ClientPane client={client} />
          </div>
          <Button className="mt-4" onClick={() => setMade(undefined)}>
            Connect another one
          </Button>
        </>
      ) : (
        <Connect onDone={setMade} />
      )}
    </div>
  )
}
