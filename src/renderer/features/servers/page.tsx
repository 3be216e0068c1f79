import { Page } from '../../ui/page'

/** Servers. */
export const ServersPage = () => <Page title="Servers">{null}</Page>
