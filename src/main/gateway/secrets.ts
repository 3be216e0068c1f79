import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { GatewayError } from '../../shared/errors'
import { rememberSecret } from '../../shared/known-secrets'
import type { ServerPatch } from '../../shared/records'
import { isSecretKey, redactText } from '../../shared/redact'
import type { VaultStatus } from '../../shared/secrets'

/** Keeps secret values: the OS keychain, an encrypted file, or memory. Names are the user's (`${keychain:NAME}`). */
export interface Vault {
  /** `keychain`, `file` or `memory`: shown in status, never silent. */
  readonly kind: VaultStatus['kind']
  /** Whether it answers now. Never throws. */
  status(): Promise<VaultStatus>
  /** Names, in alphabetical order, each with when it was last set (ISO 8601; null where that is not known). @throws GatewayError `vault.unavailable` */
  list(): Promise<readonly { readonly name: string; readonly updated_at: string | null }[]>
  /** @throws GatewayError `vault.unavailable` when it is locked or gone: nothing is lost, try again later */
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  /** @returns whether there was one */
  remove(name: string): Promise<boolean>
}

/** What references may draw on when a connection is opened. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `${var:NAME}`: taken from headers of the incoming request by `header_vars`. */
  readonly vars: Readonly<Record<string, string>>
  readonly vault: Vault | null
  /** Folder that a relative `${file:}` starts from. */
  readonly folder: string
}

/** Bytes of the largest file that `${file:}` reads. */
export const largestSecretFile = 65_536

const references = /\$\{(env|file|keychain|var):([^{}]{1,1024})\}/g
const reference = /\$\{(?:env|file|keychain|var):[^{}]{1,1024}\}/

/** Whether a text holds `${env:…}`, `${file:…}`, `${keychain:…}` or `${var:…}`. */
export const hasReference = (text: string): boolean => reference.test(text)

/** Names of the vault's secrets that a text refers to. */
export const secretNamesIn = (text: string): string[] =>
  [...text.matchAll(references)].flatMap(([, kind, name]) => (kind === 'keychain' && name !== undefined ? [name] : []))

/**
 * The text with every reference replaced by what it stands for; other text, also `${…}` of other kinds, stays as it is.
 * A secret's own value is never searched for references.
 * @param field what the text is, for the error: `static_headers.Authorization`
 * @throws GatewayError `secret.unresolved`, which names field and reference, never a value; also for the gateway's own credentials
 */
export async function resolveSecrets(text: string, sources: SecretSources, field = 'a setting'): Promise<string> {
  return resolveWith(text, sources, field, (value) => value)
}

/** A URL with its references resolved, each as one part of it: no value can lead somewhere else. @throws GatewayError `secret.unresolved` */
export const resolveUrl = (url: string, sources: SecretSources): Promise<string> => resolveWith(url, sources, 'url', encodeURIComponent)

async function resolveWith(text: string, sources: SecretSources, field: string, written: (value: string) => string): Promise<string> {
  const found = [...text.matchAll(references)]
  const values = await Promise.all(found.map(([whole, kind, name]) => lookUp(kind ?? '', name ?? '', sources, `${field}: ${whole}`)))
  let next = 0
  return text.replace(references, () => written(values[next++] ?? ''))
}

/** Header values with their references resolved. @throws GatewayError `secret.unresolved`, also for a value with CR, LF or NUL */
export const resolveHeaders = (headers: Readonly<Record<string, string>>, sources: SecretSources): Promise<Record<string, string>> =>
  resolveAll(headers, sources, 'static_headers', /[\r\n\0]/)

/** Environment values with their references resolved. @throws GatewayError `secret.unresolved`, also for a value with NUL */
export const resolveEnv = (env: Readonly<Record<string, string>>, sources: SecretSources): Promise<Record<string, string>> =>
  resolveAll(env, sources, 'env', /\0/)

async function resolveAll(texts: Readonly<Record<string, string>>, sources: SecretSources, what: string, forbidden: RegExp) {
  const resolved = await Promise.all(
    Object.entries(texts).map(async ([key, text]) => {
      const value = await resolveSecrets(text, sources, `${what}.${key}`)
      if (forbidden.test(value)) throw unresolved(`${what}.${key}`, 'its value holds a line break or NUL; store the secret without it')
      return [key, value] as const
    }),
  )
  return Object.fromEntries(resolved)
}

const unresolved = (what: string, why: string) => new GatewayError('secret.unresolved', `${what}: ${why}.`)

/** Whoever may register a server could have them sent to it, and then approve, or open the vault. Folded, because Windows ignores case. */
const isOwnCredential = (name: string, what: string) =>
  /^FAST_GATEWAY_(?:APPROVER_TOKEN|VAULT_KEY)$/i.test(name) ||
  (/^FAST_GATEWAY_ADMIN_TOKEN$/i.test(name) && !what.startsWith('admin_token:'))

/** What is found is masked from then on wherever something is written down, save variables that are no secrets by their name. */
async function lookUp(kind: string, name: string, sources: SecretSources, what: string): Promise<string> {
  const value = await find(kind, name, sources, what)
  if (kind === 'file' || kind === 'keychain' || (kind === 'env' && isSecretKey(name))) rememberSecret(value)
  return value
}

