import { execFile, spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { chromiumArgs, cleanEnvironment } from './app'

const execute = promisify(execFile)

/** Starts the packaged app, which nothing can attach to: it is seen and moved as a person and a panel do. */
export function startPackaged(executable: string, userData: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  return spawn(executable, [...chromiumArgs(userData), ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** One that is to end by itself: how, and what it said. */
export async function outcomeOf(app: ChildProcessByStdio<null, Readable, Readable>): Promise<{ code: number | null; said: string }> {
  const [out, error, [code]] = await Promise.all([text(app.stdout), text(app.stderr), once(app, 'exit') as Promise<[number | null]>])
  return { code, said: out + error }
}

/** Windows of the app that are on the screen. */
export async function windowsOf({ pid }: ChildProcess): Promise<string[]> {
  const { stdout } = await execute('xdotool', ['search', '--all', '--onlyvisible', '--pid', String(pid), '--name', '.']).catch(() => ({
    stdout: '',
  }))
  return stdout.split('\n').filter(Boolean)
}

/** How many colours a window shows: one is an empty window. */
export async function coloursOf(window: string): Promise<number> {
  const { stdout } = await execute('import', ['-window', window, '-format', '%k', 'info:'])
  return Number(stdout)
}

/** Native modules that the process has loaded, by the name of their file. */
export function nativeModulesOf({ pid }: ChildProcess): string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/\S+\/(\S+\.node)$/gm)
  return [...new Set([...maps].map(([, file = '']) => file))].sort()
}

interface Entry {
  readonly files?: Readonly<Record<string, Entry>>
  readonly unpacked?: boolean
}

/** What an asar archive lists: each file's path, and whether it lies beside the archive. Its head is JSON, after four lengths. */
export function filesInArchive(file: string): { path: string; unpacked: boolean }[] {
  const archive = openSync(file, 'r')
  const lengths = Buffer.alloc(16)
  readSync(archive, lengths, 0, 16, 0)
  const head = Buffer.alloc(lengths.readUInt32LE(12))
  readSync(archive, head, 0, head.length, 16)
  closeSync(archive)
  const list = ({ files, unpacked = false }: Entry, path: string): { path: string; unpacked: boolean }[] =>
    files ? Object.entries(files).flatMap(([name, entry]) => list(entry, `${path}/${name}`)) : [{ path, unpacked }]
  return list(JSON.parse(head.toString('utf8')) as Entry, '')
}
