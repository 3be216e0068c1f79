import { Page } from '../../ui/page'

/** Clients. */
export const ClientsPage = () => <Page title="Clients">{null}</Page>
