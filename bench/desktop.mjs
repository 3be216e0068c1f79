// `npm run bench:desktop`: the app beside an empty app of the same Electron, each number beside its target. See --help.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from '../scripts/build.mjs'
import { onDesktop } from '../scripts/e2e.mjs'
import { project, run } from '../scripts/steps.mjs'
import { layOutApps } from './desktop/apps.mjs'
import { openPanel, watchNotifications } from './desktop/session-bus.mjs'
import { compareStarts } from './desktop/start.mjs'
import { desktopTargets } from './desktop/targets.mjs'
import { measureWork } from './desktop/work.mjs'
import { prepareHome, removeHome } from './gateway.mjs'
import { withFixture } from './lanes.mjs'
import { figuresTable, machine, writeResults } from './report.mjs'
import { rowsOf } from './targets.mjs'

const resultsFile = fileURLToPath(new URL('results-desktop.json', import.meta.url))
const upstreamCount = 20
const toolCount = 12

const full = { warmUps: 1, starts: 9, idleMs: 8_000, asks: 9, loadMs: 20_000 }
const quick = { warmUps: 1, starts: 3, idleMs: 4_000, asks: 3, loadMs: 6_000 }

const help = `npm run bench:desktop -- [options]

Measures the desktop app beside an empty app of the same Electron (one window, one icon in the tray), by turns in one run, on a display
and a session of their own. Prints every figure beside its target and writes bench/results-desktop.json. Ends with 1 when a target is
missed. Linux only: memory is read from /proc, the tray and notifications over D-Bus.

  --quick   about a minute instead of five
  --json    the results on standard output, nothing else there
  --help
`

/** @typedef {{ quick: boolean, json: boolean, help: boolean }} Options */

function readOptions() {
  const option = /** @type {const} */ ({ type: 'boolean', default: false })
  return parseArgs({ options: { quick: option, json: option, help: option } }).values
}

/** Outside: what is needed is built and laid out, then this program runs itself in a session of its own. */
async function prepare() {
  if (process.platform !== 'linux') throw new Error('The desktop app is measured on Linux only; see --help.')
  await build(['app'])
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-bench-'))
  try {
    const apps = JSON.stringify(await layOutApps(folder))
    return await onDesktop(join(folder, 'home'), ([command = '', ...prefix], env) =>
      run(command, [...prefix, process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
        env: { ...env, FAST_GATEWAY_BENCH_APPS: apps },
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Inside. @param {Options} options @param {import('./desktop/apps.mjs').Apps} apps */
async function measure(options, apps) {
  const where = machine()
  const started = Date.now()
  const { figures, samples } = await withFixture({ mode: 'raw', tools: toolCount, count: upstreamCount }, (upstreams) =>
    measureOn(upstreams, apps, options.quick ? quick : full),
  )
  const rows = rowsOf({ ...figures, renderer_mb: rendererMb() }, desktopTargets)
  const results = { date: new Date().toISOString(), form: options.quick ? 'quick' : 'full', machine: where, rows, samples }
  writeResults(results, resultsFile)
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`)
  else {
    const { cpu, cores, memory_gb, system, node } = where
    console.log(`\n${figuresTable(rows)}\n`)
    console.log(
      `Node ${node}, ${cores} x ${cpu}, ${memory_gb} GB, ${system}; ${Math.round((Date.now() - started) / 1000)} s; all in ${resultsFile}`,
    )
  }
  return rows.every(({ verdict }) => verdict === 'ok' || verdict === '') ? 0 : 1
}

/** @param {readonly string[]} upstreams @param {import('./desktop/apps.mjs').Apps} apps @param {typeof full} plan */
async function measureOn(upstreams, apps, plan) {
  const [panel, notifications] = [await openPanel(), await watchNotifications()]
  const home = await prepareHome(upstreams, { confirm: ['u0_echo_1'] })
  // As a person has it who knows the app: it opens on the overview.
  writeFileSync(join(home.folder, 'app.json'), JSON.stringify({ preferences: { welcome_done: true } }))
  try {
    process.stderr.write('> start and rest\n')
    const { figures: start, rounds } = await compareStarts(apps, home.folder, panel, plan)
    process.stderr.write('> at work\n')
    const size = { upstreams: upstreamCount, tools: toolCount }
    const { figures: work, asks } = await measureWork(apps.ours, home, notifications, { ...plan, ...size })
    return { figures: { ...start, ...work }, samples: { ...rounds, asks } }
  } finally {
    panel.close()
    notifications.close()
    removeHome(home)
  }
}

/** What the window's pages load. */
function rendererMb() {
  const folder = join(project, 'out', 'renderer', 'assets')
  const files = readdirSync(folder).filter((name) => /\.(js|css)$/.test(name))
  return files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1e6
}

const options = readOptions()
const given = process.env.FAST_GATEWAY_BENCH_APPS
if (options.help) process.stdout.write(help)
else process.exitCode = given === undefined ? await prepare() : await measure(options, JSON.parse(given))
