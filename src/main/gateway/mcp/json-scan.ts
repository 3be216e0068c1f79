/*
 * A strict, linear check of JSON text (RFC 8259) on its bytes, without building values. What passes is one whole value, so it can be
 * spliced into a message and can end neither before nor after where we say it does. Every function takes a position and returns the
 * one behind what it read, or `malformed` / `tooDeep`, which are negative.
 */

export const malformed = -1
export const tooDeep = -2
/** Nesting that any message may have; one level is one `{` or `[`. */
export const deepestNesting = 256

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const dot = 0x2e
const zero = 0x30
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** One bit per class of byte, so that each test is one look-up. */
const spaceBit = 1
const digitBit = 2
const hexBit = 4
const escapeBit = 8
const endOfRunBit = 16
const classes = new Uint8Array(256)
const classify = (characters: string, bit: number) => {
  for (const byte of Buffer.from(characters)) classes[byte] = (classes[byte] ?? 0) | bit
}
classify(' \t\n\r', spaceBit)
classify('0123456789', digitBit)
classify('0123456789abcdefABCDEF', hexBit)
classify('"\\/bfnrt', escapeBit)
classify('"\\' + String.fromCharCode(...Array(32).keys()), endOfRunBit)

/** Past the end stands a 0, a control character: it ends everything. */
const classAt = (bytes: Uint8Array, at: number) => classes[bytes[at] ?? 0] ?? 0
const is = (bytes: Uint8Array, at: number, bit: number) => (classAt(bytes, at) & bit) !== 0

/** First byte that is no JSON white space. */
export function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start
  while (is(bytes, at, spaceBit)) at++
  return at
}

/** Runs longer than this are read four bytes at a time, three times as fast. */
const longRun = 512

/** A string whose opening quote stands at `start`. Control characters must be escaped, so no line ends inside. */
export function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at > 0) {
    const far = at + longRun
    while (at < far && !is(bytes, at, endOfRunBit)) at++
    const byte = bytes[at]
    if (byte === quote) return at + 1
    if (byte === backslash) at = skipEscape(bytes, at + 1)
    else if (at === far) at = skipWords(bytes, at)
    else return malformed
  }
  return malformed
}

function skipEscape(bytes: Uint8Array, at: number): number {
  if (is(bytes, at, escapeBit)) return at + 1
  if (bytes[at] !== 0x75) return malformed
  for (let digit = at + 1; digit <= at + 4; digit++) if (!is(bytes, digit, hexBit)) return malformed
  return at + 5
}

/** Up to the first aligned word that holds a quote, a backslash or a control character. */
function skipWords(bytes: Uint8Array, start: number): number {
  const shift = bytes.byteOffset
  let at = start
  while (((shift + at) & 3) !== 0) if (is(bytes, at++, endOfRunBit)) return at - 1
  const words = new Uint32Array(bytes.buffer, 0, (shift + bytes.length) >>> 2)
  let word = (shift + at) >>> 2
  while (word < words.length && !mayEndRun(words[word] ?? 0)) word++
  return word * 4 - shift
}

/** The borrow trick: the high bit of a byte of `((x - n) & ~x)` is on if that byte is below n (or stands above one that is). */
function mayEndRun(word: number): boolean {
  const quotes = word ^ 0x22222222
  const backslashes = word ^ 0x5c5c5c5c
  const hits = ((word - 0x20202020) & ~word) | ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes)
  return (hits & 0x80808080) !== 0
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start
  while (is(bytes, at, digitBit)) at++
  return at > start ? at : malformed
}

function skipNumber(bytes: Uint8Array, start: number): number {
  const first = bytes[start] === minus ? start + 1 : start
  let at = bytes[first] === zero ? first + 1 : skipDigits(bytes, first)
  if (at > 0 && bytes[at] === dot) at = skipDigits(bytes, at + 1)
  if (at > 0 && ((bytes[at] ?? 0) | 0x20) === 0x65)
    at = skipDigits(bytes, bytes[at + 1] === minus || bytes[at + 1] === 0x2b ? at + 2 : at + 1)
  return at
}

const literals = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]))

function skipLiteral(bytes: Uint8Array, start: number): number {
  const word = literals.get(bytes[start] ?? 0)
  if (!word) return malformed
  for (let i = 1; i < word.length; i++) if (bytes[start + i] !== word[i]) return malformed
  return start + word.length
}

function skipScalar(bytes: Uint8Array, start: number): number {
  const first = bytes[start]
  if (first === quote) return skipString(bytes, start)
  return first === minus || is(bytes, start, digitBit) ? skipNumber(bytes, start) : skipLiteral(bytes, start)
}

/** The colon behind a key and the space around it: leads to the member's value. */
export function skipColon(bytes: Uint8Array, keyEnd: number): number {
  if (keyEnd < 0) return malformed
  const at = skipSpace(bytes, keyEnd)
  return bytes[at] === colon ? skipSpace(bytes, at + 1) : malformed
}

const skipKey = (bytes: Uint8Array, start: number) => (bytes[start] === quote ? skipColon(bytes, skipString(bytes, start)) : malformed)

/**
 * One value that begins at `start`.
 * @param levels how many `{` and `[` may stand inside each other, at most `deepestNesting`
 */
export function skipValue(bytes: Uint8Array, start: number, levels: number = deepestNesting): number {
  if (!opens(bytes[start])) return skipScalar(bytes, start)
  depth = 0
  let at = start
  do at = opens(bytes[at]) ? enter(bytes, at, levels) : leave(bytes, skipScalar(bytes, at))
  while (depth > 0 && at >= 0)
  return at
}

/** The closing byte of each open level, innermost last. Shared by all scans, since none of them yields. */
const open = new Uint8Array(deepestNesting)
let depth = 0

const opens = (byte: number | undefined) => byte === openBrace || byte === openBracket

/** Into an object or array: leads to its first value, or behind it when it is empty. */
function enter(bytes: Uint8Array, at: number, levels: number): number {
  if (depth >= levels || depth >= deepestNesting) return tooDeep
  const closing = bytes[at] === openBrace ? closeBrace : closeBracket
  open[depth++] = closing
  const inside = skipSpace(bytes, at + 1)
  if (bytes[inside] === closing) return leave(bytes, inside)
  return closing === closeBrace ? skipKey(bytes, inside) : inside
}

/** Behind a value: closes what ends here and leads to the next value, if there is one. */
function leave(bytes: Uint8Array, end: number): number {
  if (end < 0) return end
  let at = skipSpace(bytes, end)
  while (bytes[at] === open[depth - 1]) {
    depth--
    if (depth === 0) return at + 1
    at = skipSpace(bytes, at + 1)
  }
  if (bytes[at] !== comma) return malformed
  at = skipSpace(bytes, at + 1)
  return open[depth - 1] === closeBrace ? skipKey(bytes, at) : at
}
