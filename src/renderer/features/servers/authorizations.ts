import type { Authorization } from '../../../shared/logins'
import { api, read } from '../../gateway'
import type { Noun } from '../../store'

/** How each server that wants OAuth is authorized. */
export const authorizationsNoun: Noun<Authorization[]> = {
  load: () => read(api.oauth.index.$get()),
  events: ['login.changed', 'server.changed', 'server.removed'],
  pauseMs: 300,
}
