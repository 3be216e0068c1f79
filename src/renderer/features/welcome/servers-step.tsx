import { Download, Plus } from 'lucide-react'
import { useState } from 'react'
import type { ImportSource } from '../../../shared/agents'
import { useLive } from '../../store'
import { Button } from '../../ui/button'
import { Dot } from '../../ui/dot'
import { Loading } from '../../ui/empty'
import { count } from '../../ui/numbers'
import { Tile } from '../../ui/tile'
import { VisibleText } from '../../ui/visible-text'
import { AddServerDialog } from '../servers/add-server-dialog'
import { serverStates } from '../servers/server-states'

/** How many servers can be taken over. */
export const foundServers = (sources: readonly ImportSource[] | undefined): number =>
  (sources ?? []).reduce((sum, { candidates }) => sum + candidates.length, 0)

/** The second step: what the agents on this machine use already, or by hand. */
export function ServersStep({ sources, onChange }: { readonly sources: readonly ImportSource[] | undefined; onChange(): void }) {
  const [open, setOpen] = useState<'add' | 'import' | null>(null)
  const found = foundServers(sources)
  const close = () => {
    setOpen(null)
    onChange()
  }
  return (
    <div className="flow">
      <h2 className="figure">Add your servers</h2>
      <p className="t2 mt-1 mb-6">
        {found > 0
          ? 'These are in the configs of your agents. Taken over, they are governed; secrets in them move to the keychain.'
          : 'No agent on this machine names a server. Paste a URL, a command, or a config.'}
      </p>
      {!sources && <Loading rows={2} />}
      <ul className="panel">
        {sources?.flatMap(({ id, title, file, candidates }) =>
          candidates.length === 0 ? (
            []
          ) : (
            <li key={id} className="r tall grid-cols-[20px_minmax(0,1fr)_auto]!">
              <Tile name={title} />
              <div className="cut">
                {title}
                <div className="small t3 cut">
                  <VisibleText>{candidates.map(({ key }) => key).join(', ')}</VisibleText>
                </div>
              </div>
              <span className="small t3 num" title={file ?? ''}>
                {count(candidates.length, 'server')}
              </span>
            </li>
          ),
        )}
      </ul>
      <div className="row mt-4">
        {found > 0 && (
          <Button look="primary" icon={Download} onClick={() => setOpen('import')}>
            Look and import…
          </Button>
        )}
        <Button look={found > 0 ? 'default' : 'primary'} icon={Plus} onClick={() => setOpen('add')}>
          Add one by hand…
        </Button>
      </div>
      <Added />
      <AddServerDialog open={open !== null} mode={open ?? 'add'} onClose={close} />
    </div>
  )
}

function Added() {
  const servers = (useLive('servers').data ?? []).filter(({ transport }) => transport !== 'builtin')
  if (servers.length === 0) return null
  return (
    <>
      <h3 className="sect mt-6">Behind the gateway now</h3>
      <ul className="panel">
        {servers.map(({ id, name, state, tool_count }) => (
          <li key={id} className="r grid-cols-[8px_minmax(0,1fr)_auto]!">
            <Dot state={serverStates[state].dot} label={serverStates[state].word} />
            <span className="cut">
              <VisibleText>{name}</VisibleText>
            </span>
            <span className="small t3 num">{state === 'ready' ? count(tool_count, 'tool') : serverStates[state].word}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
