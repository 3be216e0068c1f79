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

function insertion(text: string, object: Node, key: string, value: unknown, style: Style): Edit[] {
  const close = object.offset + object.length - 1
  const last = object.children?.at(-1)
  const end = last ? last.offset + last.length : object.offset + 1
  const comma = last ? commaBetween(text, end, close) : null
  const after = comma === null ? end : comma + 1
  const missing = last && comma === null ? [{ from: end, to: end, text: ',' }] : []
  const trailing = comma === null ? '' : ','
  // Comments on the line of the last property, and below it, stay with it.
  const lineStart = text.lastIndexOf('\n', close - 1) + 1
  const isAlone = lineStart > after && /^[ \t]*$/.test(text.slice(lineStart, close))
  if (isAlone) {
    const indent = last ? indentOf(text, last, style) : indentAt(text, close) + style.unit
    const line = indent + `${JSON.stringify(key)}: ${inLines(value, indent, style)}${trailing}${style.eol}`
    return [...missing, { from: lineStart, to: lineStart, text: line }]
  }
  if (!last && text.slice(end, close).trim() === '') return [{ from: end, to: close, text: alone(text, object, key, value, style) }]
  const spaces = /[ \t]*$/.exec(text.slice(after, close))?.[0].length ?? 0
  const gap = last && /^[ \t]/.test(text.slice(object.offset + 1)) ? ' ' : ''
  const written = `${gap}${JSON.stringify(key)}: ${JSON.stringify(value)}${trailing}`
  return joined(missing, { from: close - spaces, to: close - spaces, text: written })
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
  const close = object.offset + object.length - 1
  const next = properties[index + 1]?.property.offset ?? close
  const comma = commaBetween(text, end, next)
  if (comma !== null) return [wholeLine(text, property.offset, end, comma)]
  const before = properties[index - 1]?.property
  const orphan = before ? commaBetween(text, before.offset + before.length, property.offset) : null
  return [wholeLine(text, property.offset, end, null), ...(orphan === null ? [] : [{ from: orphan, to: orphan + 1, text: '' }])]
}

/** With the comma behind it; when nothing else stands on its lines, they go too. Comments between it and its comma stay. */
function wholeLine(text: string, offset: number, end: number, comma: number | null): Edit {
  const between = comma === null ? '' : text.slice(end, comma)
  const kept = between.trim() === '' ? '' : between
  const until = comma === null ? end : comma + 1
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const rest = /^[ \t]*(\r\n|\n)/.exec(text.slice(until))
  if (kept === '' && rest && start > 0 && /^[ \t]*$/.test(text.slice(start, offset)))
    return { from: start, to: until + rest[0].length, text: '' }
  const spaces = comma === null ? 0 : (/^[ \t]*/.exec(text.slice(until))?.[0].length ?? 0)
  return { from: offset, to: until + spaces, text: kept }
}
