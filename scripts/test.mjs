// `npm test`: everything that proves the product, from system packages to the real Electron. Its last line is the sum of all runners.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.mjs'
import { runE2e } from './e2e.mjs'
import { runTool, step } from './steps.mjs'
import { ensureSystemPackages } from './system-packages.mjs'
import { countPlaywright, countVitest, sum, total } from './totals.mjs'

/** @typedef {import('./totals.mjs').Count} Count */

const reports = mkdtempSync(join(tmpdir(), 'fast-gateway-reports-'))

/** Every runner, in this order; each goes on after the one before it failed. */
const runners = [
  { name: 'unit', run: () => vitest('unit') },
  { name: 'integration', run: () => vitest('integration') },
  { name: 'conformance', run: () => vitest('conformance') },
  // The tray is read and clicked over D-Bus, as a Linux panel does.
  ...(process.platform === 'linux' ? [{ name: 'end to end on Electron', run: e2e }] : []),
]

/** @returns {Promise<Count>} */
async function vitest(/** @type {string} */ project) {
  const report = join(reports, `${project}.json`)
  const args = ['run', '--project', project, '--reporter', 'dot', '--reporter', 'json', `--outputFile.json=${report}`]
  const code = await runTool('vitest/vitest.mjs', args)
  return countVitest(readReport(report), code)
}

/** @returns {Promise<Count>} */
async function e2e() {
  const report = join(reports, 'e2e.json')
  const code = await runE2e([], { FAST_GATEWAY_E2E_REPORT: report })
  return countPlaywright(readReport(report), code)
}

const readReport = (/** @type {string} */ file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined)

/** What could not even begin has failed, with its reason said. */
async function count(/** @type {typeof runners[number]} */ { name, run }) {
  try {
    return await step(name, run)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return { passed: 0, failed: 1 }
  }
}

/** @returns {Promise<Count[]>} */
async function everything() {
  await step('system packages', ensureSystemPackages)
  await build(['app', 'types'])
  const counts = []
  for (const runner of runners) counts.push(await count(runner))
  return counts
}

try {
  const counts = await everything().catch((error) => {
    console.error(error instanceof Error ? error.message : error)
    return [{ passed: 0, failed: 1 }]
  })
  const all = sum(counts)
  console.log(total(all))
  process.exitCode = all.failed > 0 || all.passed === 0 ? 1 : 0
} finally {
  rmSync(reports, { recursive: true, force: true })
}
