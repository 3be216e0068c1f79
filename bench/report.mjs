// The figures for people, and for programs.
import { writeFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { medianOf } from './figures.mjs'

export const resultsFile = fileURLToPath(new URL('results.json', import.meta.url))

/** @typedef {import('./figures.mjs').Sample} Sample */
/** @typedef {Record<string, Record<string, Sample[]>>} Samples by what was measured, then by way */
/** @typedef {import('./targets.mjs').Row} Row */

export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory_gb: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
  node: process.version,
  load_at_start: loadavg()[0] ?? 0,
})

/** Two significant digits after the zeros at most; whole numbers from a hundred on. @param {number} value */
const number = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** @param {Row} row */
function targetText({ most, least, unit }) {
  if (most !== undefined) return `<= ${most} ${unit}`
  return least === undefined ? '' : `>= ${least} ${unit}`
}

/** Columns as wide as their widest cell; the first is set left, the rest right. @param {readonly (readonly string[])[]} lines */
export function columns(lines) {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  const pad = (/** @type {string} */ cell, /** @type {number} */ i) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)
  return lines.map((line) => line.map(pad).join('   ').trimEnd()).join('\n')
}

/** @param {readonly Row[]} rows */
export const figuresTable = (rows) =>
  columns([
    ['', 'figure', 'target', ''],
    ...rows.map((row) => [row.what, `${number(row.value)} ${row.unit}`, targetText(row), row.verdict]),
  ])

/** @param {Samples} samples */
export function samplesTable(samples) {
  const lines = Object.entries(samples).flatMap(([what, ways]) =>
    Object.entries(ways).map(([way, rounds]) => {
      const median = (/** @type {import('./figures.mjs').Measure} */ measure) => number(medianOf(rounds, measure))
      const cpu = rounds[0]?.cpuUs === undefined ? '' : median('cpuUs')
      return [what, way, median('p50'), median('p95'), median('perSecond'), cpu]
    }),
  )
  return lines.length === 0 ? '' : columns([['', '', 'p50 ms', 'p95 ms', 'calls/s', 'CPU us'], ...lines])
}

/** @param {object} results @param {string} file */
export const writeResults = (results, file = resultsFile) => writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
