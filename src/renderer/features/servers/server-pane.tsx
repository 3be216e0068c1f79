import { useState } from 'react'
import type { ServerView } from '../../../shared/records'
import { ErrorNotice } from '../../ui/notice'
import { Tile } from '../../ui/tile'
import { VisibleText } from '../../ui/visible-text'
import { AccessSection } from './access-section'
import { AddServerDialog } from './add-server-dialog'
import { CatalogProblems } from './catalog-problems'
import { ConnectionSection } from './connection-section'
import { draftOfView } from './draft'
import { LastErrors } from './last-errors'
import { LoginSection } from './login-section'
import { ServerMenu } from './server-menu'
import { StateNotice } from './state-notice'
import { TrustView } from './trust-view'
import { useServerActions } from './use-server-actions'

/** Everything of one server, and what can be done with it. */
export function ServerPane({ server }: { readonly server: ServerView }) {
  const actions = useServerActions(server)
  const [dialog, setDialog] = useState<'edit' | 'copy' | null>(null)
  const close = () => setDialog(null)
  return (
    <section className="pane scroll" aria-label={server.name}>
      <header className="pad row gap-3! pb-3!">
        <Tile name={server.name} large />
        <div className="grow">
          <b className="block cut">{server.name}</b>
          <Where server={server} />
        </div>
        <ServerMenu server={server} actions={actions} onEdit={() => setDialog('edit')} onCopy={() => setDialog('copy')} />
      </header>
      <div className="pad stack flex grow flex-col pt-0!">
        {actions.error !== undefined && <ErrorNotice title="That was not done" error={actions.error} />}
        {server.state === 'needs_trust' ? (
          <TrustView server={server} actions={actions} />
        ) : (
          <>
            <StateNotice server={server} actions={actions} onEdit={() => setDialog('edit')} />
            <LoginSection server={server} />
            <ConnectionSection server={server} />
            <AccessSection server={server} />
            <CatalogProblems problems={server.catalog_problems} />
            <LastErrors server={server.name} />
          </>
        )}
      </div>
      <AddServerDialog open={dialog === 'edit'} edited={server} onClose={close} onAdded={close} />
      <AddServerDialog open={dialog === 'copy'} draft={draftOfView(server)} onClose={close} />
    </section>
  )
}

function Where({ server }: { readonly server: ServerView }) {
  if (server.transport === 'stdio') return <div className="small t3 cut">stdio, started by the gateway</div>
  if (server.transport === 'builtin') return <div className="small t3 cut">Part of the gateway</div>
  return (
    <div className="small t3 cut mono">
      <VisibleText>{server.url ?? ''}</VisibleText>
    </div>
  )
}
