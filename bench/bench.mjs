// `npm run bench`: the numbers to reach, each beside its target. See --help.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { full, quick } from './plan.mjs'
import { figuresTable, machine, resultsFile, samplesTable, writeResults } from './report.mjs'
import { bigResults } from './sections/big-results.mjs'
import { calls } from './sections/calls.mjs'
import { decisions } from './sections/decisions.mjs'
import { growth } from './sections/growth.mjs'
import { lists } from './sections/lists.mjs'
import { memory } from './sections/memory.mjs'
import { patterns } from './sections/patterns.mjs'
import { sessions } from './sections/sessions.mjs'
import { startup } from './sections/startup.mjs'
import { rowsOf } from './targets.mjs'

const sections = { calls, big: bigResults, lists, sessions, growth, startup, memory, decisions, patterns }
const names = Object.keys(sections)
const modes = [undefined, 'raw', 'json', 'sse']

const help = `npm run bench -- [options]

Measures the gateway against its upstream asked directly, against a bare relay (the floor) and against a gateway made of the SDK,
all in one run and by turns. Prints every figure beside its target and writes bench/results.json. Ends with 1 only when a call costs
over 3.5 times the floor's CPU time, or grows by over 1.5 from 1 to 100 upstreams.

  --quick        less than a minute instead of about five
  --only NAME    this part only, more than once for several: ${names.join(', ')}
  --mode MODE    what the upstream is: raw JSON-RPC by hand, or the SDK's server that answers with json or sse; default sse for
                 sessions, raw for the rest
  --json         the results on standard output, nothing else there
  --help
`

/** @typedef {{ figures: Record<string, number>, samples: import('./report.mjs').Samples }} Measured */

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: names },
      mode: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = values.only.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`There is no part ${unknown}; there are ${names.join(', ')}.`)
  if (!modes.includes(values.mode)) throw new TypeError(`--mode is raw, json or sse, not ${values.mode}.`)
  return { ...values, mode: /** @type {import('./plan.mjs').Plan['mode']} */ (values.mode) }
}

/** @param {ReturnType<typeof readOptions>} options @returns {Promise<Measured>} */
async function measureAll(options) {
  const plan = { ...(options.quick ? quick : full), mode: options.mode }
  /** @type {Measured} */
  const all = { figures: {}, samples: {} }
  for (const [name, section] of Object.entries(sections)) {
    if (!options.only.includes(name)) continue
    process.stderr.write(`> ${name}\n`)
    const { figures, samples } = await section(plan)
    Object.assign(all.figures, figures)
    Object.assign(all.samples, samples)
  }
  return all
}

/** @param {ReturnType<typeof readOptions>} options */
async function main(options) {
  const where = machine()
  const started = Date.now()
  const { figures, samples } = await measureAll(options)
  const rows = rowsOf(figures)
  const results = {
    date: new Date().toISOString(),
    form: options.quick ? 'quick' : 'full',
    upstream: options.mode ?? 'as meant',
    machine: where,
    rows,
    samples,
  }
  writeResults(results)
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`)
  else {
    const { cpu, cores, memory_gb, system, node } = where
    console.log(`\n${samplesTable(samples)}\n\n${figuresTable(rows)}\n`)
    console.log(
      `Node ${node}, ${cores} x ${cpu}, ${memory_gb} GB, ${system}; ${Math.round((Date.now() - started) / 1000)} s; all in ${resultsFile}`,
    )
  }
  process.exitCode = rows.some(({ verdict }) => verdict === 'FAIL') ? 1 : 0
}

/** Where it is missing or stale. What it says goes to standard error: standard output is for the figures. */
function buildApp() {
  const script = `await (await import(${JSON.stringify(new URL('../scripts/build.mjs', import.meta.url).href)})).build(['app'])`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error('The gateway could not be built; see above.')
}

function options() {
  try {
    return readOptions()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
    process.exitCode = 2
    return undefined
  }
}

const chosen = options()
if (chosen?.help) process.stdout.write(help)
else if (chosen) {
  buildApp()
  await main(chosen)
}
