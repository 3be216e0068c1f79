import { execFile } from 'node:child_process'

/** A shell whose start-up files take longer is not waited for. */
const patienceMs = 3000

/** Around the value, since start-up files may print whatever they like. */
const mark = '__fast_gateway_path__'

/**
 * The PATH of the person's login shell. A program started from the Finder or the Dock has only the system's own, without Homebrew, nvm
 * or uv, and so would not find `npx`, `uvx` or `docker`. @returns undefined when the shell does not say
 */
export function loginShellPath(shell: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!shell) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    // `-i`, because that is where many set it. Its standard input is closed: a start-up file that asks something gets no answer.
    const child = execFile(
      shell,
      ['-ilc', `printf '%s%s%s' '${mark}' "$PATH" '${mark}'`],
      { env, timeout: patienceMs, killSignal: 'SIGKILL', encoding: 'utf8' },
      (_error, printed) => resolve(pathIn(printed)),
    )
    child.stdin?.end()
  })
}

function pathIn(printed: string): string | undefined {
  const [, path = ''] = printed.split(mark)
  return path === '' ? undefined : path
}
