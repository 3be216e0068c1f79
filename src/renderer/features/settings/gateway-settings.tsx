import { useState } from 'react'
import type { GatewaySettings, SettingsView } from '../../../shared/settings'
import { api, messageOf, read } from '../../gateway'
import { refresh } from '../../store'
import { Select, TextInput } from '../../ui/field'
import { Notice } from '../../ui/notice'
import { toast } from '../../ui/toast'
import { NumberSetting } from './number-setting'
import { Section, Setting } from './setting'

type Change = Partial<GatewaySettings>

const patch = async (change: Change): Promise<void> => {
  await read(api.admin.settings.$patch({ json: change }))
  await refresh('settings')
}

/** Sends a change at once, with a way back; what was refused stands below its own control. */
function useChange(settings: GatewaySettings) {
  const [error, setError] = useState<{ readonly key: string; readonly text: string }>()
  const change = (key: keyof GatewaySettings, value: GatewaySettings[keyof GatewaySettings]) => {
    const undo = () => void patch({ [key]: settings[key] }).catch((thrown: unknown) => toast(messageOf(thrown)))
    patch({ [key]: value }).then(
      () => {
        setError(undefined)
        toast('Changed', { run: undo })
      },
      (thrown: unknown) => setError({ key, text: messageOf(thrown) }),
    )
  }
  const errorOf = (key: keyof GatewaySettings) => (error?.key === key ? error.text : undefined)
  return { change, errorOf }
}

const words: Readonly<Record<keyof GatewaySettings, string>> = {
  name: 'name',
  port: 'port',
  list_mode: 'tool list',
  hil_timeout_seconds: 'time to decide',
  hil_ticket_seconds: 'time for a late approval',
  audit_retention_days: 'how long calls are kept',
}

/** What stands in `gateway.json`. */
export function GatewaySettingsSection({ view: { settings, pending_restart } }: { readonly view: SettingsView }) {
  const { change, errorOf } = useChange(settings)
  const pending = pending_restart.map((key) => words[key as keyof GatewaySettings] ?? key)
  return (
    <Section title="Gateway">
      {pending.length > 0 && (
        <Notice tone="wait" title="In force after the next start">
          {pending.join(', ')}
        </Notice>
      )}
      <Setting label="Name" help="How it introduces itself to agents" error={errorOf('name')}>
        {(ties) => <NameInput {...ties} value={settings.name} onChange={(value) => change('name', value)} />}
      </Setting>
      <Setting label="Port" help="On 127.0.0.1. Agents have to be told of a new one." error={errorOf('port')}>
        {(ties) => <NumberSetting {...ties} value={settings.port} onChange={(value) => value !== null && change('port', value)} />}
      </Setting>
      <Setting
        label="Tools that agents see"
        help="With three meta-tools an agent searches, instead of reading every definition: it costs the least context."
        error={errorOf('list_mode')}
      >
        {(ties) => (
          <Select {...ties} className="w-auto!" value={settings.list_mode} onChange={(event) => change('list_mode', event.target.value)}>
            <option value="all">All of them</option>
            <option value="meta">Three meta-tools</option>
          </Select>
        )}
      </Setting>
      <Deadlines settings={settings} change={change} errorOf={errorOf} />
    </Section>
  )
}

function Deadlines({ settings, change, errorOf }: { readonly settings: GatewaySettings } & ReturnType<typeof useChange>) {
  return (
    <>
      <Setting label="Time to decide" help="An approval that nobody decided by then is denied" error={errorOf('hil_timeout_seconds')}>
        {(ties) => (
          <NumberSetting
            {...ties}
            value={settings.hil_timeout_seconds}
            unit="seconds"
            onChange={(value) => value !== null && change('hil_timeout_seconds', value)}
          />
        )}
      </Setting>
      <Setting
        label="Late approvals"
        help="A yes that comes after the agent has gone lets the same call pass once, for this long"
        error={errorOf('hil_ticket_seconds')}
      >
        {(ties) => (
          <NumberSetting
            {...ties}
            value={settings.hil_ticket_seconds}
            unit="seconds"
            onChange={(value) => value !== null && change('hil_ticket_seconds', value)}
          />
        )}
      </Setting>
      <Setting label="Calls are kept" help="Older ones leave the activity. Empty: for ever." error={errorOf('audit_retention_days')}>
        {(ties) => (
          <NumberSetting
            {...ties}
            value={settings.audit_retention_days}
            unit="days"
            none="ever"
            onChange={(value) => change('audit_retention_days', value)}
          />
        )}
      </Setting>
    </>
  )
}

interface NameInputProps {
  readonly id: string
  readonly 'aria-describedby': string
  readonly value: string
  onChange(value: string): void
}

const NameInput = ({ value, onChange, ...ties }: NameInputProps) => (
  <TextInput
    {...ties}
    key={value}
    className="w-48!"
    defaultValue={value}
    maxLength={100}
    onBlur={({ target }) => target.value.trim() !== '' && target.value !== value && onChange(target.value)}
    onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
  />
)
