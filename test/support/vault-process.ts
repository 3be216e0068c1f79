import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { VaultStatus } from '../../src/shared/secrets'

const here = dirname(fileURLToPath(import.meta.url))
/** Beside the packages, so that the bundle finds keytar. */
const cache = join(here, '../../node_modules/.cache')

/** A vault in another process. What it refuses is thrown as `CODE: message`. */
export interface VaultProcess {
  readonly warnings: readonly string[]
  /** 0 once it has ended by itself; a crash is its signal. */
  readonly exit: () => number | string | null
  kind(): Promise<string>
  status(): Promise<VaultStatus>
  list(): Promise<readonly { readonly name: string }[]>
  get(name: string): Promise<string | null>
  set(name: string, value: string): Promise<null>
  remove(name: string): Promise<boolean>
  end(): Promise<void>
  kill(): Promise<void>
}

/** `vault-program.ts` as a program that plain Node runs. */
export interface VaultProgram {
  start(folder: string, env?: Readonly<Record<string, string>>): VaultProcess
  remove(): void
}

export async function buildVaultProgram(): Promise<VaultProgram> {
  mkdirSync(cache, { recursive: true })
  const built = mkdtempSync(join(cache, 'vault-program-'))
  const { build } = await import('vite')
  await build({
    configFile: false,
    logLevel: 'error',
    root: built,
    build: {
      ssr: join(here, 'vault-program.ts'),
      outDir: built,
      rollupOptions: { external: ['keytar'], output: { entryFileNames: 'vault.mjs' } },
    },
  })
  return {
    start: (folder, env = {}) =>
      converse(spawn(process.execPath, [join(built, 'vault.mjs'), folder], { env, stdio: ['pipe', 'pipe', 'inherit'] })),
    remove: () => rmSync(built, { recursive: true, force: true }),
  }
}

interface Said {
  readonly id?: number
  readonly answer?: unknown
  readonly failed?: string
  readonly message?: string
  readonly warned?: string
}

function converse(child: ChildProcess): VaultProcess {
  const warnings: string[] = []
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>()
  const hear = ({ id = 0, answer, failed, message, warned }: Said) => {
    if (warned !== undefined) return void warnings.push(warned)
    if (failed === undefined) waiting.get(id)?.resolve(answer)
    else waiting.get(id)?.reject(new Error(`${failed}: ${message}`))
    waiting.delete(id)
  }
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line) as Said))
  const closed = once(child, 'close').then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`The vault's process is gone: ${child.signalCode ?? child.exitCode}`))
  })
  let last = 0
  const ask = <T>(...words: readonly string[]) =>
    new Promise<T>((resolve, reject) => {
      const id = ++last
      waiting.set(id, { resolve: (answer) => resolve(answer as T), reject })
      child.stdin?.write(`${JSON.stringify([id, ...words])}\n`)
    })
  return {
    warnings,
    exit: () => child.signalCode ?? child.exitCode,
    kind: () => ask('kind'),
    status: () => ask('status'),
    list: () => ask('list'),
    get: (name) => ask('get', name),
    set: (name, value) => ask('set', name, value),
    remove: (name) => ask('remove', name),
    async end() {
      child.stdin?.end()
      await closed
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
