import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from '../../scripts/build.mjs'

const node = resolve('node_modules/.bin/node')
export const cliFile = resolve('out/main/cli.js')
/** At least 16 characters. */
export const approver = 'approver-of-the-tests'

/** The product as it is built, built first where that is stale; for `beforeAll`. */
export const built = () => build(['app'])
export const buildTimeoutMs = 120_000

/** What came of a command. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** A home, a working folder and a config of one's own. */
export interface Place {
  readonly folder: string
  readonly config: string
  readonly env: Environment
  remove(): void
}

export function newPlace(config: object | string = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-cli-'))
  const file = join(folder, 'gateway.json')
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config))
  const own = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: process.env.TMPDIR,
    NODE_COMPILE_CACHE: resolve('node_modules/.cache/cli-tests'),
  }
  return { folder, config: file, env: own, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<Ran>
  type(text: string): void
  /** Resolves once standard output or error says this; rejects when the command ends without it. */
  says(words: string | RegExp): Promise<string>
}

export interface RunOptions {
  readonly env?: Environment
  readonly input?: string
  /** Options of Node itself. */
  readonly node?: readonly string[]
  /** On a terminal: standard input, output and error are one. */
  readonly terminal?: boolean
}

/** Starts a command of the CLI in a place. */
export function start(place: Place, args: readonly string[], options: RunOptions = {}): Running {
  const line = [node, ...(options.node ?? []), cliFile, ...args]
  const [program = '', ...rest] = options.terminal ? ['script', '-qefc', line.map(quoted).join(' '), '/dev/null'] : line
  const env = Object.fromEntries(Object.entries({ ...place.env, ...options.env }).filter(([, value]) => value !== undefined))
  const child = spawn(program, rest, { cwd: place.folder, env, stdio: 'pipe' })
  return observe(child, options)
}

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

function observe(child: ReturnType<typeof spawn>, { input, terminal }: RunOptions): Running {
  const said = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      for (const listener of listeners) listener()
    })
  // A terminal stays open until the command ends.
  if (!terminal) child.stdin?.end(input ?? '')
  child.stdin?.on('error', () => undefined)
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }))
  const says = (words: string | RegExp) =>
    new Promise<string>((done, fail) => {
      const look = () => {
        const all = said.stdout + said.stderr
        if (typeof words === 'string' ? !all.includes(words) : !words.test(all)) return
        listeners.delete(look)
        done(all)
      }
      listeners.add(look)
      look()
      void ended.then(() => fail(new Error(`It ended without saying ${String(words)}:\n${said.stdout}\n${said.stderr}`)))
    })
  return { child, stdout: () => said.stdout, stderr: () => said.stderr, ended, type: (text) => void child.stdin?.write(text), says }
}

/** Runs a command to its end. */
export const run = (place: Place, args: readonly string[], options: RunOptions = {}): Promise<Ran> => start(place, args, options).ended

/** A gateway that is running, and the CLI beside it. */
export interface Served extends Running {
  readonly place: Place
  readonly port: number
  /** Runs a command against this gateway. */
  cli(...args: readonly string[]): Promise<Ran>
  /** The same with the approver credential in the environment. */
  asApprover(...args: readonly string[]): Promise<Ran>
  /** Its `--json`, parsed. @throws when it fails */
  json<T>(...args: readonly string[]): Promise<T>
  stop(signal?: NodeJS.Signals): Promise<Ran>
}

/** `serve` on a free port, once it has said where. The flags make the CLI find it. */
export async function serve(place: Place, args: readonly string[] = [], env: Environment = {}): Promise<Served> {
  const running = start(place, ['serve', '--port', '0', ...args], { env: { FAST_GATEWAY_APPROVER_TOKEN: approver, ...env } })
  const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(await running.says(/Config {8}: .*\n|"config":.*\n/)) ?? []
  const at = { FAST_GATEWAY_URL: `http://127.0.0.1:${port}` }
  const cli = (...words: readonly string[]) => run(place, words, { env: at })
  return {
    ...running,
    place,
    port: Number(port),
    cli,
    asApprover: (...words) => run(place, words, { env: { ...at, FAST_GATEWAY_APPROVER_TOKEN: approver } }),
    async json<T>(...words: readonly string[]) {
      const { code, stdout, stderr } = await cli(...words, '--json')
      if (code !== 0) throw new Error(`${words.join(' ')} failed: ${stderr}`)
      return JSON.parse(stdout) as T
    },
    async stop(signal = 'SIGTERM') {
      running.child.kill(signal)
      return running.ended
    },
  }
}

/** At the end, whatever a test has left. */
export async function endAll(...served: readonly (Served | undefined)[]): Promise<void> {
  for (const one of served) {
    if (one?.child.exitCode === null && one.child.signalCode === null) await one.stop('SIGKILL')
    one?.place.remove()
  }
}
