import { Pencil, Undo2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { AgentId, AgentPreview, AgentView } from '../../../shared/agents'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Diff } from '../../ui/diff'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Checkbox } from '../../ui/switch'
import { toast } from '../../ui/toast'
import { count } from '../../ui/numbers'
import { agentTitles, useEndpoint } from './snippets'
import { useMoved } from './use-moved'

interface WriteConfigProps {
  readonly agent: AgentId
  readonly group: string | null
  readonly token: string | undefined
  onNewToken(): void
}

/** The agent's own config file, before and after; written only when told so, and undone byte for byte. */
export function WriteConfig({ agent, group, token, onNewToken }: WriteConfigProps) {
  const { data: views } = useLive('agents')
  useEffect(() => void refresh('agents'), [])
  const view = views?.find(({ id }) => id === agent)
  if (!view?.file) return null
  return (
    <section>
      <div className="row small t3 mb-1">
        <span className="mono cut">{view.file}</span>
        {view.written_at !== null && <UndoWrite view={view} />}
      </div>
      {view.error !== null && (
        <Notice tone="wait" title={`The config of ${view.title} cannot be used`}>
          {view.error}
        </Notice>
      )}
      {view.error === null && token === undefined && <NeedsToken view={view} onNewToken={onNewToken} />}
      {view.error === null && token !== undefined && <Write view={view} group={group} token={token} />}
    </section>
  )
}

const NeedsToken = ({ view, onNewToken }: { readonly view: AgentView; onNewToken(): void }) => (
  <div className="row">
    <span className="small t3 grow">
      {view.connected ? `${view.title} names this gateway.` : 'It can be written for you.'} Its token was shown once, so writing it takes a
      new one.
    </span>
    <Button small onClick={onNewToken}>
      New token and preview
    </Button>
  </div>
)

function usePreview(agent: AgentId, entry: { readonly url: string; readonly token: string; readonly remove: readonly string[] }) {
  const [state, setState] = useState<{ readonly data?: AgentPreview; readonly error?: string }>({})
  const removed = entry.remove.join('\n')
  useEffect(() => {
    if (entry.url === '') return
    const json = { url: entry.url, token: entry.token, remove: [...entry.remove] }
    read(api.agents[':id'].preview.$post({ param: { id: agent }, json })).then(
      (data) => setState({ data }),
      (thrown: unknown) => setState({ error: messageOf(thrown) }),
    )
  }, [agent, entry.url, entry.token, removed])
  return state
}

function Write({ view, group, token }: { readonly view: AgentView; readonly group: string | null; readonly token: string }) {
  const url = useEndpoint(group)
  const moved = useMoved(view.id)
  const [moving, setMoving] = useState(true)
  const [error, setError] = useState<string>()
  const remove = moving ? moved : []
  const preview = usePreview(view.id, { url, token, remove })
  const write = () => {
    if (!preview.data) return
    const json = { url, token, remove: [...remove], version: preview.data.version }
    read(api.agents[':id'].write.$post({ param: { id: view.id }, json })).then(
      () => {
        setError(undefined)
        toast(`${agentTitles[view.id]} is connected. It may have to be started anew.`)
        return refresh('agents')
      },
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  }
  if (preview.error !== undefined) return <ErrorNotice title="There is no preview" error={preview.error} />
  if (!preview.data) return null
  return (
    <>
      <Diff before={preview.data.before ?? ''} after={preview.data.after} label={`${view.file} before and after`} />
      {moved.length > 0 && (
        <label className="row small mt-2">
          <Checkbox checked={moving} onCheckedChange={(checked) => setMoving(checked === true)} />
          Take out {count(moved.length, 'server')} that {moved.length === 1 ? 'is' : 'are'} behind the gateway now
        </label>
      )}
      {error !== undefined && <ErrorNotice title="Nothing was written" error={error} />}
      <div className="row mt-3">
        <Button look="primary" icon={Pencil} onClick={write}>
          Write it for me
        </Button>
        <span className="small t3 grow">Nothing is written yet. A copy of the file is kept; secrets are masked here only.</span>
      </div>
    </>
  )
}

function UndoWrite({ view }: { readonly view: AgentView }) {
  const [error, setError] = useState<string>()
  const undo = (what: 'file' | 'entry') =>
    void read(api.agents[':id'].undo.$post({ param: { id: view.id }, json: { what } })).then(
      () => {
        setError(undefined)
        toast(`The config of ${view.title} is as it was`)
        return refresh('agents')
      },
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  return (
    <span className="row ml-auto">
      {error !== undefined && <span className="bad">{error}</span>}
      {error !== undefined && (
        <Button small look="quiet" onClick={() => undo('entry')}>
          Only take the gateway out
        </Button>
      )}
      <Button small look="quiet" icon={Undo2} onClick={() => undo('file')}>
        Undo writing
      </Button>
    </span>
  )
}
