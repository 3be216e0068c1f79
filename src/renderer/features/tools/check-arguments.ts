import { Validator } from '@cfworker/json-schema'

export type JsonSchema = Readonly<Record<string, unknown>>
export type Arguments = Readonly<Record<string, unknown>>

/** One thing that is wrong: at which key of the arguments (`''`: the whole), and a sentence. */
export interface Flaw {
  readonly key: string
  readonly text: string
}

/** Most flaws that are told at once. */
const mostFlaws = 5

/** Expressions by which a hostile schema could make the page stand still; who runs the call checks them in its own time. */
const slow: ReadonlySet<string> = new Set(['pattern', 'patternProperties', 'format'])

/** What the schema says against these arguments; none where the schema itself cannot be used. */
export function flawsOf(values: Arguments, schema: JsonSchema | undefined): readonly Flaw[] {
  if (!schema) return []
  try {
    const { valid, errors } = new Validator(withoutSlow(schema), '2020-12', false).validate(values)
    return valid ? [] : errors.filter(isLeaf).slice(0, mostFlaws).map(toFlaw)
  } catch {
    return [] // a schema that refers to what is not there, or to itself without end
  }
}

/** `properties` says the same again of each flaw below it. */
const isLeaf = ({ keyword }: { readonly keyword: string }) => keyword !== 'properties' && keyword !== 'items'

function toFlaw({ instanceLocation, error }: { readonly instanceLocation: string; readonly error: string }): Flaw {
  const [, key = ''] = instanceLocation.split('/')
  return { key: decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'), text: error.replace(/^Instance /, 'This ') }
}

function withoutSlow(schema: JsonSchema): Record<string, unknown> {
  // Below `properties` the same words are names, and their values schemas.
  const kept = (key: string, value: unknown) =>
    slow.has(key) && (typeof value === 'string' || key === 'patternProperties') ? undefined : value
  return JSON.parse(JSON.stringify(schema), kept) as Record<string, unknown>
}
