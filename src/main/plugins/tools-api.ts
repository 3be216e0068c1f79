import type { Plugin } from '../gateway/plugin'

export type { ToolRoutes } from './tools-api/routes'

/** REST access to the governed tools, mounted at `/admin/tools`, for the operator: through the same pipeline as any agent's call. */
export function toolsApiPlugin(): Plugin {
  return { name: 'tools', contribute: (host) => ({ routes: async () => (await import('./tools-api/routes')).toolRoutes(host) }) }
}
