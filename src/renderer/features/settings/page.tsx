import { Page } from '../../ui/page'

/** Settings. */
export const SettingsPage = () => <Page title="Settings">{null}</Page>
