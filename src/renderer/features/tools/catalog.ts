import { api, read } from '../../gateway'
import type { Noun } from '../../store'
import type { ToolRows } from '../../../shared/catalog-rows'

/** Every tool of every server, as a client that is bound to no group sees it. */
export const catalogNoun: Noun<ToolRows> = {
  load: () => read(api.admin.catalog.$get({ query: {} })),
  events: ['catalog.changed', 'policy.changed', 'server.changed', 'server.removed', 'config.changed'],
  pauseMs: 300,
}
