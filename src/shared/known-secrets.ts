/*
 * The secrets that went through this process, by value and in the forms in which texts carry them: whatever is written down is searched
 * for them. One pass over the text, however many are known; nothing at all while none is.
 */

/** Anything shorter stands in ordinary text too. */
const shortest = 6
/** Six letters of base64 stand in ordinary text sooner. */
const shortestBase64 = 8
/** Shorter lines of a secret of many lines are braces and the like. */
const shortestLine = 8
const mostKnown = 1024
const mark = '[redacted]'

/** Value -> its forms, oldest first. */
const known = new Map<string, readonly string[]>()
const byStart = new Map<number, Set<string>>()
/** Whether anything known may begin so; asked at every character. */
const begins = new Uint8Array(65_536)

/**
 * From now on the value is masked by `redactKnown` and all that stands on it, also as it stands in JSON, in a URL and in base64, and
 * where it has many lines each of them. A value of fewer than 6 characters is not. Of more than 1024 the one that was named longest ago is forgotten.
 */
export function rememberSecret(value: string): void {
  if (value.length < shortest) return
  const forms = known.get(value) ?? formsOf(value)
  if (!known.delete(value)) for (const form of forms) index(form)
  known.set(value, forms)
  if (known.size > mostKnown) forgetOldest()
}

function index(form: string): void {
  const start = startAt(form, 0)
  begins[start] = 1
  byStart.set(start, (byStart.get(start) ?? new Set()).add(form))
}

function forgetOldest(): void {
  for (const [oldest, forms] of known) {
    known.delete(oldest)
    for (const form of forms) byStart.get(startAt(form, 0))?.delete(form)
    return
  }
}

function formsOf(value: string): readonly string[] {
  const url = inUrl(value)
  // Arguments and results hold JSON in JSON.
  const plain = [value, inJson(value), inJson(inJson(value)), ...inAddresses(url)]
  return [...new Set([...plain, ...linesOf(value), ...inBase64(bytesOf(url))])]
}

/** As a part of a URL, as the query of one is rewritten, as a form has it, and with every sign escaped that may be. */
const inAddresses = (url: string): readonly string[] => [
  url,
  url.replaceAll("'", '%27'),
  ...[url, escaped(url, /[!'()~]/g)].map((text) => text.replaceAll('%20', '+')),
  escaped(url, /[!'()*]/g),
]

const escaped = (url: string, signs: RegExp) => url.replace(signs, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** What a program prints is read line by line. */
function linesOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim())
  return lines.length === 1 ? [] : lines.flatMap((line) => (line.length < shortestLine ? [] : [line, inJson(line)]))
}

const inJson = (value: string) => JSON.stringify(value).slice(1, -1)

function inUrl(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    return value // half a surrogate pair: no URL can hold it
  }
}

/** UTF-8. */
const bytesOf = (url: string): number[] =>
  [...url.matchAll(/%([0-9A-F]{2})|[^]/g)].map(([sign, hex]) => (hex === undefined ? sign.charCodeAt(0) : parseInt(hex, 16)))

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** As it stands in the base64 of a longer text, such as `user:password`: whatever comes before it moves it by 0, 1 or 2 bytes. */
function inBase64(bytes: readonly number[]): readonly string[] {
  const forms = [0, 1, 2].map((before) => base64Within(bytes, before)).filter((form) => form.length >= shortestBase64)
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))]
}

/** Only letters that are made of the bytes alone. */
function base64Within(bytes: readonly number[], before: number): string {
  const first = Math.ceil((before * 8) / 6)
  const end = Math.floor(((before + bytes.length) * 8) / 6)
  const bit = (at: number) => ((bytes[Math.floor(at / 8) - before] ?? 0) >> (7 - (at % 8))) & 1
  let text = ''
  for (let letter = first; letter < end; letter++) {
    let sextet = 0
    for (let at = letter * 6; at < letter * 6 + 6; at++) sextet = sextet * 2 + bit(at)
    text += letters.charAt(sextet)
  }
  return text
}

/** Six characters in 16 bits; prefixes such as `ghp_` are common to many, so later ones count too. */
const startAt = (text: string, at: number): number =>
  (text.charCodeAt(at) ^ (text.charCodeAt(at + 2) << 3) ^ (text.charCodeAt(at + 4) << 6) ^ (text.charCodeAt(at + 5) << 9)) & 0xffff

/** Text without the values of known secrets, also where it was cut off within one. */
export function redactKnown(text: string): string {
  if (known.size === 0) return text
  let left = ''
  let from = 0
  for (let at = 0; at + shortest <= text.length; at++) {
    const start = startAt(text, at)
    const length = begins[start] === 0 ? 0 : lengthOfSecretAt(text, at, start)
    if (length === 0) continue
    left += text.slice(from, at) + mark
    from = at + length
    at = from - 1
  }
  return from === 0 ? text : left + text.slice(from)
}

function lengthOfSecretAt(text: string, at: number, start: number): number {
  let longest = 0
  for (const value of byStart.get(start) ?? []) {
    const room = text.length - at
    const isThere = value.length <= room ? text.startsWith(value, at) : value.startsWith(text.slice(at))
    if (isThere) longest = Math.max(longest, Math.min(value.length, room))
  }
  return longest
}
