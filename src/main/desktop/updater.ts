import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { app } from 'electron'
import type { Log } from '../gateway/log'
import { relaunch } from './ending'
import type { Updater, UpdaterListeners } from './updates'

/** Why this build cannot replace itself; undefined when it can. */
export function whyNoUpdates(): string | undefined {
  if (!app.isPackaged) return 'This is a build for development; it is updated where it was built.'
  if (process.platform === 'linux' && !process.env.APPIMAGE)
    return 'This installation is updated by your package manager, or by installing a newer package.'
  // Written by the packager beside the app: where newer versions are published.
  if (!existsSync(join(process.resourcesPath, 'app-update.yml'))) return 'This build does not know where newer versions are published.'
  return undefined
}

/** Milliseconds that the installer has to take over. */
const patienceMs = 60_000

/** The gateway is closed already: where the installer did not start, the app begins anew as it was. */
function comeBack(): void {
  relaunch()
  app.exit(1)
}

/** electron-updater, loaded when it is first needed. */
export async function openUpdater(listeners: UpdaterListeners, log: Log): Promise<Updater> {
  const { autoUpdater } = (await import('electron-updater')).default
  autoUpdater.logger = {
    info: (message) => log.debug(String(message)),
    warn: (message) => log.warn(String(message)),
    error: (message) => log.warn(String(message)),
    debug: (message) => log.debug(message),
  }
  autoUpdater.autoDownload = true
  // Only a person's click installs.
  autoUpdater.autoInstallOnAppQuit = false
  autoUpdater.on('update-available', ({ version }) => listeners.available(version))
  autoUpdater.on('update-not-available', () => listeners.none())
  autoUpdater.on('download-progress', ({ percent }) => listeners.progress(percent))
  autoUpdater.on('update-downloaded', ({ version }) => listeners.ready(version))
  // Also rejected by `checkForUpdates`; without a listener it would be thrown.
  autoUpdater.on('error', () => undefined)
  return {
    async check(channel) {
      autoUpdater.channel = channel === 'beta' ? 'beta' : 'latest'
      autoUpdater.allowPrerelease = channel === 'beta'
      // Back from beta the older stable version is not installed over it.
      autoUpdater.allowDowngrade = false
      const found = await autoUpdater.checkForUpdates()
      // It says nothing more of a build that it takes for one of development.
      if (!found) throw new Error('electron-updater does not look for newer versions of this build.')
      await found.downloadPromise
    },
    install() {
      setTimeout(comeBack, patienceMs)
      // A newer AppImage is started before this one has ended.
      app.releaseSingleInstanceLock()
      autoUpdater.quitAndInstall(false, true)
    },
  }
}
