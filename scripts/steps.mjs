import { spawn } from 'node:child_process'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's root folder. */
export const project = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * @typedef {object} RunOptions
 * @property {Record<string, string | undefined>} [env]
 * @property {boolean} [quiet] keeps its standard output to itself
 * @property {number} [timeout] milliseconds after which it is ended; 0 waits for ever
 */

/**
 * Runs a program in the checkout, its output going where ours goes.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>} its exit code; 1 when a signal ended it
 */
export function run(command, args, { env = {}, quiet = false, timeout = 0 } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: project,
      env: { ...process.env, ...env },
      timeout,
      stdio: ['inherit', quiet ? 'ignore' : 'inherit', 'inherit'],
    })
    child.once('error', fail)
    child.once('exit', (code) => done(code ?? 1))
  })
}

/**
 * Runs a script of node_modules with this Node.
 * @param {string} packageFile
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export const runTool = (packageFile, args, options) => run(process.execPath, [join(project, 'node_modules', packageFile), ...args], options)

/**
 * One named step of a longer piece of work: says when it begins and how long it took.
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function step(name, work) {
  const started = Date.now()
  console.log(`> ${name}`)
  try {
    return await work()
  } finally {
    console.log(`  ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
  }
}
