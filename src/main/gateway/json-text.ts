import { GatewayError } from '../../shared/errors'

/** JSON text of one object. @throws GatewayError `config.invalid` that says where it breaks and shows nothing of it */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value = parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new GatewayError('config.invalid', 'it must hold one JSON object: { … }.')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's own words may quote the text, and with it a secret.
    const position = /at position (\d+)/.exec((error as Error).message)?.[1]
    const where = position === undefined ? '' : ` from line ${text.slice(0, Number(position)).split('\n').length}`
    throw new GatewayError('config.invalid', `it is not JSON${where}; look for a missing comma, quote or brace (comments are not allowed).`)
  }
}

/** A copy with some keys changed, in their old places, and new ones at the end. What is undefined stays as it was. */
export function mergeTopLevel(
  values: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const said = Object.entries(changes).filter(([, value]) => value !== undefined)
  return Object.fromEntries([...new Map([...Object.entries(values), ...said])])
}

/** The indentation that the author of a JSON text uses; two spaces when it cannot be told. */
export const indentOf = (text: string): string => /^[{[]\s*?\n([ \t]+)"/.exec(text.trimStart())?.[1] ?? '  '
