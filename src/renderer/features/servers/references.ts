import { isSecretKey, redactText } from '../../../shared/redact'

const references = /\$\{(?:env|file|keychain|var):[^{}]{1,1024}\}/g
/** What stands before the secret in a header such as Authorization. */
const scheme = /^(bearer|basic|token)\s+/i

const speaksAbout = (name: string, value: string): boolean =>
  /_(?:file|path|dir|url|uri|id|ttl|name|count|limit|type)$/i.test(name) ||
  (/credentials?$/i.test(name) && /^(?:\/|~\/|\.{1,2}\/|[A-Za-z]:\\)/.test(value)) ||
  (/token/i.test(name) && /^\d{1,9}$/.test(value))

/** Whether a header's or variable's value looks like a secret that is written out; the gateway refuses those. */
export function holdsSecret(name: string, value: string): boolean {
  const rest = value.replace(references, ' ')
  const isRaw = rest === value && value !== '' && isSecretKey(name) && !speaksAbout(name, value)
  return isRaw || redactText(rest) !== rest
}

/** The secret itself, without the word before it: `Bearer abc` is `abc`; nothing where there are references already. */
export const secretIn = (value: string): string => (value.replace(references, ' ') === value ? value.replace(scheme, '') : '')

/** The value with a reference for its secret: `Bearer abc` becomes `Bearer ${keychain:NAME}`. An Authorization header is a bearer's unless it says otherwise. */
export function withReference(field: string, value: string, secret: string): string {
  const said = scheme.exec(value)?.[0]
  const before = said ?? (/^(?:proxy-)?authorization$/i.test(field) ? 'Bearer ' : '')
  return `${before}\${keychain:${secret}}`
}

/** A name for a secret of this server and field that is not taken: `stripe-authorization`. */
export function secretNameFor(server: string, field: string, taken: readonly string[]): string {
  const base = [server, field]
    .map((part) =>
      part
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, ''),
    )
    .filter((part) => part !== '')
    .join('-')
    .slice(0, 120)
  const name = base === '' ? 'secret' : base
  if (!taken.includes(name)) return name
  for (let number = 2; ; number += 1) if (!taken.includes(`${name}-${number}`)) return `${name}-${number}`
}
