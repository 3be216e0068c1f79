/** What a `WWW-Authenticate: Bearer` says (RFC 6750, RFC 9728). */
export interface Challenge {
  readonly resourceMetadata: string | undefined
  readonly scopes: readonly string[]
  readonly error: string | undefined
}

const longest = 8_192
/** Begins where a word does, so that no text is read again and again. */
const parameter = /(?<![a-z_])([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi

export function parseChallenge(header: string | undefined): Challenge {
  const text = (header ?? '').slice(0, longest)
  const start = text.search(/\bbearer\b/i)
  const found = new Map<string, string>()
  for (const [, name = '', quoted, plain] of start < 0 ? [] : text.slice(start + 6).matchAll(parameter)) {
    const key = name.toLowerCase()
    if (!found.has(key)) found.set(key, quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  return { resourceMetadata: found.get('resource_metadata'), scopes: scopesIn(found.get('scope')), error: found.get('error') }
}

/** The scope tokens of RFC 6749, section 3.3; what is none is dropped. */
export const scopesIn = (text: string | undefined): string[] =>
  (text ?? '').split(' ').filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/.test(scope))

/** Characters of all scopes together: they stand in an address, and a server could name ever more of them. */
const mostOfAll = 8_192

/** All of them in their order, each once, as far as an address has room for them. */
export function united(...lists: readonly (readonly string[])[]): string[] {
  let room = mostOfAll
  return [...new Set(lists.flat())].filter((scope) => (room -= scope.length + 1) >= 0)
}
