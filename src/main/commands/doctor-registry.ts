import { policyProblems } from '../../shared/policy-problems'
import { fine, warning, type Finding } from './doctor-finding'
import { aboutPolicy, aboutVault } from './doctor-gateway'
import { aboutRegistry, type Home } from './doctor-machine'
import { aboutServerAtRest } from './doctor-servers'

/** While no gateway answers: what its registry, its vault and its rules say by themselves. */
export async function lookAtRegistry(home: Home): Promise<Finding[]> {
  const status = await home.vault.status()
  // What is only in memory is in the memory of another process.
  const vault = status.state === 'ready' && status.kind !== 'memory' ? home.vault : null
  const rules = home.exists && !home.isConfigured ? [] : aboutPolicy(policyProblems(home.policy, []))
  try {
    const { lookAtRest } = await import('../gateway/at-rest')
    const { store, servers } = await lookAtRest(home.databaseFile, { env: process.env, vault, folder: home.folder })
    const isNeeded = servers.some(({ enabled, needsVault }) => enabled && needsVault)
    return [
      aboutStore(store, home.databaseFile),
      aboutVault(status, isNeeded),
      ...(await Promise.all(servers.map(aboutServerAtRest))),
      ...rules,
    ]
  } catch (thrown) {
    return [aboutRegistry(thrown, home.databaseFile), aboutVault(status, false), ...rules]
  }
}

function aboutStore(store: 'absent' | 'at_rest' | 'in_use', file: string): Finding {
  if (store === 'absent') return fine('data', `There is no registry yet; it will be ${file}.`)
  if (store === 'at_rest') return fine('data', `${file} can be opened.`)
  return warning('data', {
    code: 'store.locked',
    message: `A gateway is running on ${file} all the same, but not where it was looked for.`,
    remedy: 'Name it with --gateway-url; "fast-gateway serve" has said where it is.',
  })
}
