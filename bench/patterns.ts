/*
 * How long the slowest accepted pattern takes on the longest name: an adversarial set and a random search for worse.
 * `node bench/patterns.ts` prints a table and ends with 1 when a name takes over 2 ms, or a URI over 10 ms. Needs a Node that strips types.
 */
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'
import type * as patternsModule from '../src/shared/patterns'

const limitMs = { name: 2, uri: 10 }
/** A server's name of 48, an underscore, a tool's name of 128. */
const nameLength = 177
const rounds = 3000

const source = fileURLToPath(new URL('../src/shared/patterns.ts', import.meta.url))
const { module } = await runnerImport<typeof patternsModule>(source)
const { compilePattern, longestName, longestPattern, patternProblem } = module

interface Sample {
  readonly pattern: string
  readonly name: string
}

const run = (text: string, length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length)
const fill = (head: string, unit: string, tail: string) => head + run(unit, longestPattern - head.length - tail.length) + tail
const growing = Array.from({ length: 20 }, (_, i) => 'a'.repeat(i + 1)).join(',')

const patterns = [
  '*a*a*b',
  '*?*?*b',
  fill('*', 'a', '?a?a?a?a?a?a?a?b*'),
  fill('*?', 'a', '?a*b'),
  '*a?a?a?a?a?a?a?a?b*b',
  '*a?*?a*b',
  fill('*', 'a', '*b'),
  fill('*', 'a', '?b*c'),
  fill('*a*', 'a?', 'b*'),
  `*a*{${growing}}*b`,
  fill('*{', 'a,b,aa,', 'c}*a*'),
  fill('*', 'a', '{b,c,d,e,f,g,h}*'),
  '(a+)+b',
  '(a|a)*b',
  '[a-a]*a*a*b',
]
const names = [run('a', nameLength), `${run('a', nameLength - 1)}c`, run('ab', nameLength), run('aab', nameLength)]
const adversarial = patterns.flatMap((pattern) => names.map((name) => ({ pattern, name })))
const uris = patterns.map((pattern) => ({ pattern, name: run('a', longestName) }))

const below = (limit: number) => Math.floor(Math.random() * limit)
const pick = (signs: string, length: number) => Array.from({ length }, () => signs[below(signs.length)]).join('')
function random(): Sample {
  const text = pick('aaaaaab', 1 + below(longestPattern - 40)).split('')
  for (const sign of ['*'.repeat(below(4)), '?'.repeat(below(9)), below(2) ? `{${pick('aaab,', 20)},}` : ''].flatMap((signs) =>
    signs.startsWith('{') ? [signs] : [...signs],
  )) {
    text.splice(below(text.length + 1), 0, sign)
  }
  return { pattern: text.join(''), name: pick(below(2) ? 'a' : 'aaaaaaaaab', nameLength) }
}

function time({ pattern, name }: Sample): number {
  const matches = compilePattern(pattern)
  let best = Infinity
  for (let i = 0; i < 3; i++) {
    const start = performance.now()
    matches(name)
    best = Math.min(best, performance.now() - start)
  }
  return best
}

function slowest(samples: readonly Sample[]) {
  const accepted = samples.filter(({ pattern }) => patternProblem(pattern) === null)
  const timed = accepted.map((sample) => ({ ...sample, ms: time(sample) })).sort((a, b) => b.ms - a.ms)
  return { tried: samples.length, accepted: accepted.length, ms: timed[0]?.ms ?? 0, pattern: timed[0]?.pattern.slice(0, 60) ?? '' }
}

const results = [
  { what: `adversarial, names of ${nameLength}`, limit: limitMs.name, ...slowest(adversarial) },
  { what: `random, names of ${nameLength}`, limit: limitMs.name, ...slowest(Array.from({ length: rounds }, random)) },
  { what: `adversarial, URIs of ${longestName}`, limit: limitMs.uri, ...slowest(uris) },
]
console.table(results.map(({ ms, ...rest }) => ({ ...rest, slowest_ms: Number(ms.toFixed(3)) })))
process.exitCode = results.some(({ ms, limit }) => ms > limit) ? 1 : 0
