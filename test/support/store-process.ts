import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const here = dirname(fileURLToPath(import.meta.url))
/** Beside the packages, so that the bundle finds better-sqlite3. */
const cache = join(here, '../../node_modules/.cache')

/** `store-writer.ts` as a program that plain Node runs. */
export interface Writer {
  start(file: string, mode: string, shellLimits?: string): WriterProcess
  remove(): void
}

export interface WriterProcess {
  /** Lines said so far; all of them once `ended` has resolved. */
  readonly lines: readonly string[]
  said(count: number): Promise<void>
  readonly ended: Promise<void>
  kill(): void
}

export async function buildWriter(): Promise<Writer> {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'store-writer-'))
  const { build } = await import('vite')
  const output = { entryFileNames: 'writer.mjs' }
  const ssr = join(here, 'store-writer.ts')
  await build({
    configFile: false,
    logLevel: 'error',
    root: folder,
    build: { ssr, outDir: folder, rollupOptions: { external: ['better-sqlite3'], output } },
  })
  return {
    start: (file, mode, shellLimits = ':') => {
      // `exec`: the process that is killed is Node itself.
      const child = spawn('/bin/sh', ['-c', `${shellLimits} && exec "$0" "$@"`, process.execPath, join(folder, 'writer.mjs'), file, mode], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      return watch(child)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function watch(child: ChildProcess & { readonly stdout: NodeJS.ReadableStream }): WriterProcess {
  const lines: string[] = []
  let waiting: { readonly count: number; readonly resolve: () => void } | undefined
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => {
    lines.push(line)
    if (waiting && lines.length >= waiting.count) waiting.resolve()
  })
  const ended = new Promise<void>((resolve) => reader.on('close', resolve))
  const said = (count: number): Promise<void> =>
    new Promise((resolve) => (lines.length >= count ? resolve() : (waiting = { count, resolve })))
  return { lines, ended, said: (count) => Promise.race([said(count), ended]), kill: () => void child.kill('SIGKILL') }
}
