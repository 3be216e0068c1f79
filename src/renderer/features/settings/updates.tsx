import { useEffect, useState } from 'react'
import type { AboutApp, Preferences, UpdateStatus } from '../../../shared/settings'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Select } from '../../ui/field'
import { Ago } from '../../ui/time'
import { Section, Setting } from './setting'

/** Which version this is, whether there is a newer one, and which ones are wanted. */
export function Updates({ preferences }: { readonly preferences: Preferences }) {
  const { data: update } = useLive('update')
  const about = useAbout()
  const [error, setError] = useState<string>()
  const run = (work: Promise<unknown>) =>
    void work.then(
      () => setError(undefined),
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  const setChannel = (update_channel: Preferences['update_channel']) =>
    run(read(api.desktop.preferences.$patch({ json: { update_channel } })).then(() => refresh('preferences')))
  return (
    <Section title="Updates">
      <Setting label={`Version ${about?.version ?? ''}`} help={update && <State update={update} />} error={error}>
        {() => update && <UpdateButton update={update} onRun={run} />}
      </Setting>
      <Setting label="Channel" help="Beta has new things first, and their faults">
        {(ties) => (
          <Select
            {...ties}
            className="w-auto!"
            value={preferences.update_channel}
            onChange={(event) => setChannel(event.target.value as Preferences['update_channel'])}
          >
            <option value="stable">Stable</option>
            <option value="beta">Beta</option>
          </Select>
        )}
      </Setting>
      {about && (
        <p className="small t3">
          Electron {about.electron}, Chromium {about.chrome}, Node {about.node}, {about.platform}
        </p>
      )}
    </Section>
  )
}

function useAbout(): AboutApp | undefined {
  const [about, setAbout] = useState<AboutApp>()
  useEffect(() => {
    // Without it only the versions are missing.
    read(api.desktop.about.$get()).then(setAbout, () => undefined)
  }, [])
  return about
}

function UpdateButton({ update, onRun }: { readonly update: UpdateStatus; onRun(work: Promise<unknown>): void }) {
  if (update.state === 'unsupported') return null
  if (update.state === 'ready')
    return (
      <Button look="primary" onClick={() => onRun(read(api.desktop.updates.install.$post()))}>
        Install and restart
      </Button>
    )
  const busy = update.state === 'checking' || update.state === 'downloading'
  return (
    <Button disabled={busy} onClick={() => onRun(read(api.desktop.updates.check.$post()).then(() => refresh('update')))}>
      {busy ? 'Looking…' : 'Look for updates'}
    </Button>
  )
}

const words: Readonly<Record<UpdateStatus['state'], string>> = {
  unsupported: 'This build does not update itself',
  idle: 'Not looked for yet',
  checking: 'Looking for a newer version…',
  none: 'This is the newest version',
  available: 'There is a newer version',
  downloading: 'The newer version is being fetched',
  ready: 'The newer version is ready',
  failed: 'Looking for a newer version failed',
}

const State = ({ update: { state, version, percent, detail, checked_at } }: { readonly update: UpdateStatus }) => (
  <span role="status">
    {words[state]}
    {version !== null && ` (${version})`}
    {percent !== null && `, ${Math.round(percent)} %`}. {detail}{' '}
    {checked_at !== null && (
      <>
        Looked <Ago at={checked_at} suffix=" ago" />.
      </>
    )}
  </span>
)
