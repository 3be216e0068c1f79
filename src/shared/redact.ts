import { redactKnown } from './known-secrets'

/*
 * Takes secrets out of whatever is written down: logs, audit, messages. Every expression here is linear in its input:
 * each run is bounded or begins where its own characters cannot have come before.
 */

const redactedMark = '[redacted]'
const cutMark = '[cut]'
/** Deeper than this nothing is kept. */
const deepest = 32
/** Values that one redaction looks at, fields of objects included; the rest is cut. */
const mostNodes = 20_000
const longestKnownKey = 64
const mostKnownKeys = 4096

const secretKey =
  /passw(?:or)?d|passphrase|passcode|^pwd$|secret|token(?!i[sz])|apikey|accesskey|authkey|privatekey|signingkey|encryptionkey|authorization|cookie|credential|^auth$|^bearer$|^jwt$|^otp$|^pin$/

/** Whether a key, header or variable of this name holds a secret, in any case style: `apiKey`, `X-API-Key`, `DB_PASSWORD`. */
export function isSecretKey(key: string): boolean {
  if (key.length > longestKnownKey) return looksSecret(key)
  const before = knownKeys.get(key)
  if (before !== undefined) return before
  if (knownKeys.size >= mostKnownKeys) knownKeys.clear()
  const now = looksSecret(key)
  knownKeys.set(key, now)
  return now
}

const knownKeys = new Map<string, boolean>()

function looksSecret(key: string): boolean {
  const letters = key
    .slice(0, 1024)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z]+/g, '')
  return secretKey.test(letters)
}

/** A part of this decides whether the expressions below are worth running at all. */
const anySecret =
  /bearer|Basic|sk-|[sr]k_|gh[pousr]_|github_pat_|glpat-|xox|AKIA|ASIA|AIza|npm_|eyJ|fgw_|-----BEGIN|:\/\/|pass|pwd|secret|token|key|authorization|cookie/i

