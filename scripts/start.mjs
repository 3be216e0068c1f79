// `npm start`: builds what is missing or stale, then is the desktop app, or `fast-gateway serve` where that cannot run; with the arguments given.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { findDesktop } from './desktop-here.mjs'
import { executableName, layOutApp } from './electron-runtime.mjs'
import { project } from './steps.mjs'

const args = process.argv.slice(2).filter((argument) => argument !== '--headless')
const asked = process.argv.includes('--headless')

/** In this process rather than in a child: signals, terminal and exit code are the gateway's own. */
async function serve() {
  const cli = join(project, 'out', 'main', 'cli.js')
  process.argv = [process.execPath, cli, 'serve', ...args]
  await import(pathToFileURL(cli).href)
}

/** Ends when the app does, with its exit code. */
async function runApp(/** @type {import('./electron-runtime.mjs').Electron} */ electron) {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-app-'))
  const { executablePath, args: place } = electron.takesFolder
    ? { executablePath: join(electron.folder, executableName()), args: [project] }
    : await layOutApp(join(folder, 'app'), electron)
  // Set in the terminal of an editor that is itself an Electron app, it would make ours a plain Node.
  const { ELECTRON_RUN_AS_NODE: _ignored, ...env } = process.env
  // Before it is started: it may be up before this turn is over.
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => void app.kill(signal))
  process.on('SIGINT', () => undefined) // the terminal has told the app too
  const app = spawn(executablePath, [...place, ...sandbox(), ...args], { stdio: 'inherit', env })
  app.once('error', (error) => console.error(`Electron could not be started: ${error.message}`))
  app.once('close', (code) => {
    rmSync(folder, { recursive: true, force: true })
    process.exitCode = code ?? 1
  })
}

function sandbox() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return []
  console.error('Chromium refuses its sandbox to root, so the windows run without one: start the app as another user to have it.')
  return ['--no-sandbox']
}

await build(['app'])

// npm puts a shell between itself and us, and hands a signal to that shell alone: its end is ours.
if (process.env.npm_lifecycle_event === 'start') {
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGTERM'), 250).unref()
}

const desktop = asked ? undefined : await findDesktop()
if (desktop && 'electron' in desktop) await runApp(desktop.electron)
else {
  if (desktop) console.error(`${desktop.missing}\nThe gateway runs without its app. What the app shows is at /ui/ of the address below.\n`)
  await serve()
}
