import { api, read } from '../../gateway'
import type { Noun } from '../../store'
import type { GroupRecord } from '../../../shared/records'

/** Every group. */
export const groupsNoun: Noun<GroupRecord[]> = { load: () => read(api.admin.groups.$get()), events: ['groups.changed', 'server.removed'] }
