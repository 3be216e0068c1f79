import { api, read } from '../../gateway'

/** The policy in force, its version, and what is surely not meant in it. */
export const policyNoun = {
  load: () => read(api.policy.index.$get()),
  events: ['policy.changed', 'config.changed', 'catalog.changed'] as const,
}
