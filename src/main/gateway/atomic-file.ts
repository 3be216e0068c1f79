import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Replaces a file in one step: whoever reads sees the old text or the new one, also after a power cut. A link stays a link.
 * @param mode of a new file; an existing file keeps its own
 * @throws the file system's error, with nothing changed
 */
export function writeAtomically(path: string, text: string, mode: number): void {
  const target = realPath(path)
  const beside = `${target}.${randomBytes(6).toString('hex')}.tmp`
  try {
    writeSynced(beside, text, modeOf(target) ?? mode)
    renameSync(beside, target)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
  syncFolder(dirname(target))
}

function writeSynced(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    fchmodSync(file, mode) // the umask would take rights away that the old file had
    writeFileSync(file, text) // all of it or a throw: one write may stop half-way where the disk is nearly full
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

const modeOf = (path: string) => {
  const about = statSync(path, { throwIfNoEntry: false })
  return about && about.mode & 0o777
}

/** Makes the new name itself durable; some systems cannot open a folder, and there the rename must do. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // Windows.
  }
}
