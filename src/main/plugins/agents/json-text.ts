import { createScanner, parseTree, type Node, type ParseError } from 'jsonc-parser'
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
 * The same as a tree that knows where everything stands.
 * @throws GatewayError `agent.unreadable` that names the line
 */
export function jsonTree(text: string): Node {
  checkDepth(text)
  return treeOf(text)
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
