import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const version = 1
const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** A value as it lies on the disk: AES-256-GCM, a nonce of its own, bound to its name. */
export interface Sealed {
  readonly version: typeof version
  readonly name: string
  readonly updated_at: string
  /** Base64, 96 bits. */
  readonly nonce: string
  /** Base64: ciphertext and its 128-bit tag. */
  readonly data: string
}

/** The file of an entry is called after a hash of its name: names that differ in case only are two, also where the file system ignores it. */
export const fileOf = (name: string): string => `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.json`
export const isEntryFile = (file: string): boolean => /^[0-9a-f]{32}\.json$/.test(file)

/** Neither another entry's ciphertext nor one of another format opens under this name. */
const boundTo = (name: string) => Buffer.from(JSON.stringify([name, version]))

/** @param key 32 bytes */
export function seal(key: Buffer, name: string, value: string): Sealed {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(boundTo(name))
  const data = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { version, name, updated_at: new Date().toISOString(), nonce: nonce.toString('base64'), data: data.toString('base64') }
}

/** @returns undefined where it is not what was sealed with this key under this name */
export function unseal(key: Buffer, { name, nonce, data }: Sealed): string | undefined {
  const bytes = Buffer.from(data, 'base64')
  const end = bytes.length - tagBytes
  if (end < 0) return undefined
  try {
    const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, 'base64'), { authTagLength: tagBytes }).setAAD(boundTo(name))
    decipher.setAuthTag(bytes.subarray(end))
    return Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** @returns undefined where the text is no sealed value, or one of a newer format */
export function parseSealed(text: string): Sealed | undefined {
  try {
    const found = JSON.parse(text) as Record<keyof Sealed, unknown> | null
    const texts = [found?.name, found?.updated_at, found?.nonce, found?.data]
    return found?.version === version && texts.every((each) => typeof each === 'string') ? (found as Sealed) : undefined
  } catch {
    return undefined
  }
}
