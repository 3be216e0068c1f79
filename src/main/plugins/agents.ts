import { homedir } from 'node:os'
import { join } from 'node:path'
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
  return { name: 'agents', contribute: (host) => ({ routes: () => loadRoutes(host, options) }) }
}

async function loadRoutes(host: PluginHost, { folder, endpoint, home, platform, env }: AgentsOptions) {
  const [{ agentRoutes }, { createBackups }, { createConnections }, { createImports }] = await Promise.all([
    import('./agents/routes'),
    import('./agents/backups'),
    import('./agents/connect'),
    import('./agents/import'),
  ])
  const machine = { home: home ?? homedir(), platform: platform ?? process.platform, env: env ?? process.env }
  const connections = createConnections({ machine, endpoint, backups: createBackups(join(folder, 'agent-backups')) })
  return agentRoutes(connections, createImports({ machine, endpoint, host }))
}
