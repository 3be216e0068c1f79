import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GatewayError } from '../../shared/errors'
import { writeAtomically } from './atomic-file'
import type { GatewayConfig } from './config'
import { resolveSecrets, type Vault } from './secrets'

/** The part of a config that says which token opens the admin API. */
export interface AdminTokenSource {
  readonly file: string | null
  current(): Pick<GatewayConfig, 'admin_token'>
}
type Env = Readonly<Record<string, string | undefined>>

/** The admin token and where it came from; `file` names the file that holds it when it was generated. */
export interface AdminToken {
  readonly token: string
  readonly origin: 'config' | 'env' | 'file' | 'memory'
  readonly file: string | null
}

/** Random bytes of every token that we make. */
const tokenBytes = 32
/** Characters below which a token that a person chose is worth a warning; it is taken all the same, as the reference takes it. */
export const shortestToken = 16

const newToken = (prefix: string) => prefix + randomBytes(tokenBytes).toString('base64url')

/** A client's token: `fgw_…`; shown once, stored as `hashToken` of it. */
export const newClientToken = (): string => newToken('fgw_')

/** SHA-256, hex. Enough for tokens of 32 random bytes, which nobody can guess. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Whether two tokens are the same, in a time that says nothing about where they differ or how long they are. */
export const sameToken = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))

const digest = (token: string) => createHash('sha256').update(token).digest()

/** The file beside the config that keeps a generated admin token. */
const adminTokenFile = (configFile: string): string => join(dirname(configFile), 'admin-token')

/**
 * The token that opens the admin API: `admin_token` of the config, else `$FAST_GATEWAY_ADMIN_TOKEN`, else the one that was
 * generated before. Null when there is none yet. The CLI reads it so.
 * @throws GatewayError `secret.unresolved` for a reference that leads nowhere, `config.invalid` for an empty token
 */
export async function findAdminToken(source: AdminTokenSource, env: Env, vault: Vault | null = null): Promise<AdminToken | null> {
  const configured = source.current().admin_token
  if (configured !== null) {
    const folder = source.file === null ? '.' : dirname(source.file)
    const token = await resolveSecrets(configured, { env, vars: {}, vault, folder }, 'admin_token')
    return { token: notEmpty(token, 'admin_token'), origin: 'config', file: null }
  }
  const fromEnv = env.FAST_GATEWAY_ADMIN_TOKEN
  if (fromEnv) return { token: fromEnv, origin: 'env', file: null }
  return source.file === null ? null : readGenerated(adminTokenFile(source.file))
}

/** Like `findAdminToken`, but makes one when there is none: into a file that only its owner can read, or in memory without a config file. */
export async function openAdminToken(source: AdminTokenSource, env: Env, vault: Vault | null = null): Promise<AdminToken> {
  const found = await findAdminToken(source, env, vault)
  if (found?.file) chmodSync(found.file, 0o600)
  if (found) return found
  const token = newToken('fgw_admin_')
  if (source.file === null) return { token, origin: 'memory', file: null }
  const file = adminTokenFile(source.file)
  rmSync(file, { force: true }) // what is no token there may be open to others, and a replaced file keeps its mode
  writeAtomically(file, `${token}\n`, 0o600)
  return { token, origin: 'file', file }
}

/** Decides approvals and trust: `$FAST_GATEWAY_APPROVER_TOKEN`, else a new one for the caller to show once. Never on disk. */
export function approverToken(env: Env): { readonly token: string; readonly generated: boolean } {
  const given = env.FAST_GATEWAY_APPROVER_TOKEN
  if (given) return { token: given, generated: false }
  return { token: newToken('fgw_approver_'), generated: true }
}

function readGenerated(file: string): AdminToken | null {
  try {
    const token = readFileSync(file, 'utf8').trim()
    return token.length < shortestToken ? null : { token, origin: 'file', file }
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT') return null
    throw new GatewayError('config.invalid', `The admin token in ${file} cannot be read; make it readable for you, or remove the file.`, {
      cause,
    })
  }
}

function notEmpty(token: string, what: string): string {
  if (token !== '') return token
  throw new GatewayError('config.invalid', `${what} is empty; write a token, or leave the key out to have one made.`)
}
