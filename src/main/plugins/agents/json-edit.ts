import type { Node } from 'jsonc-parser'
import { commaBetween, jsonTree, propertiesOf, valueAt } from './json-text'
import { lineAt, unreadable } from './unreadable'

/** One replacement of text. */
interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** How the file is written. */
interface Style {
  readonly eol: string
  readonly unit: string
}

/**
 * The text with `section.name` set to a value: nothing else of it changes, not a space. What is new stands at the end of its object.
 * @throws GatewayError `agent.unreadable` where the section is no object
 */
export function setInJson(text: string, section: string, name: string, value: unknown): string {
  const style = styleOf(text)
  if (text.trim() === '') return text + inLines({ [section]: { [name]: value } }, '', style) + style.eol
  const root = requireObject(jsonTree(text), text, 'The file')
  const servers = valueAt(root, section, text)
  if (!servers) return apply(text, insertion(text, root, section, { [name]: value }, style))
  requireObject(servers, text, JSON.stringify(section))
  const present = valueAt(servers, name, text)
  if (!present) return apply(text, insertion(text, servers, name, value, style))
  const written = text.includes('\n') ? inLines(value, indentAt(text, present.offset), style) : JSON.stringify(value)
  return apply(text, [{ from: present.offset, to: present.offset + present.length, text: written }])
}

/** The text without `section.name`, its comma and the line that it leaves empty; comments around it stay. */
export function removeInJson(text: string, section: string, name: string): string {
  if (text.trim() === '') return text
  const servers = valueAt(requireObject(jsonTree(text), text, 'The file'), section, text)
  if (servers?.type !== 'object' || !valueAt(servers, name, text)) return text
  return apply(text, removal(text, servers, name))
}

function requireObject(node: Node, text: string, what: string): Node {
  if (node.type !== 'object') throw unreadable(`${lineAt(text, node.offset)}: ${what} is no object in braces.`)
  return node
}

/** From the last, so that the places of the others hold. */
const apply = (text: string, edits: readonly Edit[]): string =>
  [...edits].sort((a, b) => b.from - a.from).reduce((left, edit) => left.slice(0, edit.from) + edit.text + left.slice(edit.to), text)

function styleOf(text: string): Style {
  const eol = /\r\n|\n/.exec(text)?.[0] ?? '\n'
  const unit = /^([ \t]+)["'{[]/m.exec(text)?.[1] ?? '  '
  return { eol, unit: unit.startsWith('\t') ? '\t' : unit.slice(0, 8) }
}

const inLines = (value: unknown, indent: string, { eol, unit }: Style): string =>
  JSON.stringify(value, null, unit).replaceAll('\n', eol + indent)

/** What a line begins with before anything is written on it. */
function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? ''
}

/** Where a new property goes: before the closing brace, behind the last property and its comma. */
interface Spot {
  readonly last: Node | undefined
  /** Behind the last property, or the opening brace. */
  readonly end: number
  readonly comma: number | null
  readonly close: number
  /** Of the line of the closing brace. */
  readonly lineStart: number
}

function spotIn(text: string, object: Node): Spot {
  const close = object.offset + object.length - 1
  const last = object.children?.at(-1)
  const end = last ? last.offset + last.length : object.offset + 1
  return { last, end, comma: last ? commaBetween(text, end, close) : null, close, lineStart: text.lastIndexOf('\n', close - 1) + 1 }
}

function insertion(text: string, object: Node, key: string, value: unknown, style: Style): Edit[] {
  const spot = spotIn(text, object)
  const { last, end, comma, close, lineStart } = spot
  const missing = last && comma === null ? [{ from: end, to: end, text: ',' }] : []
  // Comments on the line of the last property, and below it, stay with it.
  const isAlone = lineStart >= behind(spot) + 1 && /^[ \t]*$/.test(text.slice(lineStart, close))
  if (isAlone) return [...missing, { from: lineStart, to: lineStart, text: ownLine(text, spot, key, value, style) }]
  if (!last && text.slice(end, close).trim() === '') return [{ from: end, to: close, text: alone(text, object, key, value, style) }]
  return joined(missing, inline(text, object, spot, key, value))
}

const behind = ({ end, comma }: Spot): number => (comma === null ? end : comma + 1)
/** A trailing comma stays the habit of the file. */
const trailing = ({ comma }: Spot): string => (comma === null ? '' : ',')

