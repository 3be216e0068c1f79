import type { ConfigSource } from '../../config'
import type { Clients, Groups } from '../../gateway'
import type { ChangeDraft, HoldRule } from '../../plugin'
import type { Vault } from '../../secrets'
import type { ServerRegistry } from '../../servers'
import { clientHolds } from './clients'
import { detail } from './details'
import { groupHolds } from './groups'
import { secretHolds } from './secrets'
import { serverHolds } from './servers'
import { settingHolds } from './settings'

/** What is looked at to say what a change would do. */
export interface HoldSources {
  readonly servers: Pick<ServerRegistry, 'list' | 'get' | 'plans'>
  readonly groups: Pick<Groups, 'list' | 'get'>
  readonly clients: Pick<Clients, 'list'>
  readonly config: Pick<ConfigSource, 'current' | 'policy'>
  readonly vault: Pick<Vault, 'list'> | null
  /** ISO 8601; null while calls run. */
  pausedSince(): string | null
}

/** The rules of the gateway's own routes. */
export const coreHolds = (sources: HoldSources): HoldRule[] => [
  ...serverHolds(sources.servers),
  ...groupHolds({ ...sources, policy: () => sources.config.policy() }),
  ...clientHolds(sources.clients),
  ...secretHolds(sources),
  ...settingHolds(sources.config),
  { method: 'POST', path: '/pause', passes: 'Stops every call.' },
  { method: 'POST', path: '/resume', describe: () => resumed(sources.pausedSince()) },
  { method: 'POST', path: '/reload', passes: 'Connects to what was confirmed; nothing changes.' },
]

/** Calls that run already can be resumed by anybody. */
function resumed(since: string | null): ChangeDraft | undefined {
  if (since === null) return undefined
  return { kind: 'gateway.resume', title: 'Let agents call tools again', details: [detail('All calls', `paused since ${since}`, 'run')] }
}
