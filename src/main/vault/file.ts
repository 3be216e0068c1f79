import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../../shared/errors'
import type { VaultStatus } from '../../shared/secrets'
import type { Vault } from '../gateway/secrets'
import { findKey, makeKey, requireKey, type KeyPlace } from './key'
import { isMissing, privateFolder, readPrivate, syncFolder, writePrivate } from './private-files'
import { fileOf, isEntryFile, parseSealed, seal, unseal, type Sealed } from './sealed'

/** Where secrets lie as encrypted files. */
export interface FileVaultOptions extends KeyPlace {
  /** Why not in the keychain: said in the status. */
  readonly why?: string
}

/**
 * Keeps each secret in an encrypted file of its own: what one process writes no other can undo, and what is damaged damages nothing
 * else. What cannot be read is never replaced or removed, save by a person's own `secret rm`.
 */
export function createFileVault(options: FileVaultOptions): Vault {
  const { folder } = options
  const pathOf = (name: string) => join(folder, fileOf(name))
  return {
    kind: 'file',
    status: () => statusOf(options),
    list: () => guarded(folder, async () => (await entriesIn(folder)).sealed.map(({ name, updated_at }) => ({ name, updated_at }))),
    get: (name) =>
      guarded(folder, async () => {
        const key = await findKey(options)
        const sealed = await readEntry(pathOf(name), name)
        return sealed && opened(key ?? (await requireKey(options)), sealed)
      }),
    set: (name, value) =>
      guarded(folder, async () => {
        await privateFolder(folder)
        const key = await makeKey(options)
        const before = await readEntry(pathOf(name), name)
        if (before) opened(key, before)
        await writePrivate(pathOf(name), JSON.stringify(seal(key, name, value)))
      }),
    remove: (name) => guarded(folder, () => removed(pathOf(name), folder)),
  }
}

async function entriesIn(folder: string): Promise<{ readonly sealed: readonly Sealed[]; readonly damaged: number }> {
  const files = await readdir(folder).catch((error: unknown) => (isMissing(error) ? [] : Promise.reject(error as Error)))
  const texts = await Promise.all(files.filter(isEntryFile).map((file) => readPrivate(join(folder, file))))
  const found = texts.filter((text) => text !== undefined).map(parseSealed)
  const sealed = found.filter((entry) => entry !== undefined)
  return { sealed: sealed.sort((a, b) => (a.name < b.name ? -1 : 1)), damaged: found.length - sealed.length }
}

async function readEntry(path: string, name: string): Promise<Sealed | undefined> {
  const text = await readPrivate(path)
  if (text === undefined) return undefined
  const sealed = parseSealed(text)
  if (sealed?.name !== name) throw damaged(name)
  return sealed
}

function opened(key: Buffer, sealed: Sealed): string {
  const value = unseal(key, sealed)
  if (value === undefined) throw damaged(sealed.name)
  return value
}

async function removed(path: string, folder: string): Promise<boolean> {
  try {
    await rm(path)
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
  await syncFolder(folder)
  return true
}

/** Never throws: what is wrong is the answer. */
async function statusOf(options: FileVaultOptions): Promise<VaultStatus> {
  const { folder, given, why } = options
  try {
    await findKey(options)
    const { damaged: lost } = await guarded(folder, () => entriesIn(folder))
    if (lost > 0)
      return unavailable(
        `${lost} of the encrypted files in ${folder} cannot be read; they are kept as they are. Put them back from a copy.`,
      )
  } catch (thrown) {
    return unavailable(thrown instanceof GatewayError ? thrown.message : cannot(folder, thrown).message)
  }
  const key = given
    ? 'The key is $FAST_GATEWAY_VAULT_KEY.'
    : 'The key lies beside them: whoever can read your files can read them. Set $FAST_GATEWAY_VAULT_KEY to keep it elsewhere.'
  return { kind: 'file', state: 'ready', detail: [why, `Secrets are kept as encrypted files in ${folder}.`, key].filter(Boolean).join(' ') }
}

const unavailable = (detail: string): VaultStatus => ({ kind: 'file', state: 'unavailable', detail })

const damaged = (name: string) =>
  new GatewayError(
    'vault.unavailable',
    `The encrypted file of the secret "${name}" is damaged. It is kept as it is: put it back from a copy, or remove it with "fast-gateway secret rm ${name}" and set it anew.`,
  )

async function guarded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw thrown instanceof GatewayError ? thrown : cannot(folder, thrown)
  }
}

const cannot = (folder: string, cause: unknown) =>
  new GatewayError(
    'vault.unavailable',
    `The encrypted files in ${folder} cannot be read or written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); make the folder writable for the user that runs the gateway.`,
    { cause },
  )
