import { resolve } from 'node:path'
import { canonicalJson } from '../../shared/canonical-json'
import { GatewayError, toGatewayError } from '../../shared/errors'
import { denyEverything, parsePolicy } from '../../shared/policy'
import type { PolicyDocument } from '../../shared/records'
import { parseConfig, type ConfigSource, type GatewayConfig } from './config'
import { indentOf, mergeTopLevel, parseObject } from './json-text'
import type { Log } from './log'
import { watchFiles } from './watch-files'

/** Where a configuration lives. Reading throws GatewayError; writing is atomic. */
export interface ConfigHome {
  readonly file: string | null
  /** Folder that a relative `policy_file` starts from. */
  readonly folder: string
  readonly log: Log
  read(): string
  write(text: string): void
  /** For `policy_file`. */
  readonly files: { read(path: string): string; write(path: string, text: string): void }
}

/** What is in force together: a new config is taken only with a policy that can be read. */
interface InForce {
  readonly config: GatewayConfig
  readonly policy: PolicyDocument
}
interface State {
  inForce: InForce | null
  error: string | null
  /** The texts that were last looked at, so that nothing is told twice. */
  texts: string
}

const safeConfig = parseConfig({})

/** Reads, watches and writes a configuration; see `openConfigFile`. */
export function createSource(home: ConfigHome): ConfigSource {
  const state: State = { inForce: null, error: null, texts: '' }
  const listeners = new Set<() => void>()
  const watching = watchFiles(() => refresh())
  const refresh = () => {
    const changed = load(home, state)
    watching.follow(watchedFiles(home, state))
    if (changed) for (const listener of listeners) tellOne(listener, home.log)
  }
  const change = async (write: () => void, isSame: IsSame) => {
    requireSeen(state, refresh, isSame)
    write()
    refresh()
    if (state.error !== null) throw new GatewayError('config.invalid', `It is saved, but not in force: ${state.error}`)
  }
  refresh()
  return {
    file: home.file,
    get safeMode() {
      return state.inForce === null
    },
    get error() {
      return state.error
    },
    current: () => state.inForce?.config ?? safeConfig,
    policy: () => state.inForce?.policy ?? denyEverything,
    savePolicy: (policy) => change(() => writePolicy(home, parsePolicy(policy)), isSamePolicy),
    save: (changes) => change(() => home.write(merged(home, changes)), isSameIn(Object.keys(changes))),
    onChange(listener) {
      const own = () => listener()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    close() {
      watching.close()
      listeners.clear()
    },
  }
}

/** What is written over was in force when it was looked at: an edit of the same since then is taken, and stays. @throws GatewayError `change.stale` */
function requireSeen(state: State, refresh: () => void, isSame: IsSame): void {
  const before = state.inForce
  refresh()
  if (!state.inForce || state.inForce === before || (before && isSame(before, state.inForce))) return
  throw new GatewayError(
    'change.stale',
    'This was changed in the file itself a moment ago, and that is kept; look at how things are now, and try again.',
  )
}

type IsSame = (before: InForce, now: InForce) => boolean

/** Equal policies stay one object. */
const isSamePolicy: IsSame = (before, now) => before.policy === now.policy

const isSameIn =
  (keys: readonly string[]): IsSame =>
  (before, now) =>
    keys.every((key) => canonicalJson(before.config[key as keyof GatewayConfig]) === canonicalJson(now.config[key as keyof GatewayConfig]))

function tellOne(listener: () => void, log: Log): void {
  try {
    listener()
  } catch (error) {
    log.error('what had to follow a change of the configuration failed', { error })
  }
}

/** @returns whether anything is different now: what is in force, or what is said about it */
function load(home: ConfigHome, state: State): boolean {
  const texts = rawTexts(home)
  if (texts === state.texts) return false
  state.texts = texts
  const before = { inForce: state.inForce, error: state.error }
  try {
    state.inForce = keepSame(before.inForce, readAll(home))
    state.error = null
    if (before.error !== null) home.log.info('the configuration is in order again', { file: home.file })
    else if (before.inForce && before.inForce !== state.inForce) home.log.info('the configuration has changed', { file: home.file })
  } catch (error) {
    state.error = toGatewayError(error).message
    home.log.error(state.inForce ? 'the last edit of the configuration was not taken; the one before it stays in force' : safeModeWarning, {
      file: home.file,
      error: state.error,
    })
  }
  return state.inForce !== before.inForce || state.error !== before.error
}

const safeModeWarning = 'SAFE MODE: the configuration cannot be used and everything is denied until it is mended'

/** Equal policies stay one object, so that whoever compiled it knows by a look that nothing changed. */
function keepSame(before: InForce | null, now: InForce): InForce {
  if (!before) return now
  const policy = canonicalJson(before.policy) === canonicalJson(now.policy) ? before.policy : now.policy
  const same = policy === before.policy && canonicalJson(before.config) === canonicalJson(now.config)
  return same ? before : { config: now.config, policy }
}

/** @throws GatewayError `config.invalid` */
function readAll(home: ConfigHome): InForce {
  const name = home.file ?? 'The configuration'
  const config = inFile(name, () => parseConfig(parseObject(home.read())))
  if (config.policy_file === null) return { config, policy: config.policy }
  const path = resolve(home.folder, config.policy_file)
  return { config, policy: inFile(path, () => parsePolicy(policyIn(parseObject(home.files.read(path))))) }
}

function inFile<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { message, context } = toGatewayError(error)
    throw new GatewayError('config.invalid', message.startsWith(name) ? message : `${name}: ${message}`, context)
  }
}

/** A policy file holds the policy itself, or holds it under "policy". */
const policyIn = (json: Readonly<Record<string, unknown>>): unknown => (Object.hasOwn(json, 'policy') ? json.policy : json)

function watchedFiles(home: ConfigHome, state: State): string[] {
  const policyFile = policyFileOf(home, state)
  return [...(home.file === null ? [] : [home.file]), ...(policyFile === null ? [] : [policyFile])]
}

/** As the newest readable text names it, in force or not: mending the policy file must be seen too. */
function policyFileOf(home: ConfigHome, state?: State): string | null {
  const named = attempt(() => parseObject(home.read()).policy_file) ?? state?.inForce?.config.policy_file
  return typeof named === 'string' ? resolve(home.folder, named) : null
}

function rawTexts(home: ConfigHome): string {
  const policyFile = policyFileOf(home)
  const texts = [attempt(() => home.read()), policyFile, policyFile === null ? null : attempt(() => home.files.read(policyFile))]
  return JSON.stringify(texts)
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

/** The file's text with these top-level keys changed. @throws GatewayError `config.invalid` when the result, or what is there, is no good */
function merged(home: ConfigHome, changes: Readonly<Record<string, unknown>>): string {
  const text = home.read()
  const values = mergeTopLevel(
    inFile(home.file ?? 'The configuration', () => parseObject(text)),
    changes,
  )
  parseConfig(values)
  return `${JSON.stringify(values, null, indentOf(text))}\n`
}

function writePolicy(home: ConfigHome, policy: PolicyDocument): void {
  const path = policyFileOf(home)
  if (path === null) return home.write(merged(home, { policy }))
  const text = attempt(() => home.files.read(path)) ?? '{}'
  const there = attempt(() => parseObject(text)) ?? {}
  const values = Object.hasOwn(there, 'policy') ? mergeTopLevel(there, { policy }) : policy
  home.files.write(path, `${JSON.stringify(values, null, indentOf(text))}\n`)
}
