import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Keytar } from './keychain'

type Env = Readonly<Record<string, string | undefined>>

let loaded: Promise<Keytar> | undefined

/** Loads the native module when it is first needed. @throws where it could not be installed on this machine */
export const loadKeytar = (): Promise<Keytar> => (loaded ??= import('keytar').then(({ default: keytar }) => keytar))

/** Without a session bus there is no Secret Service, and looking for one would start a bus that nobody ends. @returns why not; undefined when it can be asked */
export function whyNoKeychain(env: Env, platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform !== 'linux' || env.DBUS_SESSION_BUS_ADDRESS) return undefined
  if (env.XDG_RUNTIME_DIR && existsSync(join(env.XDG_RUNTIME_DIR, 'bus'))) return undefined
  return 'there is no desktop session here whose keychain could be asked'
}
