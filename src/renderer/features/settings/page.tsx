import { door } from '../../door'
import { refresh, useLive } from '../../store'
import { Loading } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { Page } from '../../ui/page'
import { AppSettings } from './app-settings'
import { Data } from './data'
import { GatewaySettingsSection } from './gateway-settings'
import { Secrets } from './secrets'
import { Updates } from './updates'

/** Everything that can be set; each change is in force at once, or says when. */
export function SettingsPage() {
  const { data: view, error } = useLive('settings')
  const { data: preferences } = useLive('preferences')
  const isApp = door.kind === 'app' && preferences !== undefined
  return (
    <Page title="Settings">
      {error !== undefined && !view && (
        <ErrorNotice title="The settings could not be read" error={error} onRetry={() => void refresh('settings')} />
      )}
      {!view && error === undefined && <Loading />}
      {view && (
        <div className="scroll grow">
          <div className="max-w-[720px] px-5">
            {isApp && <AppSettings preferences={preferences} />}
            <GatewaySettingsSection view={view} />
            <Secrets />
            {isApp && <Updates preferences={preferences} />}
            <Data view={view} />
          </div>
        </div>
      )}
    </Page>
  )
}
