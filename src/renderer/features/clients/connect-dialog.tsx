import { useState, type FormEvent } from 'react'
import { useLocation, useRoute } from 'wouter'
import { agents, type Agent } from '../../../shared/connect-snippets'
import { messageOf } from '../../gateway'
import { useLive } from '../../store'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Dialog } from '../../ui/dialog'
import { Field, Select, TextInput } from '../../ui/field'
import { ErrorNotice } from '../../ui/notice'
import { Tile } from '../../ui/tile'
import { createClient } from './client-actions'
import { agentTitles } from './snippets'

/** Which agent, what it is called here, and what it may see; `/clients/connect/AGENT` begins with that one. */
export function ConnectDialog({ open }: { readonly open: boolean }) {
  const [, go] = useLocation()
  const close = () => go('/clients')
  return (
    <Dialog open={open} onClose={close} title="Connect an agent" description="Makes a token for an agent">
      {open && <Connect onClose={close} onDone={(id) => go(`/clients/${id}`)} />}
    </Dialog>
  )
}

/** A name that no client has yet. */
function freeName(title: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? title : `${title} ${number}`
    if (!taken.includes(name)) return name
  }
}

/** Also a step of the first run. */
export function Connect({ onClose, onDone }: { /** Without it there is no way back. */ onClose?(): void; onDone(id: string): void }) {
  const [, params] = useRoute('/clients/connect/:agent')
  const clients = useLive('clients').data ?? []
  const groups = useLive('groups').data ?? []
  const taken = clients.map(({ name }) => name)
  const [agent, setAgent] = useState<Agent>(() => (params && params.agent in agents ? (params.agent as Agent) : 'claude-code'))
  // What was typed stays, whatever comes to be known meanwhile.
  const [typed, setName] = useState<string>()
  const name = typed ?? freeName(agent === 'json' ? 'My agent' : agentTitles[agent], taken)
  const [group, setGroup] = useState('')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [flaw, setFlaw] = useState<string>()
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '') return setFlaw('Give it a name, such as the one of the agent.')
    setBusy(true)
    createClient({ name, group: group === '' ? null : group })
      .then(({ id }) => onDone(id))
      .catch((thrown: unknown) => setError(messageOf(thrown)))
      .finally(() => setBusy(false))
  }
  return (
    <form onSubmit={save}>
      <AgentChoice value={agent} onChange={setAgent} />
      <div className="grid grid-cols-2 gap-3 mt-4">
        <Field label="Name" required help="How the policy, approvals and activity call it" error={name.trim() === '' ? flaw : undefined}>
          {(ties) => <TextInput {...ties} value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="May see" className="m-0!" help="A group keeps its tools few">
          {(ties) => (
            <Select {...ties} value={group} onChange={(event) => setGroup(event.target.value)}>
              <option value="">every server</option>
              {groups.map((each) => (
                <option key={each.id} value={each.name}>
                  group {each.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {error !== undefined && (
        <div className="mt-3">
          <ErrorNotice title="The client was not made" error={error} />
        </div>
      )}
      <div className="row mt-4">
        <span className="small t3 grow">Next: copy a snippet, or have its config written for you.</span>
        {onClose && <Button onClick={onClose}>Cancel</Button>}
        <Button look="primary" type="submit" disabled={busy}>
          Make its token
        </Button>
      </div>
    </form>
  )
}

function AgentChoice({ value, onChange }: { readonly value: Agent; onChange(agent: Agent): void }) {
  const views = useLive('agents').data ?? []
  return (
    <div role="radiogroup" aria-label="Agent" className="grid grid-cols-2 gap-2">
      {(Object.keys(agents) as Agent[]).map((agent) => {
        const view = views.find(({ id }) => id === agent)
        return (
          <label key={agent} className="panel r tall grid-cols-[16px_20px_minmax(0,1fr)_auto]!">
            <input type="radio" name="agent" autoFocus={agent === value} checked={agent === value} onChange={() => onChange(agent)} />
            <Tile name={agentTitles[agent]} />
            <span>{agent === 'json' ? 'Another agent' : agentTitles[agent]}</span>
            {view?.exists === true && <Badge tone={view.connected ? 'ok' : undefined}>{view.connected ? 'Connected' : 'Found'}</Badge>}
          </label>
        )
      })}
    </div>
  )
}
