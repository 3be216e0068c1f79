import { Page } from '../../ui/page'

/** Activity. */
export const ActivityPage = () => <Page title="Activity">{null}</Page>
