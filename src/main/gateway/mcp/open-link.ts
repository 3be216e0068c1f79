import { GatewayError } from '../../../shared/errors'
import type { OpenLink } from './link'
import { createDemoConnector } from './upstream-demo'

/** Url of the bundled demo server. */
export const demoUrl = 'builtin:demo'

/** What `createOpenLink` is made of. */
export interface LinkConnectors {
  /** Streamable HTTP; it owns connection pools, so whoever made it closes it. */
  readonly http: OpenLink
}

/**
 * Opens links by the target's transport. Legs that not everybody needs (child processes, the SDK) are loaded when first used.
 * @throws GatewayError `upstream.unreachable` for a builtin that does not exist
 */
export function createOpenLink({ http }: LinkConnectors): OpenLink {
  const demo = createDemoConnector()
  return async (target, ...rest) => {
    switch (target.transport) {
      case 'http':
        return http(target, ...rest)
      case 'sse':
        return (await import('./upstream-sdk')).openSseLink(target, ...rest)
      case 'stdio':
        return (await import('./upstream-stdio')).openStdioLink(target, ...rest)
      case 'builtin':
        if (target.url === demoUrl) return demo(target, ...rest)
        throw new GatewayError('upstream.unreachable', `There is no built-in server ${String(target.url)}; the only one is ${demoUrl}.`)
    }
  }
}
