import { access, constants, stat, statfs } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { rememberSecret } from '../../shared/known-secrets'
import { GatewayError, toGatewayError } from '../../shared/errors'
import type { PolicyDocument } from '../../shared/records'
import type { ConfigSource, GatewayConfig } from '../gateway/config'
import { configFromValues, databaseFileOf, locateConfig, namesPort, openConfigFile } from '../gateway/config-file'
import { silentLog } from '../gateway/log'
import { findAdminToken, shortestToken } from '../gateway/tokens'
import { openVault, type OpenedVault } from '../vault/open'
import { fine, problem, warning, type Finding } from './doctor-finding'

/** The gateway's own files on this machine, as far as they could be read. */
export interface Home {
  readonly configFile: string
  readonly folder: string
  readonly databaseFile: string
  /** The defaults where there is no config, or none that can be read. */
  readonly config: GatewayConfig
  readonly policy: PolicyDocument
  readonly exists: boolean
  /** Whether the config is there and in order. */
  readonly isConfigured: boolean
  readonly isPortNamed: boolean
  readonly vault: OpenedVault
}

/** Node and what the database driver needs of it. Older ones do not come so far. */
export const lookAtNode = (): Finding => fine('node', `Node ${process.versions.node}, N-API ${process.versions.napi ?? 'unknown'}`)

/** Reads the config that `serve` would use; makes none. @returns no home where it is named and not there */
export async function lookAtConfig(flag: string | undefined): Promise<{ readonly home: Home | null; readonly findings: Finding[] }> {
  try {
    const { file, exists } = locateConfig({ flag, env: process.env, cwd: process.cwd(), home: homedir() })
    const source = exists ? openConfigFile(file, silentLog) : configFromValues({})
    try {
      return await readHome(file, exists, source)
    } finally {
      source.close()
    }
  } catch (thrown) {
    const { code, message } = toGatewayError(thrown)
    return { home: null, findings: [problem('config', { code, message, remedy: 'Do what the message says.' })] }
  }
}

async function readHome(file: string, exists: boolean, source: ConfigSource) {
  const config = source.current()
  const isConfigured = exists && source.error === null
  const vault = openVault({ folder: dirname(file), env: process.env, log: silentLog })
  const home: Home = {
    ...{ configFile: file, folder: dirname(file), databaseFile: databaseFileOf(file, config), config, policy: source.policy(), vault },
    exists,
    isConfigured,
    isPortNamed: isConfigured && namesPort(file),
  }
  const findings = [aboutConfig(file, exists, source.error)]
  return { home, findings: isConfigured ? [...findings, ...(await lookAtAdminToken(source, vault))] : findings }
}

function aboutConfig(file: string, exists: boolean, error: string | null): Finding {
  const remedy = 'fast-gateway serve'
  if (!exists) return warning('config', { code: 'config.absent', message: `There is none yet; it will be ${file}.`, remedy })
  if (error === null) return fine('config', `${file} is in order.`)
  return problem('config', {
    code: 'config.invalid',
    message: error,
    remedy: `Mend ${file}. Until then a gateway that runs keeps what it had, and one that starts denies everything (safe mode).`,
  })
}

/** Nothing is said where one is found, or will be made at the start. */
async function lookAtAdminToken(source: ConfigSource, vault: OpenedVault): Promise<Finding[]> {
  try {
    const admin = await findAdminToken(source, process.env, vault)
    if (!admin) return []
    rememberSecret(admin.token)
    if (admin.token.length >= shortestToken) return []
    const message = `The admin token has fewer than ${shortestToken} characters: it can be guessed.`
    return [warning('config', { code: 'admin_token.short', message, remedy: 'Take a longer one, or leave it out to have one made.' })]
  } catch (thrown) {
    const { code, message } = toGatewayError(thrown)
    return [
      problem('config', { code, message, remedy: 'Mend what "admin_token" in the config refers to; the gateway does not start without.' }),
    ]
  }
}

/** Which config files of agents cannot be read. */
export async function lookAtAgents({ folder }: Pick<Home, 'folder'>): Promise<Finding[]> {
  const { agentFiles } = await import('../plugins/index')
  const files = (await agentFiles({ folder })).filter(({ exists }) => exists)
  const readable = files.filter(({ error }) => error === null)
  const remedy = 'Mend the file: the agent cannot use it as it is either.'
  return [
    ...(readable.length === 0 ? [] : [fine('agent', `${readable.map(({ title }) => title).join(', ')}: the config can be read.`)]),
    ...files.flatMap(({ title: name, error }) =>
      error === null ? [] : [problem('agent', { name, code: 'agent.unreadable', message: error, remedy })],
    ),
  ]
}

/** Bytes below which a disk is as good as full. */
const littleRoom = 100 * 1_048_576

/** Whether the gateway can write where its data are. */
export async function lookAtFolder({ databaseFile }: Pick<Home, 'databaseFile'>): Promise<Finding[]> {
  const folder = await nearestFolder(dirname(databaseFile))
  const refusal = await refusalOf(folder)
  if (refusal !== null) {
    const remedy = 'Make it writable for the user that runs the gateway, or name another "db" in the config.'
    return [problem('data', { code: 'folder.unwritable', message: `${folder} cannot be written (${refusal}).`, remedy })]
  }
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= littleRoom) return [fine('data', `${folder} can be written.`)]
  const message = `The disk of ${folder} has ${Math.floor((bavail * bsize) / 1_048_576)} MB left; without room there is no audit, and without audit no call.`
  return [problem('data', { code: 'disk.full', message, remedy: 'Free some space.' })]
}

/** @returns the system's word against writing there; null: one may */
async function refusalOf(folder: string): Promise<string | null> {
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    return (await stat(folder)).isDirectory() ? null : 'ENOTDIR'
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

/** The folder itself, or the one that it would be made in. */
async function nearestFolder(path: string): Promise<string> {
  try {
    await access(path)
    return path
  } catch (thrown) {
    const above = dirname(path)
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) return path
    return nearestFolder(above)
  }
}

/** What is wrong with the registry. */
export function aboutRegistry(thrown: unknown, file: string): Finding {
  const { code, message } = toGatewayError(thrown)
  const known = thrown instanceof GatewayError
  const remedies: Readonly<Record<string, string>> = {
    'store.newer': 'Update fast-gateway, or put back the copy that the message names.',
    'store.unavailable': `Mend or move away ${file} while no gateway runs; a new one is made at the next start.`,
  }
  const driver = {
    code: 'driver.unusable',
    message: `The database driver does not work: ${(thrown as Error).message}`,
    remedy: 'npm rebuild better-sqlite3',
  }
  return problem('data', known ? { code, message, remedy: remedies[code] ?? 'See the message.' } : driver)
}
