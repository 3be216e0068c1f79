// Runs the end-to-end tests on the real Electron, on a display and a session bus of their own. Arguments go to Playwright.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { cache, layOutApp } from './electron-runtime.mjs'
import { project, run } from './steps.mjs'

/**
 * @param {readonly string[]} [args] for `playwright test`
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>} Playwright's exit code
 */
export async function runE2e(args = [], env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-e2e-'))
  try {
    const app = await layOutApp(join(folder, 'app'))
    return await onDesktop(join(folder, 'home'), (command, more) =>
      runPlaywright(command, args, { ...env, ...more, FAST_GATEWAY_TEST_CACHE: cache, FAST_GATEWAY_E2E_APP: JSON.stringify(app) }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runPlaywright(
  /** @type {readonly string[]} */ prefix,
  /** @type {readonly string[]} */ args,
  /** @type {Record<string, string>} */ env,
) {
  const [command = '', ...rest] = [...prefix, process.execPath, join(project, 'node_modules/@playwright/test/cli.js'), 'test', ...args]
  return run(command, rest, { env })
}

/**
 * On Linux a virtual display, and a session of its own with bus, keyring and notifications; elsewhere the desktop that is there.
 * @param {string} home of the person whose session it is
 * @param {(prefix: readonly string[], env: Record<string, string>) => Promise<number>} work
 */
export async function onDesktop(home, work) {
  if (process.platform !== 'linux') return work([], {})
  const display = await startDisplay()
  try {
    const session = [process.execPath, join(project, 'scripts', 'e2e-session.mjs'), home]
    return await work(['dbus-run-session', '--', ...session], { DISPLAY: display.name })
  } finally {
    display.stop()
  }
}

/**
 * An X server on a number that it finds free itself.
 * @returns {Promise<{ name: string, stop(): void }>}
 */
function startDisplay() {
  return new Promise((done, fail) => {
    const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    server.once('error', (error) => fail(new Error(`The virtual display could not be started: ${error.message}`)))
    server.once('exit', (code) => fail(new Error(`The virtual display ended at once (exit code ${code}).`)))
    server.stdio[3]?.once('data', (number) => done({ name: `:${String(number).trim()}`, stop: () => void server.kill() }))
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await build(['app'])
  process.exitCode = await runE2e(process.argv.slice(2))
}
