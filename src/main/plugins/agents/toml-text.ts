import { parse, TomlError } from 'smol-toml'
import { deepestConfig } from './json-text'
import { unreadable } from './unreadable'

/** UTF-16 units of the longest TOML that is read: of eight times as much a hostile one would hold up everything for a quarter of a minute. */
export const longestToml = 1024 * 1024

/** TOML as plain values; integers that a double cannot hold are bigints. @throws GatewayError `agent.unreadable` that names the line */
export function parseTomlText(text: string): unknown {
  if (text.length > longestToml) throw unreadable(`It is longer than ${longestToml} characters.`)
  const parsed = parseAll(text)
  if (statementsOf(text).some(({ path }) => path.length > deepestConfig))
    throw unreadable(`It is nested more than ${deepestConfig} levels deep.`)
  return parsed
}

function parseAll(text: string): unknown {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded', maxDepth: deepestConfig })
  } catch (cause) {
    throw unreadable(cause instanceof TomlError ? `Line ${cause.line} is not valid TOML.` : 'It is not valid TOML.', cause)
  }
}

/** A `[table]` line or a `key = value`, where it stands, and the whole path that it is about. */
export interface Statement {
  readonly kind: 'table' | 'array' | 'pair'
  readonly path: readonly string[]
  /** Of the first character of its first line. */
  readonly from: number
  /** Behind the line end of its last line. */
  readonly to: number
}

/** What a text that parses is made of, comments and empty lines left out, in its order. */
export function statementsOf(text: string): Statement[] {
  const statements: Statement[] = []
  let table: readonly string[] = []
  for (let at = nextStatement(text, 0); at < text.length;) {
    const from = text.lastIndexOf('\n', at - 1) + 1
    const isTable = text[at] === '['
    const kind = !isTable ? 'pair' : text[at + 1] === '[' ? 'array' : 'table'
    const key = keyPath(text, at + (kind === 'pair' ? 0 : kind === 'table' ? 1 : 2))
    const to = isTable ? endOfLine(text, key.end) : endOfValue(text, key.end)
    if (isTable) table = key.path
    statements.push({ kind, path: isTable ? key.path : [...table, ...key.path], from, to })
    at = nextStatement(text, to)
  }
  return statements
}

/** Past empty lines and comments. */
function nextStatement(text: string, from: number): number {
  const blank = /[ \t\r\n]+|#[^\n]*/y
  let at = from
  do {
    at = Math.max(at, blank.lastIndex)
    blank.lastIndex = at
  } while (blank.test(text))
  return at
}

/** The segments of a dotted key and the place behind it. */
function keyPath(text: string, from: number): { readonly path: string[]; readonly end: number } {
  const segment = /[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*(\.?)/y
  segment.lastIndex = from
  const path: string[] = []
  let end = from
  for (let found = segment.exec(text); found; found = segment.exec(text)) {
    path.push(keyName(found[1] ?? ''))
    end = segment.lastIndex
    if (found[2] === '') break
  }
  return { path, end }
}

const keyName = (written: string): string => (/^["']/.test(written) ? String((parse(`key = ${written}`) as { key: unknown }).key) : written)

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end + 1
}

/** Strings of the four kinds, comments, brackets, line ends: everything that decides where a value ends. */
const marks = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[[\]{}]|\n/g

function endOfValue(text: string, from: number): number {
  const mark = new RegExp(marks)
  mark.lastIndex = from
  let depth = 0
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (/^[[{]$/.test(found[0])) depth++
    else if (/^[\]}]$/.test(found[0])) depth--
    else if (found[0] === '\n' && depth <= 0) return mark.lastIndex
  }
  return text.length
}
