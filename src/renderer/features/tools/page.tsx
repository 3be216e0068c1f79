import { Page } from '../../ui/page'

/** Tools. */
export const ToolsPage = () => <Page title="Tools">{null}</Page>
