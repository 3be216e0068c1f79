// How long the slowest accepted pattern takes on the longest name: an adversarial set, and a random search for worse.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

/** A server's name of 48, an underscore, a tool's name of 128. */
const nameLength = 177
const randomSamples = 3000

/** @typedef {{ pattern: string, name: string }} Sample */
/** @typedef {typeof import('../../src/shared/patterns')} Patterns */

const run = (/** @type {string} */ text, /** @type {number} */ length) => text.repeat(Math.ceil(length / text.length)).slice(0, length)
const below = (/** @type {number} */ limit) => Math.floor(Math.random() * limit)
const pick = (/** @type {string} */ signs, /** @type {number} */ length) =>
  Array.from({ length }, () => signs[below(signs.length)]).join('')

/** @param {number} longest characters of a pattern */
function adversarialPatterns(longest) {
  const fill = (/** @type {string} */ head, /** @type {string} */ unit, /** @type {string} */ tail) =>
    head + run(unit, longest - head.length - tail.length) + tail
  const growing = Array.from({ length: 20 }, (_, i) => 'a'.repeat(i + 1)).join(',')
  return [
    ...['*a*a*b', '*?*?*b', '*a?a?a?a?a?a?a?a?b*b', '*a?*?a*b', '(a+)+b', '(a|a)*b', '[a-a]*a*a*b'],
    ...[fill('*', 'a', '?a?a?a?a?a?a?a?b*'), fill('*?', 'a', '?a*b'), fill('*', 'a', '*b'), fill('*', 'a', '?b*c')],
    ...[fill('*a*', 'a?', 'b*'), `*a*{${growing}}*b`, fill('*{', 'a,b,aa,', 'c}*a*'), fill('*', 'a', '{b,c,d,e,f,g,h}*')],
  ]
}

/** @param {number} longest characters of a pattern @returns {Sample} */
function randomSample(longest) {
  const text = pick('aaaaaab', 1 + below(longest - 40)).split('')
  const stars = [...'*'.repeat(below(4)), ...'?'.repeat(below(9))]
  const braces = below(2) ? [`{${pick('aaab,', 20)},}`] : []
  for (const sign of [...stars, ...braces]) text.splice(below(text.length + 1), 0, sign)
  return { pattern: text.join(''), name: pick(below(2) ? 'a' : 'aaaaaaaaab', nameLength) }
}

/** Milliseconds, the best of three: what the pattern takes, not what else the machine was doing. @param {Patterns} patterns @param {Sample} sample */
function time({ compilePattern }, { pattern, name }) {
  const matches = compilePattern(pattern)
  const times = Array.from({ length: 3 }, () => {
    const started = performance.now()
    matches(name)
    return performance.now() - started
  })
  return Math.min(...times)
}

/** @param {Patterns} patterns @param {readonly Sample[]} samples */
const slowest = (patterns, samples) =>
  Math.max(...samples.filter(({ pattern }) => patterns.patternProblem(pattern) === null).map((sample) => time(patterns, sample)))

export async function patterns() {
  const { module } = await runnerImport(fileURLToPath(new URL('../../src/shared/patterns.ts', import.meta.url)))
  const subject = /** @type {Patterns} */ (module)
  const adversarial = adversarialPatterns(subject.longestPattern)
  const names = [run('a', nameLength), `${run('a', nameLength - 1)}c`, run('ab', nameLength), run('aab', nameLength)]
  const named = adversarial.flatMap((pattern) => names.map((name) => ({ pattern, name })))
  const random = Array.from({ length: randomSamples }, () => randomSample(subject.longestPattern))
  const uris = adversarial.map((pattern) => ({ pattern, name: run('a', subject.longestName) }))
  const figures = { pattern_name_ms: slowest(subject, [...named, ...random]), pattern_uri_ms: slowest(subject, uris) }
  return { figures, samples: {} }
}
