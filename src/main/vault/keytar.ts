import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Keytar } from './keychain'

type Env = Readonly<Record<string, string | undefined>>

let loaded: Promise<Keytar> | undefined

/** Loads the native module when it is first needed. @throws where it could not be installed, or where there is no keychain to be reached */
export async function reachKeytar(env: Env, platform: NodeJS.Platform = process.platform): Promise<Keytar> {
  if (!hasSession(env, platform)) throw new Error('there is no desktop session here whose keychain could be asked')
  return (loaded ??= import('keytar').then(({ default: keytar }) => keytar))
}

/** Without a session bus there is no Secret Service, and looking for one would start a bus that nobody ends. */
function hasSession(env: Env, platform: NodeJS.Platform): boolean {
  if (platform !== 'linux' || env.DBUS_SESSION_BUS_ADDRESS) return true
  return env.XDG_RUNTIME_DIR !== undefined && existsSync(join(env.XDG_RUNTIME_DIR, 'bus'))
}
