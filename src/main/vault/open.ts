import { join } from 'node:path'
import { GatewayError } from '../../shared/errors'
import type { VaultStatus } from '../../shared/secrets'
import type { Vault } from '../gateway/secrets'
import { createFileVault } from './file'
import { createKeychainVault, type Keytar } from './keychain'
import { loadKeytar, whyNoKeychain } from './keytar'
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

/**
 * The vault of this machine: the keychain, else encrypted files, else memory; chosen when it is first asked for, and said in the log
 * unless it is the keychain. Where secrets were put once, they are looked for again: a locked or absent keychain is waited for, not
 * replaced.
 * @throws GatewayError `config.invalid` when `FAST_GATEWAY_VAULT` is none of them
 */
export function openVault(options: VaultOptions): Vault {
  const forced = forcedKind(options)
  let choosing: Promise<Vault> | undefined
  let chosen: Vault | undefined
  const vault = () => (choosing ??= choose(options, forced).then((found) => (chosen = found)))
  return {
    get kind() {
      return chosen?.kind ?? 'none'
    },
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

/** Never rejects: what cannot be had says so when it is asked. */
async function choose(options: VaultOptions, forced: Kind | undefined): Promise<Vault> {
  const kind = forced ?? (await remembered(options))
  const vault = kind ? make(options, kind) : await firstThatAnswers(options)
  const status = await vault.status()
  if (forced === undefined || status.state !== 'ready') announce(options, status)
  return vault
}

async function firstThatAnswers(options: VaultOptions): Promise<Vault> {
  const keychain = make(options, 'keychain')
  const { state, detail } = await keychain.status()
  if (state !== 'unavailable') return keychain
  const why = `No keychain is used: ${detail ?? 'it does not answer'}`
  return make(options, options.folder === null ? 'memory' : 'file', why)
}

function make(options: VaultOptions, kind: Kind, why?: string): Vault {
  const { folder, env } = options
  if (kind === 'memory' || (kind === 'file' && folder === null)) return createMemoryVault()
  if (kind === 'keychain') return createKeychainVault({ load: options.loadKeytar ?? (() => reachKeytar(env)) })
  return createFileVault({
    folder: join(folder ?? '', folderName),
    given: env.FAST_GATEWAY_VAULT_KEY,
    ...(why === undefined ? {} : { why }),
  })
}

function reachKeytar(env: VaultOptions['env']): Promise<Keytar> {
  const why = whyNoKeychain(env)
  return why === undefined ? loadKeytar() : Promise.reject(new Error(why))
}

function announce({ log }: VaultOptions, { kind, state, detail }: VaultStatus): void {
  if (kind === 'keychain' && state === 'ready') return
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
