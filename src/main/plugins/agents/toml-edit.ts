import { stringify } from 'smol-toml'
import { statementsOf, type Statement } from './toml-text'

/** A stretch of text, its end exclusive. */
interface Span {
  readonly from: number
  readonly to: number
}

/**
 * The text with the table `[section.name]` set: where it stood before, else at the end; nothing else of it changes.
 * What cannot be written so (a section that is an inline table) comes out as text that does not parse or says something else.
 */
export function setInToml(text: string, section: string, name: string, value: unknown): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const table =
    stringify({ [section]: { [name]: value } })
      .trimEnd()
      .replaceAll('\n', eol) + eol
  const spans = spansOf(text, [section, name])
  const first = spans[0]
  if (first && text.slice(first.from).trimStart().startsWith('[')) return cut(text, spans.slice(1), { at: first, with: table })
  const left = cut(text, spans)
  const gap = left.trim() === '' ? '' : left.endsWith('\n') ? eol : eol + eol
  return left + gap + table
}

/** The text without the table `[section.name]`, those below it, and the empty line before each. */
export function removeInToml(text: string, section: string, name: string): string {
  const spans = spansOf(text, [section, name])
  return cut(
    text,
    spans.map((span) => ({ from: withEmptyLine(text, span.from), to: span.to })),
  )
}

/** From the last, so that the places of the others hold. */
function cut(text: string, spans: readonly Span[], replaced?: { readonly at: Span; readonly with: string }): string {
  const left = [...spans].reverse().reduce((rest, { from, to }) => rest.slice(0, from) + rest.slice(to), text)
  return replaced ? left.slice(0, replaced.at.from) + replaced.with + left.slice(replaced.at.to) : left
}

function withEmptyLine(text: string, from: number): number {
  const start = from === 0 ? 0 : text.lastIndexOf('\n', from - 2) + 1
  return text.slice(start, from).trim() === '' ? start : from
}

/** Everything that is said of the path: tables with what stands in them, and single keys elsewhere. */
function spansOf(text: string, path: readonly string[]): Span[] {
  const spans: { from: number; to: number }[] = []
  let isInTable = false
  for (const statement of statementsOf(text)) {
    const isOurs = isBelow(statement, path)
    const last = spans.at(-1)
    if (isOurs && isInTable && statement.kind === 'pair' && last) last.to = statement.to
    else if (isOurs) spans.push({ from: statement.from, to: statement.to })
    if (statement.kind !== 'pair') isInTable = isOurs
  }
  return spans
}

const isBelow = (statement: Statement, path: readonly string[]): boolean => path.every((segment, i) => statement.path[i] === segment)
