import { Page } from '../../ui/page'

/** Policy. */
export const PolicyPage = () => <Page title="Policy">{null}</Page>
