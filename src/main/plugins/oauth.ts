import type { Plugin } from '../gateway/plugin'
import type { OAuthDesk } from './oauth/desk'
import type { LookUp } from './oauth/egress'
import { oauthHolds } from './oauth/holds'

export type { OAuthRoutes } from './oauth/routes'

/** Where logins come back to. */
export interface OAuthOptions {
  /** Where the gateway listens: `http://127.0.0.1:7411`; null while it does not. Left out: each login listens for itself. */
  readonly base?: () => string | null
  /** How names become addresses. Default: the system's way. */
  readonly lookUp?: LookUp
}

/**
 * Logs in to servers that want OAuth, mounted at `/admin/oauth`: by a person in a browser (`auth: oauth`) or with the gateway's own client
 * secret (`auth: oauth_client_credentials`). Tokens of persons are kept in the vault, renewed ahead of their end, and given to no other server.
 */
export function oauthPlugin({ base = () => null, lookUp }: OAuthOptions = {}): Plugin {
  return {
    name: 'oauth',
    contribute(host) {
      let loading: Promise<OAuthDesk> | undefined
      const load = () =>
        (loading ??= import('./oauth/desk').then(({ OAuthDesk }) => new OAuthDesk(host, { base, ...(lookUp ? { lookUp } : {}) })))
      const stop = host.onEvent((event) => {
        if (event.event === 'server.removed') void load().then((desk) => desk.forget(event.data))
      })
      return {
        hooks: {
          preMcpConnect: async (server) => {
            const isRemote = server.transport === 'http' || server.transport === 'sse'
            return isRemote && server.auth !== 'none' ? (await load()).settings(server) : undefined
          },
        },
        routes: async () => (await import('./oauth/routes')).oauthRoutes(load),
        holds: oauthHolds,
        callback: async (query) => (loading ? (await loading).logins.callback(query) : false),
        close: async () => {
          stop()
          await (await loading)?.close()
        },
      }
    },
  }
}
