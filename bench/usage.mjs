/*
 * What a process has used: from /proc where that is, else from the process itself, which then runs with `--import bench/probe.mjs`
 * and answers over its IPC channel.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Whether a process must be asked what it used. */
export const isProbed = process.platform !== 'linux'

/** The kernel's ticks are a hundredth of a second on every Linux that Node runs on. */
const tickMs = 10

/** @typedef {{ cpuMs: number, rssMb: number }} Usage */

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<Usage>} */
export async function usageOf(child) {
  return isProbed ? askProbe(child) : readProc(Number(child.pid))
}

/** All threads of the process, none of its children. @param {number} pid @returns {Usage} */
function readProc(pid) {
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuMs: existsSync(`/proc/${pid}/schedstat`) ? scheduledMs(pid) : tickedMs(pid), rssMb: Number(rss) / 1024 }
}

/** To the nanosecond, from what the scheduler gave to each thread; those of Node live as long as it does. @param {number} pid */
function scheduledMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e6
}

/** To the tick, where the kernel keeps no more. @param {number} pid */
function tickedMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<Usage>} */
export function askProbe(child) {
  return new Promise((resolve, reject) => {
    child.once('message', (answer) => resolve(/** @type {Usage} */ (answer)))
    child.send('usage', (error) => error && reject(error))
  })
}