function ownLine(text: string, spot: Spot, key: string, value: unknown, style: Style): string {
  const indent = spot.last ? indentOf(text, spot.last, style) : indentAt(text, spot.close) + style.unit
  return indent + `${JSON.stringify(key)}: ${inLines(value, indent, style)}${trailing(spot)}${style.eol}`
}

function inline(text: string, object: Node, spot: Spot, key: string, value: unknown): Edit {
  const gap = spot.last && /^[ \t]/.test(text.slice(object.offset + 1)) ? ' ' : ''
  const at = Math.max(behind(spot), withoutBlanks(text, spot.close))
  return { from: at, to: at, text: `${gap}${JSON.stringify(key)}: ${JSON.stringify(value)}${trailing(spot)}` }
}

/** Two edits at one place are one: which comes first would not be said otherwise. */
const joined = (missing: readonly Edit[], edit: Edit): Edit[] =>
  missing[0]?.from === edit.from ? [{ ...edit, text: missing[0].text + edit.text }] : [...missing, edit]

/** The first property of an empty object: in lines of its own, unless the whole file is one line. */
function alone(text: string, object: Node, key: string, value: unknown, style: Style): string {
  if (!text.trim().includes('\n') && text.trim() !== '{}') return `${JSON.stringify(key)}: ${JSON.stringify(value)}`
  const outer = indentAt(text, object.offset)
  const indent = outer + style.unit
  return `${style.eol}${indent}${JSON.stringify(key)}: ${inLines(value, indent, style)}${style.eol}${outer}`
}

/** The indentation of a property that begins its line, else what it would be. */
function indentOf(text: string, property: Node, { unit }: Style): string {
  const start = text.lastIndexOf('\n', property.offset - 1) + 1
  const before = text.slice(start, property.offset)
  return /^[ \t]*$/.test(before) ? before : indentAt(text, property.offset) + unit
}

function removal(text: string, object: Node, name: string): Edit[] {
  const properties = propertiesOf(object)
  const index = properties.findIndex(({ key }) => key === name)
  const property = properties[index]?.property
  if (!property) return []
  const end = property.offset + property.length
  const next = properties[index + 1]?.property.offset ?? object.offset + object.length - 1
  const comma = commaBetween(text, end, next)
  return comma === null ? lastRemoval(text, properties[index - 1]?.property, property) : [wholeLine(text, property.offset, end, comma)]
}

/** The last property has no comma behind it: the one before goes with it. */
function lastRemoval(text: string, before: Node | undefined, { offset, length }: Node): Edit[] {
  const end = offset + length
  const orphan = before ? commaBetween(text, before.offset + before.length, offset) : null
  if (orphan === null) return [wholeLine(text, offset, end, null)]
  if (/^,[ \t]*$/.test(text.slice(orphan, offset))) return [{ from: orphan, to: end, text: '' }]
  return [wholeLine(text, offset, end, null), { from: orphan, to: orphan + 1, text: '' }]
}

/** With the comma behind it; when nothing else stands on its lines, they go too. Comments between it and its comma stay. */
function wholeLine(text: string, offset: number, end: number, comma: number | null): Edit {
  const between = comma === null ? '' : text.slice(end, comma)
  const kept = between.trim() === '' ? '' : between
  const until = comma === null ? end : comma + 1
  const line = kept === '' ? linesOf(text, offset, until) : null
  return line ? { ...line, text: '' } : { ...withBlanks(text, offset, until, comma !== null), text: kept }
}

/** The place where the blanks before this one begin. An expression would look at each of them from each of them. */
function withoutBlanks(text: string, end: number): number {
  let at = end
  while (text[at - 1] === ' ' || text[at - 1] === '\t') at--
  return at
}

/** With the blanks behind its comma; before a closing brace, with those that it was set off by. */
function withBlanks(text: string, from: number, to: number, hasComma: boolean): { readonly from: number; readonly to: number } {
  const after = hasComma ? (/^[ \t]*/.exec(text.slice(to))?.[0].length ?? 0) : 0
  if (text[to + after] !== '}') return { from, to: to + after }
  return { from: hasComma ? withoutBlanks(text, from) : from, to }
}

/** The lines that hold nothing else than this stretch, with their last line end; null when they hold more. */
function linesOf(text: string, from: number, to: number): { readonly from: number; readonly to: number } | null {
  const start = text.lastIndexOf('\n', from - 1) + 1
  const rest = /^[ \t]*(\r\n|\n)/.exec(text.slice(to))
  return rest && start > 0 && /^[ \t]*$/.test(text.slice(start, from)) ? { from: start, to: to + rest[0].length } : null
}
