import { execFile, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { windowsOf } from './packaged'

/** A key in the one window that a process shows. */
export async function press(app: ChildProcess, key: string): Promise<void> {
  const [window = ''] = await windowsOf(app)
  // Without a window manager nobody else gives it the keyboard.
  await promisify(execFile)('xdotool', ['windowfocus', '--sync', window, 'key', '--clearmodifiers', key])
}

/** Processes that paint pages of the app with this data folder. */
export function rendererPids(data: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const isRenderer = (pid: string) => {
    const command = commandOf(pid)
    return command.includes('--type=renderer') && command.includes(data)
  }
  return pids.filter(isRenderer).map(Number)
}

/** Empty when it has ended meanwhile. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
