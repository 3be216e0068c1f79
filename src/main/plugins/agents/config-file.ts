import { createHash, randomBytes } from 'node:crypto'
import {
  constants,
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { GatewayError } from '../../../shared/errors'
import { unreadable } from './unreadable'

/** Bytes of the largest config file that is read. */
export const largestConfig = 8 * 1024 * 1024
/** Of a file that is made: it will hold a token. */
const privateMode = 0o600
const byteOrderMark = '\uFEFF'

/** A config file as it was found. */
export interface FoundConfig {
  /** Where its bytes are, behind every link. */
  readonly target: string
  readonly bytes: Buffer
  /** Without its byte order mark. */
  readonly text: string
  readonly hasMark: boolean
  readonly mode: number
}

/**
 * Reads a file that anybody may have put there: pipes, devices, folders, endless links, other encodings and sizes are refused.
 * @returns null when there is none
 * @throws GatewayError `agent.unreadable`
 */
export function readConfig(path: string): FoundConfig | null {
  if (!isThere(path)) return null
  try {
    const target = realpathSync(path)
    const { bytes, mode } = readWhole(target)
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const hasMark = text.startsWith(byteOrderMark)
    return { target, bytes, text: hasMark ? text.slice(1) : text, hasMark, mode }
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : unreadable(whyUnread(cause), cause)
  }
}

function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return false
    throw unreadable(whyUnread(cause), cause)
  }
}

/** The system's own name of a failure: `EACCES`. */
export const codeOf = (cause: unknown): string => (cause as { readonly code?: string }).code ?? ''

function whyUnread(cause: unknown): string {
  if (cause instanceof TypeError) return 'It is not UTF-8 text.'
  const code = codeOf(cause)
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'It is a link that leads nowhere.',
    ELOOP: 'It is a link that leads back to itself.',
    EACCES: 'It may not be read by this user.',
    EPERM: 'It may not be read by this user.',
  }
  return reasons[code] ?? `It cannot be read (${code || 'unknown reason'}).`
}

/** Not blocking: a pipe would never end. */
function readWhole(path: string): { readonly bytes: Buffer; readonly mode: number } {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const about = fstatSync(file)
    if (!about.isFile()) throw unreadable('It is not a file.')
    if (about.size > largestConfig) throw unreadable(`It is larger than ${largestConfig / 1024 / 1024} MiB.`)
    const buffer = Buffer.alloc(about.size + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = readSync(file, buffer, length, buffer.length - length, null)
    if (length > about.size) throw unreadable('It is being written by another program; try again.')
    return { bytes: buffer.subarray(0, length), mode: about.mode & 0o777 }
  } finally {
    closeSync(file)
  }
}

/** What a file was, for noticing that it is another now. */
export const versionOf = (found: Pick<FoundConfig, 'bytes'> | null): string =>
  found ? createHash('sha256').update(found.bytes).digest('hex') : 'none'

/** A text as the bytes of the file that it came from. */
export const bytesOf = (text: string, found: Pick<FoundConfig, 'hasMark'> | null): Buffer =>
  Buffer.from(found?.hasMark ? byteOrderMark + text : text, 'utf8')

/**
 * Replaces a file in one step, unless it is no longer what was found; null takes it away. A link stays a link, the mode stays.
 * @throws GatewayError `agent.changed` with nothing written, `agent.unreadable` when the system refuses
 */
export function replaceConfig(path: string, found: FoundConfig | null, bytes: Buffer | null): void {
  try {
    if (bytes === null) {
      requireSame(path, found)
      rmSync(path, { force: true })
    } else write(path, found, bytes)
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause
    throw unreadable(`${path} cannot be written (${codeOf(cause)}); end the agent if it holds the file, and look at its rights.`, cause)
  }
}

function write(path: string, found: FoundConfig | null, bytes: Buffer): void {
  const target = found?.target ?? path
  if (!found) mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
  const beside = `${target}.${randomBytes(6).toString('hex')}.tmp`
  try {
    writeSynced(beside, bytes, found?.mode ?? privateMode)
    requireSame(path, found)
    renameSync(beside, target)
  } catch (cause) {
    rmSync(beside, { force: true })
    throw cause
  }
}

/** As late as can be: whoever writes within the next few microseconds is not seen. */
function requireSame(path: string, found: FoundConfig | null): void {
  const now = readConfig(path)
  if (versionOf(now) !== versionOf(found) || now?.target !== found?.target) throw changedSince(path)
}

/** The refusal when a file is not what was looked at. */
export const changedSince = (path: string): GatewayError =>
  new GatewayError('agent.changed', `${path} has been changed since it was looked at; nothing was written. Look at the preview again.`)

/** Bytes in a new file of this mode, on the disk when this returns. */
export function writeSynced(path: string, bytes: Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    fchmodSync(file, mode) // the umask would take rights away that the old file had
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
