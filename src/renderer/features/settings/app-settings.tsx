import { useState } from 'react'
import type { Preferences } from '../../../shared/settings'
import { api, messageOf, read } from '../../gateway'
import { refresh } from '../../store'
import { Switch } from '../../ui/switch'
import { Segmented } from '../../ui/tabs'
import { Section, Setting } from './setting'

const appearances = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const

/** What only the app has to know. */
export function AppSettings({ preferences }: { readonly preferences: Preferences }) {
  const [error, setError] = useState<string>()
  const change = (json: Partial<Preferences>) =>
    void read(api.desktop.preferences.$patch({ json })).then(
      () => {
        setError(undefined)
        return refresh('preferences')
      },
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  return (
    <Section title="App">
      <Setting label="Launch at login" help="In the tray, without a window" error={error}>
        {(ties) => (
          <Switch {...ties} checked={preferences.launch_at_login} onCheckedChange={(launch_at_login) => change({ launch_at_login })} />
        )}
      </Setting>
      <Setting label="Notifications" help="When a call asks. Without them only the tray icon says so.">
        {(ties) => <Switch {...ties} checked={preferences.notifications} onCheckedChange={(notifications) => change({ notifications })} />}
      </Setting>
      <Setting label="Appearance">
        {({ 'aria-label': label }) => (
          <Segmented label={label} value={preferences.appearance} choices={appearances} onChange={(appearance) => change({ appearance })} />
        )}
      </Setting>
    </Section>
  )
}
