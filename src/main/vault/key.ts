import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../../shared/errors'
import { readPrivate, writeOnce } from './private-files'
import { isEntryFile, parseSealed, seal, unseal } from './sealed'

const keyBytes = 32
const checkName = '.check'

/** Where the file vault's key is. */
export interface KeyPlace {
  readonly folder: string
  /** `$FAST_GATEWAY_VAULT_KEY`. */
  readonly given: string | undefined
}

const keyFile = ({ folder }: KeyPlace) => join(folder, 'key')
const checkFile = ({ folder }: KeyPlace) => join(folder, 'check.json')

/**
 * The key that the secrets in this folder were sealed with; undefined where there is neither a key nor anything that needs one.
 * @throws GatewayError `vault.unavailable` for a key that is missing, malformed or not the one
 */
export async function findKey(place: KeyPlace): Promise<Buffer | undefined> {
  const key = place.given ? decodeGiven(place.given) : await readKeyFile(place)
  const check = await readPrivate(checkFile(place))
  if (check === undefined) return key
  if (!key) throw missing(place)
  const sealed = parseSealed(check)
  if (!sealed || unseal(key, sealed) === undefined) throw wrong(place)
  return key
}

/** @throws GatewayError as `findKey`, also where there is none yet */
export async function requireKey(place: KeyPlace): Promise<Buffer> {
  const key = await findKey(place)
  if (!key) throw missing(place)
  return key
}

/** Makes a key where there are no secrets yet. Of many processes that come at once all get the same. @throws GatewayError as `findKey` */
export async function makeKey(place: KeyPlace): Promise<Buffer> {
  const found = await findKey(place)
  if (!found && (await readdir(place.folder)).some(isEntryFile)) throw missing(place)
  if (!found) await writeOnce(keyFile(place), `${randomBytes(keyBytes).toString('base64')}\n`)
  const key = found ?? (await requireKey(place))
  await writeOnce(checkFile(place), JSON.stringify(seal(key, checkName, '')))
  return requireKey(place)
}

async function readKeyFile(place: KeyPlace): Promise<Buffer | undefined> {
  const text = await readPrivate(keyFile(place))
  if (text === undefined) return undefined
  const key = decode(text.trim())
  if (!key)
    throw unavailable(`The key in ${keyFile(place)} is damaged; put it back from a copy. The secrets sealed with it are kept as they are.`)
  return key
}

function decodeGiven(text: string): Buffer {
  const key = decode(text.trim())
  if (key) return key
  throw unavailable(
    '$FAST_GATEWAY_VAULT_KEY is no key: it must be 32 bytes in hex or base64, such as "openssl rand -base64 32" prints. Mend it and start the gateway again.',
  )
}

function decode(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  const key = /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
  return key?.length === keyBytes ? key : undefined
}

const unavailable = (message: string) => new GatewayError('vault.unavailable', message)

const missing = (place: KeyPlace) =>
  unavailable(
    `The key to the secrets in ${place.folder} is missing: put the file "key" back there, or set $FAST_GATEWAY_VAULT_KEY to the key that they were sealed with.`,
  )

const wrong = (place: KeyPlace) =>
  unavailable(
    `The key (${place.given ? '$FAST_GATEWAY_VAULT_KEY' : keyFile(place)}) is not the one that the secrets in ${place.folder} were sealed with. Use that key; or move the folder away to begin anew. Nothing was changed.`,
  )
