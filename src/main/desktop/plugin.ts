import type { Plugin, PluginHost } from '../gateway/plugin'
import type { DesktopDoor } from './routes'

/**
 * The app as a part of its gateway: `/admin/desktop`.
 * @param door of the app, which is there before anybody is let in by it
 * @param joined is handed the gateway's inside before anything else happens in it
 * @param programs resolves when it is known where programs are: no command is started before
 */
export const desktopPlugin = (door: () => DesktopDoor, joined: (host: PluginHost) => void, programs: Promise<void>): Plugin => ({
  name: 'desktop',
  contribute(host) {
    joined(host)
    return {
      hooks: { preMcpConnect: ({ transport }) => (transport === 'stdio' ? programs : undefined) },
      routes: async () => (await import('./routes')).desktopRoutes(door),
    }
  },
})
