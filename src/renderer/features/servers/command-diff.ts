import type { ServerView } from '../../../shared/records'

/** One line of something that was, and is: still there, new, or gone. */
export interface DiffLine {
  readonly kind: 'same' | 'add' | 'del'
  readonly text: string
}

/** Lines that came and went, in order: what went stands before what came in its place. */
export function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const common = commonLengths(before, after)
  const lines: DiffLine[] = []
  let [b, a] = [0, 0]
  while (b < before.length || a < after.length) {
    const [old, now] = [before[b], after[a]]
    if (old !== undefined && old === now) {
      lines.push({ kind: 'same', text: now })
      b += 1
      a += 1
    } else if (old !== undefined && (now === undefined || common(b + 1, a) >= common(b, a + 1))) {
      lines.push({ kind: 'del', text: old })
      b += 1
    } else if (now !== undefined) {
      lines.push({ kind: 'add', text: now })
      a += 1
    }
  }
  return lines
}

/** How many lines what is left of both has in common, by where each begins. */
function commonLengths(before: readonly string[], after: readonly string[]): (b: number, a: number) => number {
  const width = after.length + 1
  const lengths = new Uint32Array((before.length + 1) * width)
  const at = (b: number, a: number) => lengths[b * width + a] ?? 0
  for (let b = before.length - 1; b >= 0; b -= 1)
    for (let a = after.length - 1; a >= 0; a -= 1)
      lengths[b * width + a] = before[b] === after[a] ? at(b + 1, a + 1) + 1 : Math.max(at(b + 1, a), at(b, a + 1))
  return at
}

/** One name and what it was and is; null: it was not, or is not, there. */
export interface ChangedPair {
  readonly name: string
  readonly before: string | null
  readonly after: string | null
}

/** Every variable of either, the present ones first. */
export function diffPairs(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): readonly ChangedPair[] {
  const names = new Set([...Object.keys(after), ...Object.keys(before)])
  return [...names].map((name) => ({ name, before: valueIn(before, name), after: valueIn(after, name) }))
}

const valueIn = (record: Readonly<Record<string, string>>, name: string): string | null =>
  Object.hasOwn(record, name) ? (record[name] ?? null) : null

type Started = Pick<ServerView, 'command' | 'args' | 'env' | 'cwd'>

/** Whether both start the same program with the same arguments, variables and folder. */
export const isSameCommand = (one: Started, other: Started): boolean =>
  one.command === other.command &&
  one.cwd === other.cwd &&
  JSON.stringify(one.args) === JSON.stringify(other.args) &&
  diffPairs(one.env, other.env).every(({ before, after }) => before === after)
