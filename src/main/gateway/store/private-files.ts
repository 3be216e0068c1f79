import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Log } from '../log'

const FILE_MODE = 0o600
const FOLDER_MODE = 0o700
const OTHERS = 0o077

/**
 * Makes the folder if it is missing, mode 0700. One that exists is closed to others when it is the gateway's own: everything in it is
 * private already or named after the database. A folder that also holds other things (a project, a home) is left as it is.
 * @throws Error of node:fs
 */
export function privateFolder(file: string, log: Log | undefined): void {
  const folder = dirname(file)
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
  if (isOpen(folder) && isOwn(folder, file)) tighten(folder, FOLDER_MODE, log)
}

/**
 * Makes the file if it is missing, empty and mode 0600, so that SQLite, which gives its side files the mode of the main one, never makes
 * a readable one; closes what is open to others. Never opens a file that exists: closing it again would drop SQLite's locks on it.
 * @throws Error of node:fs
 */
export function privateFile(file: string, log: Log | undefined): void {
  try {
    closeSync(openSync(file, 'wx', FILE_MODE))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  for (const path of [file, `${file}-wal`, `${file}-shm`]) if (isOpen(path)) tighten(path, FILE_MODE, log)
}

/** A link counts as open: what it leads to is not ours to judge. */
const isOpen = (path: string): boolean =>
  process.platform !== 'win32' && ((lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS) !== 0

function isOwn(folder: string, file: string): boolean {
  if (statSync(folder).uid !== process.getuid?.()) return false
  const stem = /^[^.]+|^.*/.exec(basename(file))?.[0] ?? file
  return readdirSync(folder).every((entry) => entry.startsWith(stem) || !isOpen(join(folder, entry)))
}

function tighten(path: string, mode: number, log: Log | undefined): void {
  chmodSync(path, mode)
  // Some file systems take the call and change nothing (shared folders of virtual machines).
  if (isOpen(path))
    log?.warn('others on this machine may read what the gateway stores; move it to a file system with permissions', { path })
}
