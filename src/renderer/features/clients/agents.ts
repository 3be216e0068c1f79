import { api, read } from '../../gateway'
import type { Noun } from '../../store'
import type { AgentView } from '../../../shared/agents'

/** Agents on this machine and their config files. They tell of no change by themselves: refreshed when a page that shows them opens. */
export const agentsNoun: Noun<AgentView[]> = { load: () => read(api.agents.index.$get()), events: ['clients.changed'] }
