/*
 * Does a URI belong to a URI template (RFC 6570)? Templates come from upstreams and are hostile until proven otherwise, so this is no
 * regular expression: the template is walked token by token over the set of places reached so far, which costs at most
 * (tokens x length of the URI) steps, and `mostCompared` comparisons, whatever either of them holds.
 */

/** Templates beyond these sizes are listed but match nothing. Characters, and expressions in braces. */
export const longestTemplate = 1024
export const mostExpressions = 20
/** Longer URIs belong to no template. Characters. */
export const longestUri = 8192
/** Characters of a template's literals that are compared with one URI; a template that needs more does not match. */
const mostCompared = 500_000

interface Literal {
  readonly text: string
}
interface Wildcard {
  /** What an operator puts before its values; '' for none. */
  readonly prefix: string
  /** Characters that end a value. */
  readonly stops: string
  readonly optional: boolean
}
type Token = Literal | Wildcard

const isLiteral = (token: Token): token is Literal => 'text' in token

const operators: Readonly<Record<string, Wildcard>> = {
  '+': { prefix: '', stops: '', optional: false },
  '#': { prefix: '#', stops: '', optional: true },
  '.': { prefix: '.', stops: '/?#', optional: true },
  '/': { prefix: '/', stops: '?#', optional: true },
  ';': { prefix: ';', stops: '/?#', optional: true },
  '?': { prefix: '?', stops: '#', optional: true },
  '&': { prefix: '&', stops: '#', optional: true },
}
const simple: Wildcard = { prefix: '', stops: '/?#', optional: false }
/** `{path*}`: several servers mean "with its slashes" by it. */
const exploded: Wildcard = { prefix: '', stops: '?#', optional: false }

/** A test for URIs of this template; one that is malformed or too large matches nothing. */
export function compileUriTemplate(template: string): (uri: string) => boolean {
  const tokens = template.length <= longestTemplate ? parse(template) : undefined
  if (!tokens) return () => false
  return (uri) => uri.length <= longestUri && matches(tokens, uri)
}

function parse(template: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  let expressions = 0
  for (let at = 0; at < template.length;) {
    const open = template.indexOf('{', at)
    const text = template.slice(at, open < 0 ? undefined : open)
    if (text.includes('}')) return undefined
    if (text !== '') tokens.push({ text })
    if (open < 0) break
    const close = template.indexOf('}', open)
    const token = close < 0 ? undefined : wildcard(template.slice(open + 1, close))
    if (!token || ++expressions > mostExpressions) return undefined
    tokens.push(token)
    at = close + 1
  }
  return tokens
}

function wildcard(expression: string): Wildcard | undefined {
  const operator = operators[expression.charAt(0)]
  const names = operator ? expression.slice(1) : expression
  if (!/^[\w.%,:*-]+$/.test(names)) return undefined
  return operator ?? (names.includes('*') ? exploded : simple)
}

function matches(tokens: readonly Token[], uri: string): boolean {
  const patience = { left: mostCompared }
  let reached = new Uint8Array(uri.length + 1)
  reached[0] = 1
  for (const token of tokens) {
    const next = new Uint8Array(uri.length + 1)
    const progressed = isLiteral(token) ? walkLiteral(token, uri, reached, next, patience) : walkWildcard(token, uri, reached, next)
    if (!progressed) return false
    reached = next
  }
  return reached[uri.length] === 1
}

function walkLiteral({ text }: Literal, uri: string, reached: Uint8Array, next: Uint8Array, patience: { left: number }): boolean {
  let progressed = false
  for (let at = reached.indexOf(1); at >= 0; at = reached.indexOf(1, at + 1)) {
    if (uri[at] !== text[0]) continue
    if ((patience.left -= text.length) < 0) return false
    if (!uri.startsWith(text, at)) continue
    next[at + text.length] = 1
    progressed = true
  }
  return progressed
}

function walkWildcard({ prefix, stops, optional }: Wildcard, uri: string, reached: Uint8Array, next: Uint8Array): boolean {
  if (optional) next.set(reached)
  let progressed = optional
  let inside = false
  for (let at = 0; at < uri.length; at++) {
    const sign = uri.charAt(at)
    const begins = reached[at] === 1 && (prefix === '' ? !stops.includes(sign) : sign === prefix)
    inside = begins || (inside && !stops.includes(sign))
    if (!inside) continue
    next[at + 1] = 1
    progressed = true
  }
  return progressed
}
