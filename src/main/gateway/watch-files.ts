import { statSync, watch, type FSWatcher } from 'node:fs'

/** Milliseconds of quiet before a change is told, and between two looks for what the system did not tell. */
const quietMs = 60
const lookMs = 1000

/** Watches a few files through edits in place, renames over them, deletion and return. */
export interface FileWatch {
  /** Replaces what is watched; to be called after every change that was told, because a file may be another one by now. */
  follow(files: readonly string[]): void
  close(): void
}

/**
 * The files themselves are watched, not their folders: the gateway's databases may lie there too, and each of their writes would
 * be an event. @param onChange something may have changed; told once after it became quiet. Never keeps the process alive.
 */
export function watchFiles(onChange: () => void): FileWatch {
  let files: readonly string[] = []
  let seen = ''
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(onChange, quietMs).unref()
  }
  const looking = setInterval(() => {
    const now = look(files)
    if (now !== seen) soon()
    seen = now
  }, lookMs).unref()
  const leave = () => {
    for (const watcher of watchers) watcher.close()
    watchers = []
  }
  return {
    follow(next) {
      leave()
      files = [...next]
      watchers = files.flatMap((file) => watchFile(file, soon))
    },
    close() {
      clearTimeout(timer)
      clearInterval(looking)
      leave()
    },
  }
}

/** Some file systems cannot be watched, and a file may be missing: then looking has to do. */
function watchFile(file: string, onChange: () => void): FSWatcher[] {
  try {
    const watcher = watch(file, { persistent: false }, onChange)
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch {
    return []
  }
}

const look = (files: readonly string[]): string => files.map(lookAt).join('\n')

function lookAt(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file)
    return `${file} ${ino} ${size} ${mtimeMs}`
  } catch {
    return `${file} none`
  }
}
