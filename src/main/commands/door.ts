import { homedir } from 'node:os'
import { dirname } from 'node:path'
import type { GatewayConfig } from '../gateway/config'
import { findConfig, openConfigFile } from '../gateway/config-file'
import { silentLog } from '../gateway/log'
import { findAdminToken, type AdminToken } from '../gateway/tokens'
import { openVault } from '../vault/open'
import { Failure, misuse } from './failure'
import type { GatewayFlags } from './options'

/** Where a running gateway is reached, and with what. */
export interface Door {
  /** `http://127.0.0.1:7411` */
  readonly base: string
  readonly adminUrl: string
  readonly token: string
  /** For messages: where the token came from. */
  readonly tokenFrom: string
  /** The config that was read; null when flags or the environment said everything. */
  readonly local: LocalConfig | null
}

/** The config on this machine as it is now. */
export interface LocalConfig {
  readonly file: string
  readonly config: GatewayConfig
  /** Why it cannot be read: `config` is then the defaults. */
  readonly error: string | null
  readonly admin: AdminToken | null
}

/**
 * Flags, then `$FAST_GATEWAY_URL` and `$FAST_GATEWAY_ADMIN_TOKEN`, then the config and the token beside it.
 * @throws Failure when there is no token, or a local one would leave this machine
 */
export async function findDoor(flags: GatewayFlags): Promise<Door> {
  const url = namedUrl(flags)
  const given = givenToken(flags, url !== undefined)
  if (url !== undefined && given) return doorOf(checkedUrl(url), flags.adminPrefix ?? '/admin', given, null)
  const local = await readLocal(flags)
  const base = url === undefined ? localUrl(local) : checkedUrl(url)
  return doorOf(base, flags.adminPrefix ?? local.config.admin_prefix, given ?? localToken(local, base), local)
}

/** The URL that somebody named, on the command line or in the environment; a variable that is empty names none. */
export function namedUrl({ gatewayUrl }: GatewayFlags): string | undefined {
  const { FAST_GATEWAY_URL: fromEnv } = process.env
  return gatewayUrl ?? (fromEnv === '' ? undefined : fromEnv)
}

/** Whoever names another gateway means the environment's token for it, not the one of the config here. */
function givenToken({ adminToken }: GatewayFlags, elsewhere: boolean): Pick<Door, 'token' | 'tokenFrom'> | null {
  if (adminToken) return { token: adminToken, tokenFrom: '--admin-token' }
  const fromEnv = process.env.FAST_GATEWAY_ADMIN_TOKEN
  return elsewhere && fromEnv ? { token: fromEnv, tokenFrom: '$FAST_GATEWAY_ADMIN_TOKEN' } : null
}

function doorOf(base: string, prefix: string, credential: Pick<Door, 'token' | 'tokenFrom'>, local: LocalConfig | null): Door {
  return { base, adminUrl: base + prefix.replace(/^\/?/, '/').replace(/\/+$/, ''), ...credential, local }
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol))
    throw misuse('The URL of the gateway must begin with http:// or https://, such as http://127.0.0.1:7411.')
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** Reads the config that `serve` would use. */
export async function readLocal(flags: Pick<GatewayFlags, 'config'>): Promise<LocalConfig> {
  const { file } = findConfig({ flag: flags.config, env: process.env, cwd: process.cwd(), home: homedir() })
  const source = openConfigFile(file, silentLog)
  try {
    const vault = openVault({ folder: dirname(file), env: process.env, log: silentLog })
    return { file, config: source.current(), error: source.error, admin: await findAdminToken(source, process.env, vault) }
  } finally {
    source.close()
  }
}

/** Where the gateway of this config listens, as seen from this machine. */
export function localUrl({ config: { host, port }, file }: Pick<LocalConfig, 'config' | 'file'>): string {
  if (port === 0)
    throw new Failure(`${file} says "port": 0, so each start takes another; name the gateway with --gateway-url.`, 'gateway.unknown_port')
  const reachable = ['0.0.0.0', '::', ''].includes(host) ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function localToken({ admin, file }: LocalConfig, base: string): Pick<Door, 'token' | 'tokenFrom'> {
  if (!admin)
    throw new Failure(
      `There is no admin token beside ${file}: start the gateway with "fast-gateway serve", which makes one, or give one with --admin-token or $FAST_GATEWAY_ADMIN_TOKEN.`,
      'gateway.no_token',
    )
  if (!isThisMachine(base))
    throw new Failure(
      `The admin token of this machine is not sent to ${new URL(base).host}; give that gateway's with --admin-token or $FAST_GATEWAY_ADMIN_TOKEN.`,
      'gateway.no_token',
    )
  const origins = { config: `admin_token in ${file}`, env: '$FAST_GATEWAY_ADMIN_TOKEN', file: admin.file ?? file, memory: file }
  return { token: admin.token, tokenFrom: origins[admin.origin] }
}

/** Whether a URL stays on this machine. */
export const isThisMachine = (base: string): boolean => /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(base).hostname)