/** `$1` is kept, the rest goes. At least eight is `x{8}x*`: with `x{8,}` a run of a few million characters overflows V8's stack. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, redactedMark],
  [/(:\/\/)[^\s/?#@"'<>]{1,1024}@/g, `$1${redactedMark}@`],
  [/(?<!\w)(bearer\s{1,8})[\w.~+/=-]{8}[\w.~+/=-]*/gi, `$1${redactedMark}`],
  [/(?<!\w)(Basic\s{1,8})[A-Za-z0-9+/=]{16}[A-Za-z0-9+/=]*/g, `$1${redactedMark}`],
  [/(?<![\w-])(?:sk-|[sr]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|npm_|fgw_)[\w-]{16}[\w-]*/g, redactedMark],
  [/(?<![\w-])(?:AKIA|ASIA)[A-Z0-9]{16}|(?<![\w-])AIza[\w-]{30}[\w-]*/g, redactedMark],
  [/(?<![\w-])eyJ[\w-]{8}[\w-]*\.[\w-]{8}[\w-]*(?:\.[\w-]*)?/g, redactedMark],
  [/((?:authorization|cookie)["']?\s{0,4}:\s{0,4}["']?)[^\r\n"']{3,}/gi, `$1${redactedMark}`],
  [
    /((?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s{0,4}[=:]\s{0,4}["']?)(?!\$\{)[^\s"'&,;[\]{}]{4}[^\s"'&,;[\]{}]*/gi,
    `$1${redactedMark}`,
  ],
]

/** Text without values of known secrets, bearer tokens, known kinds of keys, JWTs, private keys, passwords in URLs and `secret=value` pairs. */
export function redactText(text: string): string {
  const unknown = redactKnown(text)
  if (unknown.length < 8 || !anySecret.test(unknown)) return unknown
  return secrets.reduce((left, [secret, kept]) => left.replace(secret, kept), unknown)
}

interface Walk {
  nodes: number
  readonly longestText: number
}

/**
 * A copy without secrets, made of what JSON knows; the value itself when there was nothing to take out. Secret keys lose their
 * whole value. Errors become their name, message and code, binary data its size; too deep or too much is cut.
 */
export const redact = (value: unknown): unknown => clean(value, 0, { nodes: 0, longestText: Infinity })

/** JSON text of `redact(value)`, cut to `maxBytes` bytes of UTF-8; what is cut ends in "…". */
export function redactedJson(value: unknown, maxBytes: number): string {
  const text = JSON.stringify(clean(value, 0, { nodes: 0, longestText: maxBytes + 1024 })) ?? 'null'
  return text.length * 3 <= maxBytes ? text : cutBytes(text, maxBytes)
}

function clean(value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value === 'string') return cleanText(value, walk)
  if (typeof value !== 'object' || value === null) return cleanOther(value)
  if (depth >= deepest || ++walk.nodes > mostNodes) return cutMark
  if (Array.isArray(value)) return cleanArray(value, depth, walk)
  return cleanObject(value, depth, walk)
}

function cleanText(text: string, walk: Walk): string {
  return redactText(text.length > walk.longestText ? text.slice(0, walk.longestText) : text)
}

function cleanOther(value: unknown): unknown {
  if (typeof value === 'number') return cleanNumber(value)
  if (typeof value === 'bigint') return redactKnown(String(value))
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : value
}

/** A secret of digits may travel as a number. */
function cleanNumber(value: number): unknown {
  const text = String(value)
  return redactKnown(text) === text ? value : redactedMark
}

function cleanArray(values: readonly unknown[], depth: number, walk: Walk): readonly unknown[] {
  let copy: unknown[] | null = values.length > mostNodes ? values.slice(0, mostNodes) : null
  const length = Math.min(values.length, mostNodes)
  for (let i = 0; i < length; i++) {
    const cleaned = clean(values[i], depth + 1, walk)
    if (cleaned === values[i]) continue
    copy ??= [...values]
    copy[i] = cleaned ?? null
  }
  return copy ?? values
}

function cleanObject(value: object, depth: number, walk: Walk): unknown {
  const known = plainForm(value)
  if (known !== value) return clean(known, depth + 1, walk)
  const fields = value as Record<string, unknown>
  const all = Object.keys(fields)
  const room = Math.max(0, mostNodes - walk.nodes)
  const keys = all.length > room ? all.slice(0, room) : all
  walk.nodes += keys.length
  const changed = new Map<string, unknown>()
  for (const key of keys) {
    const field = fields[key]
    const cleaned = mayBeSecret(key, field) ? redactedMark : clean(field, depth + 1, walk)
    if (cleaned !== field || redactKnown(key) !== key) changed.set(key, cleaned)
  }
  if (changed.size === 0 && keys === all) return value
  const kept = keys.map((key) => [redactKnown(key), changed.has(key) ? changed.get(key) : fields[key]] as const)
  return Object.fromEntries(keys === all ? kept : [...kept, [cutMark, all.length - keys.length] as const])
}

/** Numbers under `max_tokens` and its like count a model's tokens. */
function mayBeSecret(key: string, value: unknown): boolean {
  if (!isSecretKey(key)) return false
  if (typeof value === 'number') return !/token/i.test(key)
  return value !== null && value !== undefined && value !== '' && typeof value !== 'boolean'
}

/** What stands for a value that JSON would lose or garble; the value itself when it is an ordinary object. */
function plainForm(value: object): unknown {
  if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) return value
  if (value instanceof Error) return errorForm(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof Map) return [...value.entries()]
  if (value instanceof Set) return [...value.values()]
  return hasToJson(value) ? value.toJSON() : { ...value }
}

const hasToJson = (value: object): value is { toJSON(): unknown } => 'toJSON' in value && typeof value.toJSON === 'function'

function errorForm(error: Error): Record<string, unknown> {
  const code = (error as { code?: unknown }).code
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  }
}

function cutBytes(text: string, maxBytes: number): string {
  const end = fitting(text, maxBytes)
  return end === text.length ? text : `${text.slice(0, fitting(text, maxBytes - 3))}…`
}

/** How many UTF-16 units from the start fit into so many bytes of UTF-8, without cutting a character in two. */
function fitting(text: string, maxBytes: number): number {
  let bytes = 0
  for (let i = 0; i < text.length;) {
    const point = text.codePointAt(i) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (bytes > maxBytes) return i
    i += point > 0xffff ? 2 : 1
  }
  return text.length
}
