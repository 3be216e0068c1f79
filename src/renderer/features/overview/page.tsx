import { Page } from '../../ui/page'

/** Overview. */
export const OverviewPage = () => <Page title="Overview">{null}</Page>
