// The two apps that are measured, on the same Electron, laid out alike; and one of them running.
import { spawn } from 'node:child_process'
import { copyFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findElectron, layOutApp } from '../../scripts/electron-runtime.mjs'
import { project } from '../../scripts/steps.mjs'
import { credentials } from '../gateway.mjs'
import { stop } from '../children.mjs'

const patienceMs = 30_000

/** @typedef {{ executablePath: string, args: string[] }} LaidOut */
/** @typedef {{ ours: LaidOut, empty: LaidOut }} Apps */

/** @param {string} folder an empty one @returns {Promise<Apps>} */
export async function layOutApps(folder) {
  const electron = await findElectron()
  const ours = await layOutApp(join(folder, 'ours'), electron)
  const empty = await layOutApp(join(folder, 'empty'), electron, (app) => {
    cpSync(fileURLToPath(new URL('empty-app', import.meta.url)), app, { recursive: true })
    copyFileSync(join(project, 'resources', 'tray', 'running-on-light.png'), join(app, 'icon.png'))
  })
  return { ours, empty }
}

/**
 * @typedef {object} App a running one
 * @property {number} pid of its main process
 * @property {number} startedAt milliseconds since 1970
 * @property {Promise<string>} browser where Chromium's debugger listens
 * @property {Promise<string>} node where Node's listens, if it was asked to
 * @property {() => Promise<void>} end
 */

/** @param {LaidOut} app @param {string} userData @param {readonly string[]} more @returns {App} */
export function startApp({ executablePath, args }, userData, ...more) {
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const all = [...more, ...args, ...root, '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${userData}`]
  const startedAt = Date.now()
  const child = spawn(executablePath, all, { env: { ...process.env, ...credentials }, stdio: ['ignore', 'ignore', 'pipe'] })
  const heard = (/** @type {RegExp} */ pattern) => heardFrom(child, pattern)
  return {
    pid: Number(child.pid),
    startedAt,
    browser: heard(/DevTools listening on (ws:\S+)/),
    node: heard(/Debugger listening on (ws:\S+)/),
    end: () => stop(child),
  }
}

/** On its standard error, whose rest is of no interest. @param {import('../children.mjs').Child} child @param {RegExp} pattern @returns {Promise<string>} */
function heardFrom(child, pattern) {
  let text = ''
  return new Promise((done) => {
    child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ piece) => {
      text += piece
      const [, found] = pattern.exec(text) ?? []
      if (found !== undefined) done(found)
    })
  })
}

/** @template Result @param {Promise<Result>} work @param {string} what @returns {Promise<Result>} */
export async function within(work, what) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const late = new Promise((_done, fail) => {
    timer = setTimeout(() => fail(new Error(`${what} did not come within ${patienceMs / 1000} s.`)), patienceMs)
  })
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (late)])
  } finally {
    clearTimeout(timer)
  }
}
