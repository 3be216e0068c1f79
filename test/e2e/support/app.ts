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
  '--disable-gpu',
  `--user-data-dir=${userData}`,
]

export const adminToken = 'an-admin-token-for-these-tests'

/** Whatever of our own variables is set outside has no say in a test. */
export function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !name.startsWith('FAST_GATEWAY_'))
  return { ...(Object.fromEntries(kept) as Record<string, string>), FAST_GATEWAY_ADMIN_TOKEN: adminToken }
}

/** Starts the app on an empty data folder. */
export async function launchApp(userData: string): Promise<ElectronApplication> {
  const { executablePath, args } = laidOutApp()
  return _electron.launch({ executablePath, args: [...args, ...chromiumArgs(userData)], env: cleanEnvironment(), timeout: 30_000 })
}

export async function emptyFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'fast-gateway-data-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
