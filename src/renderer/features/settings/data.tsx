import { Download, FolderOpen } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { SettingsView } from '../../../shared/settings'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy'
import { saveFile } from '../../ui/save-file'
import { Section, Setting } from './setting'

/** Where things are, and what to send along with a question. */
export function Data({ view: { config_file, data_folder } }: { readonly view: SettingsView }) {
  const [error, setError] = useState<string>()
  const attempt = (work: Promise<unknown>) =>
    void work.then(
      () => setError(undefined),
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  return (
    <Section title="Data">
      <Setting label="Config file" help={<code>{config_file ?? 'None: everything is in memory'}</code>}>
        {() => config_file !== null && <CopyButton text={config_file} label="Copy the path of the config file" />}
      </Setting>
      <Setting label="Data folder" help={<code>{data_folder ?? 'None: everything is in memory'}</code>} error={error}>
        {() =>
          door.kind === 'app' ? (
            <Button icon={FolderOpen} onClick={() => attempt(api.desktop.open.$post({ json: { what: 'data-folder' } }))}>
              Open
            </Button>
          ) : (
            data_folder !== null && <CopyButton text={data_folder} label="Copy the path of the data folder" />
          )
        }
      </Setting>
      <Setting label="Diagnostics" help="Versions, states and the newest log lines in one file, without secrets and tokens">
        {() => (
          <Button icon={Download} onClick={() => attempt(saveDiagnostics())}>
            Save…
          </Button>
        )}
      </Setting>
      <Setting label="First run" help="Approve one call, add your servers, connect your agent">
        {() => (
          <Link href="/welcome" className="btn">
            Open again
          </Link>
        )}
      </Setting>
    </Section>
  )
}

async function saveDiagnostics(): Promise<void> {
  const bundle = await read(api.admin.diagnostics.$get())
  saveFile(JSON.stringify(bundle, null, 2), 'fast-gateway-diagnostics.json', 'application/json')
}
