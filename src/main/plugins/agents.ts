import { homedir } from 'node:os'
import { join } from 'node:path'
import type { AgentView } from '../../shared/agents'
import type { Plugin, PluginHost } from '../gateway/plugin'

export type { AgentRoutes } from './agents/routes'

/** Where agents and the gateway's own files are. */
export interface AgentsOptions {
  /** The gateway's own folder: what agents' files were before is kept there, in `agent-backups`. */
  readonly folder: string
  /** Where agents reach the gateway: `http://127.0.0.1:7411/mcp`; null while it does not listen. */
  readonly endpoint: () => string | null
  /** The person's home folder. Default: that of this process. */
  readonly home?: string
  readonly platform?: NodeJS.Platform
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * The gateway in the config files of the agents on this machine (written with a backup, undone byte for byte), and the servers that
 * those files name in the gateway, mounted at `/admin/agents`. Nothing that stands in a file is ever run.
 */
export function agentsPlugin(options: AgentsOptions): Plugin {
  return {
    name: 'agents',
    contribute(host) {
      let loading: ReturnType<typeof loadParts> | undefined
      const load = () => (loading ??= loadParts(host, options))
      return { routes: () => loadRoutes(load), holds: async () => (await import('./agents/holds')).agentHolds(load) }
    },
  }
}

async function loadRoutes(load: () => ReturnType<typeof loadParts>) {
  const [{ agentRoutes }, { connections, imports }] = await Promise.all([import('./agents/routes'), load()])
  return agentRoutes(connections, imports)
}

/** The config files of the agents on this machine, only looked at: for whoever asks without a gateway. */
export async function agentFiles({ folder, ...machine }: Omit<AgentsOptions, 'endpoint'>): Promise<AgentView[]> {
  const [{ createBackups }, { createConnections }] = await Promise.all([import('./agents/backups'), import('./agents/connect')])
  const backups = createBackups(join(folder, 'agent-backups'))
  return createConnections({ machine: machineOf(machine), endpoint: () => null, backups }).list()
}

async function loadParts(host: PluginHost, { folder, endpoint, ...given }: AgentsOptions) {
  const [{ createBackups }, { createConnections }, { createImports }] = await Promise.all([
    import('./agents/backups'),
    import('./agents/connect'),
    import('./agents/import'),
  ])
  const machine = machineOf(given)
  const connections = createConnections({ machine, endpoint, backups: createBackups(join(folder, 'agent-backups')) })
  return { connections, imports: createImports({ machine, endpoint, host }) }
}

const machineOf = ({ home, platform, env }: Pick<AgentsOptions, 'home' | 'platform' | 'env'>) => ({
  home: home ?? homedir(),
  platform: platform ?? process.platform,
  env: env ?? process.env,
})
