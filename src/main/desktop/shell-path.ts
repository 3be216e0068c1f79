import { spawn, type ChildProcess } from 'node:child_process'

/** A shell whose start-up files take longer is not waited for. */
const patienceMs = 3000

/** Around the value, since start-up files may print whatever they like. */
const mark = '__fast_gateway_path__'
/** Characters of what is printed that are looked at. */
const longestPrinted = 1_000_000

/**
 * The PATH of the person's login shell. A program started from the Finder, the Dock or a menu has only the system's own, without
 * Homebrew, nvm or uv, and so would not find `npx`, `uvx` or `docker`. @returns undefined when the shell does not say
 */
export function loginShellPath(shell: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!shell) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    // `-i`, because that is where many set it. In a session of its own, or it would take over the terminal that the app was started from.
    const say = `printf '%s%s%s' '${mark}' "$PATH" '${mark}'`
    const child = spawn(shell, ['-ilc', say], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
    const timer = setTimeout(() => {
      endAll(child)
      told(undefined)
    }, patienceMs)
    // Once it was said: a program that the start-up files leave running keeps the output open.
    const told = (path: string | undefined) => {
      clearTimeout(timer)
      child.stdout.destroy()
      resolve(path)
    }
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-longestPrinted)
      const path = pathIn(printed)
      if (path !== undefined) told(path)
    })
    child.once('error', () => told(undefined)).once('close', () => told(undefined))
  })
}

/** With whatever it has started. */
function endAll({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function pathIn(printed: string): string | undefined {
  const [, path = '', end] = printed.split(mark)
  return path === '' || end === undefined ? undefined : path
}

/** The folders of both, each once, those of the first before those of the second. */
export const joinPaths = (first: string, second: string): string =>
  [...new Set([...first.split(':'), ...second.split(':')])].filter((folder) => folder !== '').join(':')
