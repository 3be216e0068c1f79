import { createScanner, parseTree, type JSONScanner, type Node, type ParseError } from 'jsonc-parser'
import { lineAt, unreadable } from './unreadable'

/** Deeper than this no config is; it also keeps everything that walks one away from the end of the stack. */
export const deepestConfig = 200

/** The scanner's kinds of tokens, whose enumeration exists for the compiler only. */
const kinds = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, comma: 5, endOfFile: 17 } as const
const options = { allowTrailingComma: true }

/**
 * JSON with comments and trailing commas as plain values; empty text is an empty object. A key named `__proto__` is a key.
 * @throws GatewayError `agent.unreadable` that names the line
 */
export function parseJsonText(text: string): unknown {
  if (text.trim() === '') return {}
  checkDepth(text)
  try {
    return JSON.parse(text) as unknown
  } catch {
    return plain(treeOf(text))
  }
}

/**
 * Where everything stands in a text that parses: its root, that one's properties, and theirs; deeper ones have no children, and what is neither object nor list
 * counts as a string. A whole
 * tree of a large file takes seconds.
 * @throws GatewayError `agent.unreadable` that names the line
 */
export function jsonTree(text: string): Node {
  const scanner = createScanner(text, true)
  scanner.scan()
  return nodeAt({ scanner, text }, 2)
}

interface Scan {
  readonly scanner: JSONScanner
  readonly text: string
}

/** The value that begins with the present token; afterwards its last token is the present one. */
function nodeAt(scan: Scan, levels: number): Node {
  const { scanner } = scan
  const offset = scanner.getTokenOffset()
  const kind: number = scanner.getToken()
  if (kind === kinds.openBrace && levels > 0) {
    const children = childrenAt(scan, levels - 1)
    return { type: 'object', offset, length: endOf(scan) - offset, children }
  }
  const isNested = kind === kinds.openBrace || kind === kinds.openBracket
  if (isNested) skipNested(scan)
  const type = kind === kinds.openBrace ? 'object' : kind === kinds.openBracket ? 'array' : 'string'
  return { type, offset, length: endOf(scan) - offset, ...(isNested ? {} : { value: scanner.getTokenValue() }) }
}

const endOf = ({ scanner }: Scan): number => scanner.getTokenOffset() + scanner.getTokenLength()

/** Up to the closing brace. */
function childrenAt(scan: Scan, levels: number): Node[] {
  const { scanner } = scan
  const children: Node[] = []
  for (let kind = next(scan); kind !== kinds.closeBrace; kind = next(scan)) {
    if (kind === kinds.comma) continue
    const key: Node = { type: 'string', offset: scanner.getTokenOffset(), length: scanner.getTokenLength(), value: scanner.getTokenValue() }
    next(scan)
    next(scan)
    const value = nodeAt(scan, levels)
    children.push({ type: 'property', offset: key.offset, length: value.offset + value.length - key.offset, children: [key, value] })
  }
  return children
}

/** To the token that closes what the present one opens. */
function skipNested(scan: Scan): void {
  for (let depth = 1; depth > 0;) {
    const kind = next(scan)
    if (kind === kinds.openBrace || kind === kinds.openBracket) depth++
    else if (kind === kinds.closeBrace || kind === kinds.closeBracket) depth--
  }
}

function next({ scanner, text }: Scan): number {
  const kind: number = scanner.scan()
  if (kind === kinds.endOfFile) throw unreadable(`${lineAt(text, scanner.getTokenOffset())} is not valid JSON.`)
  return kind
}

function treeOf(text: string): Node {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, options)
  const first = errors[0]
  if (first) throw unreadable(`${lineAt(text, first.offset)} is not valid JSON.`)
  if (!root) throw unreadable('It holds nothing but comments.')
  return root
}

function checkDepth(text: string): void {
  const scanner = createScanner(text, true)
  let depth = 0
  for (let kind: number = scanner.scan(); kind !== kinds.endOfFile; kind = scanner.scan()) {
    if (kind === kinds.openBrace || kind === kinds.openBracket) depth++
    else if (kind === kinds.closeBrace || kind === kinds.closeBracket) depth--
    if (depth > deepestConfig)
      throw unreadable(`${lineAt(text, scanner.getTokenOffset())} is nested more than ${deepestConfig} levels deep.`)
  }
}

/** Entries become own keys whatever they are called, the last of two that are alike. */
function plain(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(plain)
  if (node.type !== 'object') return node.value as unknown
  return Object.fromEntries(
    propertiesOf(node).map(({ key, property }) => [key, property.children?.[1] ? plain(property.children[1]) : undefined]),
  )
}

/** The properties of an object, in their order. */
export const propertiesOf = (object: Node): { readonly key: string; readonly property: Node }[] =>
  (object.children ?? []).map((property) => ({ key: String(property.children?.[0]?.value), property }))

/** The value below a key; null where there is none. @throws GatewayError `agent.unreadable` when the key stands there twice */
export function valueAt(object: Node, key: string, text: string): Node | null {
  const found = propertiesOf(object).filter((each) => each.key === key)
  const second = found[1]
  if (second) throw unreadable(`${lineAt(text, second.property.offset)} names ${JSON.stringify(key)} a second time.`)
  return found[0]?.property.children?.[1] ?? null
}

/** Where the next comma stands between two places, outside of comments; null when there is none. */
export function commaBetween(text: string, from: number, to: number): number | null {
  const scanner = createScanner(text, true)
  scanner.setPosition(from)
  const kind: number = scanner.scan()
  const offset = scanner.getTokenOffset()
  return kind === kinds.comma && offset < to ? offset : null
}
