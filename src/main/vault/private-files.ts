import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const othersMay = 0o077
const hasModes = process.platform !== 'win32'

/** Makes the folder for its owner alone, or closes it to others. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (hasModes && ((await stat(path)).mode & othersMay) !== 0) await chmod(path, 0o700)
}

/** Its text, closed to others first; undefined where there is no such file. */
export async function readPrivate(path: string): Promise<string | undefined> {
  try {
    if (hasModes && ((await stat(path)).mode & othersMay) !== 0) await chmod(path, 0o600)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Replaces the file in one step, also before a power cut: whoever reads sees the old text or the new one. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await viaTemporary(path, text, (beside) => rename(beside, path))
}

/** Writes the file unless there is one: of many processes that try at once, one does. */
export async function writeOnce(path: string, text: string): Promise<void> {
  await viaTemporary(path, text, async (beside) => {
    await link(beside, path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
    await rm(beside)
  })
}

async function viaTemporary(path: string, text: string, take: (beside: string) => Promise<void>): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeSynced(beside, text)
    await take(beside)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the change of names itself durable; some systems cannot open a folder, and there the rename must do. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
