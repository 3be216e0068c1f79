import { Page } from '../../ui/page'

/** Approvals. */
export const ApprovalsPage = () => <Page title="Approvals">{null}</Page>
