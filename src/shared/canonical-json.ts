/** JSON text with the keys of every object sorted by code unit, so that equal values have equal text (after RFC 8785). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isPlainObject(inner) ? sortKeys(inner) : inner))
}

/** Present where `JSON.rawJSON` is: a number kept with all its digits is an object to JavaScript, and a number to JSON. */
const { isRawJSON } = JSON as { readonly isRawJSON?: (value: unknown) => boolean }

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && isRawJSON?.(value) !== true

function sortKeys(object: Record<string, unknown>): Record<string, unknown> {
  // No prototype: a key named `__proto__` is a key like any other.
  const sorted = Object.create(null) as Record<string, unknown>
  for (const key of Object.keys(object).sort()) sorted[key] = object[key]
  return sorted
}
