import { isExactNumber } from './exact-json'

/**
 * JSON text with the keys of every object sorted by code unit, so that equal values have equal text (after RFC 8785).
 * Written by hand: JSON.stringify with a function takes five times as long, and whoever calls a tool chooses the arguments.
 */
export const canonicalJson = (value: unknown): string => write(value) ?? 'null'

/** Undefined for what JSON leaves out. */
function write(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => write(item) ?? 'null').join(',')}]`
  if (hasToJson(value)) return write(value.toJSON())
  return writeObject(value as Readonly<Record<string, unknown>>)
}

const hasToJson = (value: object): value is { toJSON(): unknown } => 'toJSON' in value && typeof value.toJSON === 'function'

function writeObject(object: Readonly<Record<string, unknown>>): string {
  let text = ''
  for (const key of Object.keys(object).sort()) {
    const field = write(object[key])
    if (field !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${field}`
  }
  return `{${text}}`
}
