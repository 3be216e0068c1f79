import type { Plugin } from '../gateway/plugin'

export type { ToolRoutes } from './tools-api/routes'

/** REST access to the governed tools, mounted at `/admin/tools`, for the operator: through the same pipeline as any agent's call. */
export function toolsApiPlugin(): Plugin {
  const holds = [{ method: 'POST', path: '/{name}/call', passes: 'Goes through policy, approvals and audit, as any call.' }] as const
  return { name: 'tools', contribute: (host) => ({ routes: async () => (await import('./tools-api/routes')).toolRoutes(host), holds }) }
}