async function find(kind: string, name: string, sources: SecretSources, what: string): Promise<string> {
  if (kind === 'file') return readSecretFile(resolve(sources.folder, name), what)
  if (kind === 'keychain') return fromVault(sources.vault, name, what)
  if (kind === 'env' && isOwnCredential(name, what))
    throw unresolved(what, 'this is a credential of the gateway itself, which goes nowhere')
  const values = kind === 'env' ? sources.env : sources.vars
  const value = Object.hasOwn(values, name) ? values[name] : undefined
  if (value) return value
  const why =
    kind === 'env'
      ? 'this environment variable is not set or empty where the gateway runs'
      : 'the request brought no such header (see header_vars)'
  throw unresolved(what, why)
}

/** What the gateway itself keeps in the vault, such as tokens of logins: no reference reaches it, and no list shows it. */
export const isOwnEntry = (name: string): boolean => name.startsWith('.')

async function fromVault(vault: Vault | null, name: string, what: string): Promise<string> {
  if (isOwnEntry(name)) throw unresolved(what, 'this belongs to the gateway itself, and goes nowhere')
  if (!vault) throw unresolved(what, 'no keychain is open here; use ${env:} or ${file:} instead')
  const value = await vault.get(name).catch((cause: unknown) => {
    const why = cause instanceof GatewayError ? cause.message : `the vault (${vault.kind}) could not be read.`
    throw new GatewayError('secret.unresolved', `${what}: ${why}`, { cause })
  })
  if (!value)
    throw unresolved(what, `the vault (${vault.kind}) holds nothing under this name; store it with "fast-gateway secret set ${name}"`)
  return value
}

/** One line feed at the end is the editor's, not the secret's. */
async function readSecretFile(path: string, what: string): Promise<string> {
  const text = await readWhole(path).catch((cause: unknown) => {
    throw new GatewayError('secret.unresolved', `${what}: the file cannot be read as a secret of at most ${largestSecretFile} bytes.`, {
      cause,
    })
  })
  const value = text.replace(/\r?\n$/, '')
  if (value === '') throw unresolved(what, 'the file is empty')
  // Such as /proc/self/environ, which holds the credentials of the gateway itself.
  if (value.includes('\0')) throw unresolved(what, 'the file holds bytes that no secret has')
  return value
}

/** Regular files only: a pipe or device would never end. */
async function readWhole(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const about = await file.stat()
    if (!about.isFile() || about.size > largestSecretFile) throw new Error('not a file, or too large')
    const buffer = Buffer.alloc(largestSecretFile)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Refuses secrets written out where only references belong: in `static_headers`, `env` and `oauth_client_secret` under a
 * secret's name, anywhere in them when the value itself looks like one, and credentials and named secrets in `url`.
 * @throws GatewayError `input.invalid`, which names the field and shows how to write it
 */
export function checkNoRawSecrets(draft: ServerPatch): void {
  for (const [name, value] of Object.entries(draft.static_headers ?? {})) {
    checkField(
      `static_headers.${name}`,
      value,
      isSecretKey(name),
      /^(bearer|token)\s/i.test(value) ? 'Bearer ${keychain:NAME}' : '${keychain:NAME}',
    )
  }
  for (const [name, value] of Object.entries(draft.env ?? {})) {
    checkField(`env.${name}`, value, isSecretKey(name) && !isAbout(name, value), '${keychain:NAME}')
  }
  if (draft.oauth_client_secret) checkField('oauth_client_secret', draft.oauth_client_secret, true, '${keychain:NAME}')
  if (draft.url) checkUrl(draft.url)
}

function checkUrl(url: string): void {
  if (/:\/\/[^/?#]*@/.test(url)) throw raw('url', 'Authorization: Basic ${keychain:NAME}')
  checkField('url', url, false, '?api_key=${keychain:NAME}')
}

/** `TOKEN_FILE`, `GOOGLE_APPLICATION_CREDENTIALS=/path`, `MAX_TOKENS=4096` speak about secrets, or not even that. */
const isAbout = (name: string, value: string) =>
  /_(?:file|path|dir|url|uri|id|ttl|name|count|limit|type)$/i.test(name) ||
  (/credentials?$/i.test(name) && /^(?:\/|~\/|\.{1,2}\/|[A-Za-z]:\\)/.test(value)) ||
  (/token/i.test(name) && /^\d{1,9}$/.test(value))

function checkField(field: string, value: string, secret: boolean, example: string): void {
  const rest = value.replace(references, ' ')
  const isRaw = secret && value !== '' && rest === value
  if (isRaw || redactText(rest) !== rest) throw raw(field, example)
}

const raw = (field: string, example: string) =>
  new GatewayError(
    'input.invalid',
    `${field} holds a secret in plain text. Store it with "fast-gateway secret set NAME" and refer to it: "${example}"; \${env:NAME} and \${file:/path} are references too.`,
    {
      details: [{ path: field, message: 'must be a reference' }],
    },
  )

/** Headers that carry the caller's own credentials to the gateway; they never reach an upstream. */
export const credentialHeaders: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie'])

/**
 * `${var:NAME}` of one request: the headers that `header_vars` names, save credentials.
 * @param headers of the incoming request, names in lower case
 */
export function varsFromHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  headerVars: Readonly<Record<string, string>>,
): Record<string, string> {
  const vars = Object.entries(headerVars).flatMap(([header, name]) => {
    const key = header.toLowerCase()
    const value = credentialHeaders.has(key) || !Object.hasOwn(headers, key) ? undefined : headers[key]
    return value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join(', ')] as const]
  })
  return Object.fromEntries(vars)
}
