import { readdirSync, readFileSync } from 'node:fs'

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
