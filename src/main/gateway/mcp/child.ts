import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../../../shared/errors'
import type { Target } from './link'

/** What a child inherits of our environment, besides `LC_*`. Everything else has to stand in the server's `env`. */
const inheritedVariables: readonly string[] =
  process.platform === 'win32'
    ? [
        ...['APPDATA', 'COMSPEC', 'HOMEDRIVE', 'HOMEPATH', 'LOCALAPPDATA', 'PATH', 'PATHEXT', 'PROCESSOR_ARCHITECTURE', 'PROGRAMDATA'],
        ...['PROGRAMFILES', 'SYSTEMDRIVE', 'SYSTEMROOT', 'TEMP', 'TMP', 'USERNAME', 'USERPROFILE', 'WINDIR'],
      ]
    : ['HOME', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'TMPDIR', 'TZ', 'USER']

/** Milliseconds that a child has to end by itself once its input is closed, then after SIGTERM, then after SIGKILL. */
const politeMs = 500
const termMs = 2_000
const killMs = 1_000

type Environment = Readonly<Record<string, string | undefined>>

/** The environment of a child: the allow-list out of ours, and what its record says. */
export function childEnvironment(own: Readonly<Record<string, string>>, ours: Environment = process.env): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(ours)) {
    // A value that begins with "()" is an exported shell function: code, not a setting.
    if (value !== undefined && isInherited(name) && !value.startsWith('()')) environment[name] = value
  }
  return { ...environment, ...own }
}

function isInherited(name: string): boolean {
  const known = process.platform === 'win32' ? name.toUpperCase() : name
  return known.startsWith('LC_') || inheritedVariables.includes(known)
}

/**
 * Starts the command of a stdio server, without a shell, as the leader of a process group of its own.
 * @throws GatewayError `upstream.unreachable` when it cannot be started
 */
export async function spawnChild(target: Target): Promise<ChildProcessWithoutNullStreams> {
  try {
    const child = startProcess(target)
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    // Later errors (a signal that could not be sent) say nothing that `exit` does not.
    child.on('error', () => undefined)
    return child
  } catch (cause) {
    throw new GatewayError('upstream.unreachable', await explainSpawn(target, cause), { cause })
  }
}

function startProcess(target: Target): ChildProcessWithoutNullStreams {
  return spawn(target.command ?? '', [...target.args], {
    shell: false,
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: childEnvironment(target.env),
    ...(target.cwd === null ? {} : { cwd: target.cwd }),
  })
}

async function explainSpawn(target: Target, cause: unknown): Promise<string> {
  const command = JSON.stringify(target.command)
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  if (target.cwd !== null && !(await isFolder(target.cwd)))
    return `The working folder ${JSON.stringify(target.cwd)} does not exist; correct "cwd".`
  if (code === 'ENOENT') return `The command ${command} was not found on the PATH; install it or give its full path.`
  if (code === 'EACCES') return `The command ${command} may not be executed; check its permissions.`
  if (code === 'EINVAL')
    return `The command ${command} cannot be started without a shell; name the program itself, with its script as an argument.`
  return `The command ${command} could not be started (${code}).`
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ?? false
}

/** Ends the child and everything in its process group: input closed, then SIGTERM, then SIGKILL. Never throws. */
export async function endTree(child: ChildProcessWithoutNullStreams): Promise<void> {
  child.stdin.end()
  if (await isGoneWithin(child, politeMs)) return
  signalTree(child, 'SIGTERM')
  if (await isGoneWithin(child, termMs)) return
  signalTree(child, 'SIGKILL')
  await isGoneWithin(child, killMs)
}

async function isGoneWithin(child: ChildProcessWithoutNullStreams, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await delay(25)) {
    if (!isTreeAlive(child)) return true
  }
  return !isTreeAlive(child)
}

function isTreeAlive(child: ChildProcessWithoutNullStreams): boolean {
  if (child.exitCode === null && child.signalCode === null) return true
  if (process.platform === 'win32' || !signalGroup(child, 0)) return false
  return process.platform !== 'linux' || hasLivingMember(child.pid)
}

/** In a container whose first process collects no orphans the dead stay members of their group: only their state tells. */
function hasLivingMember(group: number | undefined): boolean {
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && isLivingMember(entry, String(group)))
}

function isLivingMember(pid: string, group: string): boolean {
  try {
    // proc(5): "pid (name) state ppid pgrp …"; a name may hold anything, so what counts begins behind its last bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, , member] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 3)
    return member === group && state !== 'Z' && state !== 'X'
  } catch {
    return false
  }
}

function signalTree(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (process.platform !== 'win32') signalGroup(child, signal)
  else execFile('taskkill', ['/pid', String(child.pid), '/T', '/F'], () => undefined)
}

/** @returns whether there was anyone to signal */
function signalGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false
  try {
    return process.kill(-child.pid, signal)
  } catch {
    return false
  }
}
