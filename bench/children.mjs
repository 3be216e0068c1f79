// The programs that a run starts, each ended with it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isProbed } from './usage.mjs'

const probe = new URL('probe.mjs', import.meta.url).href
const readyMs = 60_000

/** @typedef {import('node:child_process').ChildProcess} Child */

/**
 * Starts a Node program. It speaks on our standard error only.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, probed?: boolean }} [options]
 */
export function startNode(file, args, { env = process.env, probed = isProbed } = {}) {
  const flags = probed ? ['--import', probe] : []
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = probed ? ['ignore', 'pipe', 'inherit', 'ipc'] : ['ignore', 'pipe', 'inherit']
  return spawn(process.execPath, [...flags, file, ...args], { env, stdio })
}

/** What the child has printed once it matches. Rejects when the child ends first, or says nothing for a minute. @param {Child} child @param {RegExp} pattern */
export function printed(child, pattern) {
  let text = ''
  return new Promise((/** @type {(match: RegExpExecArray) => void} */ resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Not ready after ${readyMs / 1000} s: ${child.spawnargs.join(' ')}`)), readyMs)
    const settle = (/** @type {() => void} */ how) => {
      clearTimeout(timer)
      child.stdout?.removeAllListeners('data').resume()
      how()
    }
    child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ piece) => {
      text += piece
      const match = pattern.exec(text)
      if (match) settle(() => resolve(match))
    })
    child.once('exit', (code) => settle(() => reject(new Error(`Ended with ${code}: ${child.spawnargs.join(' ')}\n${text}`))))
  })
}

/** Ends it as a terminal would, and waits. @param {Child} child */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(impatient)
}

/**
 * One of the programs of this folder, ready: its endpoints.
 * @param {string} name such as `relay`
 * @param {readonly string[]} args
 */
export async function startProgram(name, args) {
  const child = startNode(fileURLToPath(new URL(`${name}.mjs`, import.meta.url)), args)
  try {
    const [, ports = ''] = await printed(child, /^ready ([\d,]+)$/m)
    return { child, endpoints: ports.split(',').map((port) => `http://127.0.0.1:${port}/mcp`) }
  } catch (error) {
    await stop(child)
    throw error
  }
}
