import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { _electron } from '@playwright/test'

interface LaidOut {
  readonly executablePath: string
  readonly args: string[]
}

/** The app as scripts/e2e.mjs laid it out. @throws Error that says how to run these tests, where it did not */
export function laidOutApp(): LaidOut {
  const given = process.env.FAST_GATEWAY_E2E_APP
  if (!given) throw new Error('There is no app to test: run "npm run e2e", which finds an Electron and lays the app out for it.')
  return JSON.parse(given) as LaidOut
}

/** Chromium refuses its sandbox to root, as many CI machines refuse it to Chromium; a virtual display has no graphics card. */
export const chromiumArgs = (userData: string) => [
  ...(process.getuid?.() === 0 || process.env.CI ? ['--no-sandbox'] : []),
  ...['--disable-gpu', '--password-store=gnome-libsecret'],
  `--user-data-dir=${userData}`,
]

export const adminToken = 'an-admin-token-for-these-tests'

/** Whatever of our own variables is set outside has no say in a test. */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !name.startsWith('FAST_GATEWAY_'))
  return { ...(Object.fromEntries(kept) as Record<string, string>), FAST_GATEWAY_ADMIN_TOKEN: adminToken }
}

export interface Launch {
  /** Besides those that every test needs, such as `--hidden`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** What starts the app on a data folder. */
export function commandFor(userData: string, { args = [], env = {} }: Launch = {}) {
  const { executablePath, args: place } = laidOutApp()
  return { executablePath, args: [...place, ...chromiumArgs(userData), ...args], env: { ...cleanEnvironment(), ...env } }
}

/** Starts the app on a data folder, without a window: Playwright may wait for ever for one that opens while it attaches. */
export const launchApp = (userData: string, { args = [], env = {} }: Launch = {}): Promise<ElectronApplication> =>
  _electron.launch({ ...commandFor(userData, { args: [...args, '--hidden'], env }), timeout: 30_000 })

/** Shows the main window, as a click on the app's icon in macOS' Dock does. @returns whether the app stands, and heard it */
export const showWindow = (app: ElectronApplication): Promise<boolean> => app.evaluate((electron) => electron.app.emit('activate'))

export async function emptyFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'fast-gateway-data-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
