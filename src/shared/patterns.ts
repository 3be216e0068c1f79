import { GatewayError } from './errors'

/*
 * The one pattern language of the product: rules of servers and groups, and the globs of the policy.
 * `*` is any text (also across `.` and `/`), `?` any one character (UTF-16 unit), `{a,b}` a choice; everything else is itself.
 * Matching is greedy without backtracking over stars, so its time is bounded by lengths, never by what the pattern says.
 */

/** Characters of the longest pattern, counted after runs of `*` became one. */
export const longestPattern = 256
export const mostStars = 3
export const mostQuestionMarks = 8
/** Characters of the longest name or URI that any pattern is asked about; who holds a longer one must refuse it. */
export const longestName = 4096

export type Matcher = (name: string) => boolean
export type PatternKind = 'tool' | 'prompt' | 'resource'

/** A pattern and the one kind of thing that it is about; null = all. */
export interface KindPattern {
  readonly kind: PatternKind | null
  readonly matches: Matcher
}

/** @throws GatewayError `input.invalid` for a pattern that is empty, too long, has too many stars or a brace that is no list */
export function compilePattern(pattern: string): Matcher {
  const problem = patternProblem(pattern)
  if (problem !== null) throw new GatewayError('input.invalid', problem)
  const choices = expand(collapse(pattern)).map(compileChoice)
  const [only] = choices
  return choices.length === 1 && only ? only : (name) => choices.some((matches) => matches(name))
}

/** What is wrong with a pattern, as a sentence that says what to write instead; null when nothing is. */
export function patternProblem(pattern: string): string | null {
  const collapsed = collapse(pattern)
  const shown = JSON.stringify(pattern.slice(0, 40))
  const count = (sign: string) => collapsed.split(sign).length - 1
  if (collapsed === '' || collapsed.length > longestPattern || count('*') > mostStars || count('?') > mostQuestionMarks) {
    return `The pattern ${shown} must have 1 to ${longestPattern} characters, at most ${mostStars} "*" and ${mostQuestionMarks} "?"; split it into several patterns.`
  }
  if (!/^[^{}]*(?:\{[^{}]*,[^{}]*\}[^{}]*)?$/.test(collapsed)) {
    return `The pattern ${shown} may hold one list such as {a,b} and no other brace; write "*" for parts in braces.`
  }
  return null
}

/**
 * `tool:`, `prompt:` or `resource:` before a pattern narrows it to that kind; `resource://…` is a URI, not a prefix.
 * @param folded true for patterns that refuse or ask: then names must be given folded too
 * @throws GatewayError `input.invalid`
 */
export function compileKindPattern(pattern: string, folded: boolean): KindPattern {
  const prefix = /^(tool|prompt|resource):(?!\/\/)/.exec(pattern)
  const rest = prefix ? pattern.slice(prefix[0].length) : pattern
  return { kind: prefix ? (prefix[1] as PatternKind) : null, matches: compilePattern(folded ? fold(rest) : rest) }
}

/** What people see as the same name becomes the same text: NFKC, lower case, without code points that show nothing. */
export function fold(text: string): string {
  if (plain.test(text)) return text.toLowerCase()
  return text.normalize('NFKC').replace(invisible, '').toLowerCase().normalize('NFKC')
}

const plain = /^[\x20-\x7e]*$/
const invisible = /\p{Default_Ignorable_Code_Point}/gu

const collapse = (pattern: string) => pattern.replace(/\*+/g, '*')

/** `a{b,c}d` -> `abd`, `acd`. A choice may put two stars side by side, hence collapsed again. */
function expand(pattern: string): string[] {
  const open = pattern.indexOf('{')
  if (open === -1) return [pattern]
  const close = pattern.indexOf('}')
  const choices = new Set(pattern.slice(open + 1, close).split(','))
  return [...choices].map((choice) => collapse(pattern.slice(0, open) + choice + pattern.slice(close + 1)))
}

/** Text between two stars: literals with one `?` between each two. */
interface Part {
  readonly length: number
  readonly literals: readonly string[]
}

const partOf = (text: string): Part => ({ length: text.length, literals: text.split('?') })

/** First and last part are anchored; the leftmost place is the best one for each part between two stars. */
function compileChoice(pattern: string): Matcher {
  const parts = pattern.split('*').map(partOf)
  const first = parts[0] ?? partOf('')
  const last = parts.at(-1) ?? first
  if (parts.length === 1) return (name) => name.length === first.length && isAt(name, first, 0)
  const middle = parts.slice(1, -1)
  return (name) => {
    const end = name.length - last.length
    return end >= first.length && isAt(name, first, 0) && isAt(name, last, end) && fitBetween(name, middle, first.length, end)
  }
}

function fitBetween(name: string, parts: readonly Part[], start: number, end: number): boolean {
  let from = start
  for (const part of parts) {
    const at = find(name, part, from, end)
    if (at === -1) return false
    from = at + part.length
  }
  return true
}

function find(name: string, part: Part, from: number, end: number): number {
  const last = end - part.length
  const first = part.literals[0] ?? ''
  for (let at = name.indexOf(first, from); at !== -1 && at <= last; at = name.indexOf(first, at + 1)) if (isAt(name, part, at)) return at
  return -1
}

function isAt(name: string, part: Part, at: number): boolean {
  let from = at
  for (const literal of part.literals) {
    if (!name.startsWith(literal, from)) return false
    from += literal.length + 1
  }
  return true
}
