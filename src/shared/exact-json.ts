/*
 * JSON.parse that loses no digit. A number that a double cannot hold (an id of 20 digits, the largest 64-bit integer in a schema)
 * becomes a raw number, which JSON.stringify writes as it was read (ECMAScript 2026, JSON.rawJSON; V8 since 11.4, so not plain Node 20).
 */

interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON?(text: string): unknown
  isRawJSON?(value: unknown): boolean
}
const exact = JSON as unknown as ExactJson

/** 16 digits or more, a point among them or not, or an exponent of three digits. It may stand in a string: then only time is lost. */
const longNumber = /[\d][\d.]{15}|\d[eE][+-]?\d{3}/

/** Whether this is a number kept with all its digits: an object to JavaScript, a number to JSON. */
export const isExactNumber = (value: unknown): boolean => exact.isRawJSON?.(value) ?? false

/** Parses; numbers that a double cannot hold become raw numbers. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  if (!exact.rawJSON || !longNumber.test(text)) return JSON.parse(text)
  return exact.parse(text, keepDigits)
}

function keepDigits(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || !longNumber.test(source) || String(value) === source) return value
  return exact.rawJSON?.(source)
}
