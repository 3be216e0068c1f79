import { api, read } from '../../gateway'
import type { Noun } from '../../store'
import type { ClientView } from '../../../shared/records'

/** The agents that may connect. */
export const clientsNoun: Noun<ClientView[]> = {
  load: () => read(api.admin.clients.$get()),
  events: ['clients.changed', 'session.opened', 'groups.changed'],
}
