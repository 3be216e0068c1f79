// What an app takes of memory, over all its processes. From /proc, which also says what pages several of them share.
import { readdirSync, readFileSync } from 'node:fs'

/**
 * A page that n processes share counts for each of them by one n-th, so that the sum is what the whole app takes.
 * @param {number} pid of the main process
 * @returns {{ main: number, app: number }} MB
 */
export function memoryOf(pid) {
  const main = shareOf(pid)
  return { main, app: descendantsOf(pid).reduce((sum, child) => sum + shareOf(child), main) }
}

/** @param {number} pid */
function shareOf(pid) {
  const rollup = readIfThere(`/proc/${pid}/smaps_rollup`)
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024
}

/** @param {number} pid @returns {number[]} */
function descendantsOf(pid) {
  const tasks = `/proc/${pid}/task`
  const children = readdirSync(tasks).flatMap((task) => readIfThere(`${tasks}/${task}/children`).split(' ').filter(Boolean).map(Number))
  return children.flatMap((child) => [child, ...descendantsOf(child)])
}

/** A process may end while we look. @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
