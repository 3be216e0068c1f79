import { api, read } from '../../gateway'
import type { Noun } from '../../store'
import type { ServerView } from '../../../shared/records'

/** Every upstream server with its state. */
export const serversNoun: Noun<ServerView[]> = {
  load: () => read(api.admin.servers.$get()),
  events: ['server.changed', 'server.removed', 'catalog.changed'],
}
