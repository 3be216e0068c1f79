import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { GatewayError } from '../../shared/errors'
import { createSource } from './config-source'
import type { ConfigSource, GatewayConfig } from './config'
import { silentLog, type Log } from './log'
import { writeAtomically } from './atomic-file'

/** Where to look for the configuration. */
export interface ConfigSearch {
  /** `--config` */
  readonly flag: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
}

/** Bytes of the largest config or policy file. */
const largestFile = 1_048_576

const firstConfig = `${JSON.stringify({ name: 'MCP Gateway', policy: { deny: [], audit: true }, hil: { enabled: true, auto_open_browser: true } }, null, 2)}\n`

/**
 * `--config`, else `$FAST_GATEWAY_CONFIG`, else `./gateway.json`, else `~/.fast-gateway/gateway.json`, which is made when missing,
 * for its owner only. @throws GatewayError `config.invalid` for a path that was given and is no file
 */
export function findConfig(search: ConfigSearch): { readonly file: string; readonly created: boolean } {
  const { file, exists } = locateConfig(search)
  return { file, created: exists ? false : createFirst(file) }
}

/** The same place, and whether a file is there; makes none. @throws GatewayError as `findConfig` */
export function locateConfig({ flag, env, cwd, home }: ConfigSearch): { readonly file: string; readonly exists: boolean } {
  const given = flag ? { path: flag, by: '--config' } : { path: env.FAST_GATEWAY_CONFIG, by: '$FAST_GATEWAY_CONFIG' }
  if (given.path) return { file: requireFile(resolve(cwd, given.path), given.by), exists: true }
  const here = join(cwd, 'gateway.json')
  if (isFile(here)) return { file: here, exists: true }
  const own = join(home, '.fast-gateway', 'gateway.json')
  return { file: own, exists: isFile(own) }
}

/** The registry that a config names: relative to the config's folder, or absolute. */
export const databaseFileOf = (configFile: string, { db }: Pick<GatewayConfig, 'db'>): string => resolve(dirname(resolve(configFile)), db)

/** Whether a config says its port: the first that was free is written into it. @throws SyntaxError */
export const namesPort = (configFile: string): boolean => Object.hasOwn(JSON.parse(readText(configFile)) as object, 'port')

function requireFile(path: string, by: string): string {
  if (isFile(path)) return path
  throw new GatewayError(
    'config.invalid',
    `${by} names ${path}, which is no file; correct the path or create the file (an empty {} is enough).`,
  )
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** @returns false when it was there already, or another process was faster */
function createFirst(path: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, firstConfig)
    closeSync(file)
    return true
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'EEXIST') return false
    throw new GatewayError('config.invalid', `${path} cannot be created; make its folder writable or give another file with --config.`, {
      cause,
    })
  }
}

/**
 * A config file, watched and taken into force whenever it is changed and whole. A broken edit keeps the last good one and says
 * so in `error`; a file that is broken from the start means safe mode, until it is mended. Never throws for what the file holds.
 */
export function openConfigFile(path: string, log: Log): ConfigSource {
  const file = resolve(path)
  return createSource({
    file,
    folder: dirname(file),
    files,
    log,
    read: () => readText(file),
    write: (text) => writeAtomically(file, text, 0o600),
  })
}

/**
 * The configuration of a program that embeds the gateway: the values of `gateway.json`, `startup_catalog` by default `refresh`.
 * A `policy_file` is read from and watched in the working folder. @throws GatewayError `config.invalid`, also for a broken policy file
 */
export function configFromValues(values: Partial<GatewayConfig>): ConfigSource {
  let text = JSON.stringify({ startup_catalog: 'refresh', ...values })
  const source = createSource({
    file: null,
    folder: process.cwd(),
    files,
    log: silentLog,
    read: () => text,
    write: (next) => void (text = next),
  })
  if (!source.safeMode) return source
  source.close()
  throw new GatewayError('config.invalid', source.error ?? 'The configuration is not valid.')
}

const files = { read: readText, write: (path: string, text: string) => writeAtomically(path, text, 0o600) }

/** @throws GatewayError `config.invalid` */
function readText(path: string): string {
  try {
    const about = statSync(path)
    // A pipe would hold up everything until somebody writes into it, and a device may never end.
    if (!about.isFile() || about.size > largestFile) throw new Error(`no file, or larger than ${largestFile} bytes`)
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    const missing = (cause as { code?: unknown }).code === 'ENOENT'
    throw new GatewayError('config.invalid', `${path} ${missing ? 'is not there' : 'cannot be read'}; put it back.`, { cause })
  }
}
