/*
 * How figures are drawn from what was timed. Samples of two ways that were measured in the same round are set against each other,
 * and the median of the rounds stands: a machine that swings twofold between runs swings for both.
 */

/**
 * @typedef {object} Sample One round of one way.
 * @property {number} calls how many were answered
 * @property {number} perSecond calls per second
 * @property {number} p50 milliseconds
 * @property {number} p95 milliseconds
 * @property {number} [cpuUs] of the process measured, per call, in microseconds; absent where there is no such process
 */

/** The value below which this share of the others lies; NaN of nothing. @param {readonly number[]} values @param {number} share 0..1 */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** The middle one, or the mean of the middle two; NaN of nothing. @param {readonly number[]} values */
export function median(values) {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2
}

/**
 * @param {readonly number[]} latencies milliseconds, one for each call
 * @param {number} seconds how long the round took
 * @param {number} [cpuMs] what the process took in that time
 * @returns {Sample}
 */
export function sampleOf(latencies, seconds, cpuMs) {
  const calls = latencies.length
  const sample = { calls, perSecond: calls / seconds, p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) }
  return cpuMs === undefined ? sample : { ...sample, cpuUs: (cpuMs * 1000) / calls }
}

/** @typedef {'perSecond' | 'p50' | 'p95' | 'cpuUs'} Measure */

/** The median of one measure over the rounds. @param {readonly Sample[]} samples @param {Measure} measure */
export const medianOf = (samples, measure) => median(samples.map((sample) => sample[measure] ?? Number.NaN))

/** How many times the other's: the median over the rounds. @param {readonly Sample[]} ours @param {readonly Sample[]} other @param {Measure} measure */
export const ratio = (ours, other, measure) => median(paired(ours, other, measure).map(([a, b]) => a / b))

/** How much more than the other's: the median over the rounds. @param {readonly Sample[]} ours @param {readonly Sample[]} other @param {Measure} measure */
export const difference = (ours, other, measure) => median(paired(ours, other, measure).map(([a, b]) => a - b))

/** @param {readonly Sample[]} ours @param {readonly Sample[]} other @param {Measure} measure */
function paired(ours, other, measure) {
  if (ours.length !== other.length) throw new Error(`Rounds do not match: ${ours.length} and ${other.length}.`)
  return ours.map((sample, i) => /** @type {const} */ ([sample[measure] ?? Number.NaN, other[i]?.[measure] ?? Number.NaN]))
}
