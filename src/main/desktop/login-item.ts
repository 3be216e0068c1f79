import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { app } from 'electron'
import { autostartEntry, isEntryOn } from './autostart'

/** Starts the app without a window. */
export const hiddenFlag = '--hidden'

/** Whether and how the system starts the app at login. */
export interface LoginItem {
  isOn(): boolean
  set(on: boolean): void
}

/** By a file on Linux, by the system's own list elsewhere. */
export const loginItem = (): LoginItem => (process.platform === 'linux' ? autostartFile() : systemItem())

const args = [hiddenFlag]

/** macOS hands on no arguments; there the app asks whether it was opened at login. */
const systemItem = (): LoginItem => ({
  isOn() {
    const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings({ args })
    // Windows keeps an entry that its Task Manager has switched off.
    return openAtLogin && (process.platform !== 'win32' || executableWillLaunchAtLogin)
  },
  set: (on) => app.setLoginItemSettings({ openAtLogin: on, args }),
})

/** Set but empty is the same as not set. */
function configHome(): string {
  const { XDG_CONFIG_HOME: home } = process.env
  return home === undefined || home === '' ? join(homedir(), '.config') : home
}

function autostartFile(): LoginItem {
  const file = join(configHome(), 'autostart', 'fast-gateway.desktop')
  return {
    isOn() {
      try {
        return isEntryOn(readFileSync(file, 'utf8'))
      } catch {
        return false
      }
    },
    set(on) {
      if (!on) return rmSync(file, { force: true })
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, autostartEntry([...launchCommand(), ...args]))
    },
  }
}

/** An AppImage runs from a place that is new with every start; while it is developed, Electron is told the app's folder. */
function launchCommand(): readonly string[] {
  if (process.env.APPIMAGE) return [process.env.APPIMAGE]
  return app.isPackaged ? [process.execPath] : [process.execPath, app.getAppPath()]
}

/** Whether this start is to show no window. */
export const isHiddenStart = (): boolean =>
  process.argv.includes(hiddenFlag) || (process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin)
