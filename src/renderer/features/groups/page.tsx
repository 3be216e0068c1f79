import { Page } from '../../ui/page'

/** Groups. */
export const GroupsPage = () => <Page title="Groups">{null}</Page>
