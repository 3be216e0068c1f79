import { join } from 'node:path'
import { GatewayError } from '../../shared/errors'
import type { Vault } from '../gateway/secrets'
import { createFileVault } from './file'
import { createKeychainVault, type Keytar } from './keychain'
import { reachKeytar } from './keytar'
import { createMemoryVault } from './memory'
import { privateFolder, readPrivate, writePrivate } from './private-files'

/** What a vault is opened with. */
export interface VaultOptions {
  /** Folder of the gateway's data; null where nothing is written to a disk. */
  readonly folder: string | null
  /** `FAST_GATEWAY_VAULT` (`keychain`, `file`, `memory`) and `FAST_GATEWAY_VAULT_KEY`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: { warn(message: string, facts?: Record<string, unknown>): void }
  /** Default: keytar, unless there is no desktop session to ask. */
  readonly loadKeytar?: () => Promise<Keytar>
}

const kinds = ['keychain', 'file', 'memory'] as const
type Kind = (typeof kinds)[number]

/** Beside the gateway's database: the encrypted files, and the word which vault was written to last. */
const folderName = 'vault'

/** A vault that can say where it is. */
export interface OpenedVault extends Vault {
  /** Says in the log where secrets are kept unless it is the keychain; asks nobody for a password, and never rejects. */
  announce(): Promise<void>
}

/**
 * The vault of this machine: the keychain, else encrypted files, else memory. The keychain is asked when a secret is first needed, since
 * that may open a window. Where secrets were put once, they are looked for again: a locked or absent keychain is waited for, not replaced.
 * @throws GatewayError `config.invalid` when `FAST_GATEWAY_VAULT` is none of them
 */
export function openVault(options: VaultOptions): OpenedVault {
  const forced = forcedKind(options)
  let presuming: Promise<Presumed> | undefined
  let choosing: Promise<Vault> | undefined
  let known: Vault | undefined
  const presumed = () => (presuming ??= presume(options, forced).then((found) => ((known = found.vault), found)))
  const vault = () =>
    (choosing ??= presumed()
      .then((found) => choose(options, found))
      .then((found) => (known = found)))
  return {
    get kind() {
      return known?.kind ?? 'none'
    },
    announce: async () => void (await presumed()),
    status: async () => (await vault()).status(),
    list: async () => (await vault()).list(),
    get: async (name) => (await vault()).get(name),
    async set(name, value) {
      const { kind, set } = await vault()
      await set(name, value)
      await remember(options, kind)
    },
    remove: async (name) => (await vault()).remove(name),
  }
}

function forcedKind({ env, folder }: VaultOptions): Kind | undefined {
  const word = env.FAST_GATEWAY_VAULT
  if (!word) return undefined
  const kind = kinds.find((each) => each === word)
  if (kind && !(kind === 'file' && folder === null)) return kind
  throw new GatewayError('config.invalid', `FAST_GATEWAY_VAULT must be ${kinds.join(', ')}; "file" needs a gateway with a config file.`)
}

/** What can be said without asking the keychain. */
interface Presumed {
  readonly vault: Vault
  /** Whether it stays, whatever the keychain says. */
  readonly isCertain: boolean
}

async function presume(options: VaultOptions, forced: Kind | undefined): Promise<Presumed> {
  const kind = forced ?? (await remembered(options))
  if (kind === undefined) return presumeKeychain(options)
  const vault = make(options, kind)
  if (kind !== 'keychain') await announce(options, vault, forced !== undefined)
  return { vault, isCertain: true }
}

async function presumeKeychain(options: VaultOptions): Promise<Presumed> {
  try {
    await loaderOf(options)()
    return { vault: make(options, 'keychain'), isCertain: false }
  } catch (thrown) {
    return { vault: await fallBack(options, (thrown as Error).message), isCertain: true }
  }
}

/** Never rejects: what cannot be had says so when it is asked. */
async function choose(options: VaultOptions, { vault, isCertain }: Presumed): Promise<Vault> {
  if (vault.kind !== 'keychain') return vault
  const { state, detail } = await vault.status()
  if (state === 'unavailable' && !isCertain) return fallBack(options, detail ?? 'it does not answer')
  await announce(options, vault, true)
  return vault
}

async function fallBack(options: VaultOptions, why: string): Promise<Vault> {
  const vault = make(options, options.folder === null ? 'memory' : 'file', `No keychain is used: ${why.replace(/\.?$/, '.')}`)
  await announce(options, vault, false)
  return vault
}

function make(options: VaultOptions, kind: Kind, why?: string): Vault {
  const { folder, env } = options
  if (kind === 'memory' || (kind === 'file' && folder === null)) return createMemoryVault()
  if (kind === 'keychain') return createKeychainVault({ load: loaderOf(options) })
  return createFileVault({
    folder: join(folder ?? '', folderName),
    given: env.FAST_GATEWAY_VAULT_KEY,
    ...(why === undefined ? {} : { why }),
  })
}

const loaderOf = ({ loadKeytar, env }: VaultOptions) => loadKeytar ?? (() => reachKeytar(env))

/** @param isExpected it is said only when something is wrong */
async function announce({ log }: VaultOptions, vault: Vault, isExpected: boolean): Promise<void> {
  const { kind, state, detail } = await vault.status()
  if (isExpected && state === 'ready') return
  log.warn(detail ?? 'Secrets are not kept in the keychain.', { vault: kind, state })
}

const kindFile = (folder: string) => join(folder, folderName, 'kind')

async function remembered({ folder }: VaultOptions): Promise<Kind | undefined> {
  if (folder === null) return undefined
  const word = await readPrivate(kindFile(folder)).catch(() => undefined)
  return kinds.find((each) => each === word?.trim())
}

/** The value is kept by then; what cannot be remembered is chosen anew at the next start. */
async function remember(options: VaultOptions, kind: Vault['kind']): Promise<void> {
  const { folder, log } = options
  if (folder === null || kind === 'memory' || (await remembered(options)) === kind) return
  try {
    await privateFolder(join(folder, folderName))
    await writePrivate(kindFile(folder), `${kind}\n`)
  } catch (cause) {
    log.warn('Which vault holds the secrets could not be written down; set FAST_GATEWAY_VAULT to be sure that it is used again.', {
      vault: kind,
      cause,
    })
  }
}
