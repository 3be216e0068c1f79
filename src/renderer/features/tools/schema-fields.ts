import type { Arguments, JsonSchema } from './check-arguments'

/** How a value is asked for. `json`: as text, for whatever has no control of its own. */
export type FieldKind = 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'list' | 'json'

/** One control of a form, made of one property of a tool's schema. */
export interface SchemaField {
  /** Where its value goes in the arguments: one key, or a key of an object in them. */
  readonly path: readonly [string] | readonly [string, string]
  readonly kind: FieldKind
  readonly required: boolean
  /** The server's own words; foreign text. */
  readonly description: string | null
  /** What a choice may be; other kinds have none. */
  readonly choices: readonly unknown[]
  /** As its control holds it. */
  readonly initial: FieldValue
}

/** What a control holds: text, or the entries of a list. Empty is not given. */
export type FieldValue = string | readonly string[]

/** Words beside the label that say what to write. */
export const kindWords: Readonly<Record<FieldKind, string>> = {
  text: '',
  number: 'number',
  integer: 'whole number',
  boolean: 'yes or no',
  choice: 'one of',
  list: 'list of text',
  json: 'JSON',
}

const isObject = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value)
const requiredOf = (schema: JsonSchema): readonly unknown[] => (Array.isArray(schema.required) ? schema.required : [])

/** The form of a tool: a control for each property; objects with properties of their own are opened one level deep. */
export function fieldsOf(schema: JsonSchema): readonly SchemaField[] {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const required = requiredOf(schema)
  return Object.entries(properties).flatMap(([key, given]) => {
    const own = plain(given)
    const inner = isObject(own.properties) ? Object.entries(own.properties) : []
    if (inner.length === 0) return [fieldOf([key], own, required.includes(key))]
    const innerRequired = required.includes(key) ? requiredOf(own) : []
    return inner.map(([name, of]) => fieldOf([key, name], plain(of), innerRequired.includes(name)))
  })
}

/** `X | null` is X that may be left out. */
function plain(given: unknown): JsonSchema {
  if (!isObject(given)) return {}
  const ways = [given.anyOf, given.oneOf].find(Array.isArray) as readonly unknown[] | undefined
  if (!ways) return given
  const real = ways.filter((way) => !(isObject(way) && way.type === 'null'))
  const [only] = real
  return real.length === 1 && isObject(only) ? { ...given, anyOf: undefined, oneOf: undefined, ...only } : {}
}

function fieldOf(path: SchemaField['path'], schema: JsonSchema, required: boolean): SchemaField {
  const kind = kindOf(schema)
  const choices = kind === 'choice' ? (schema.enum as readonly unknown[]) : []
  const description = typeof schema.description === 'string' ? schema.description : null
  return { path, kind, required, description, choices, initial: held(kind, choices, schema.default) }
}

const simple: ReadonlySet<unknown> = new Set(['number', 'integer', 'boolean'])

function kindOf(schema: JsonSchema): FieldKind {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return 'choice'
  const [type, ...others] = [schema.type].flat().filter((each) => each !== 'null')
  if (others.length > 0) return 'json'
  if (type === 'string') return 'text'
  if (type === 'array') return isTextList(schema.items) ? 'list' : 'json'
  return simple.has(type) ? (type as FieldKind) : 'json'
}

const isTextList = (items: unknown): boolean => isObject(items) && items.type === 'string' && items.enum === undefined

/** A value as its control holds it; the empty one where there is none. */
function held(kind: FieldKind, choices: readonly unknown[], value: unknown): FieldValue {
  if (kind === 'list') return Array.isArray(value) ? value.map(String) : []
  if (value === undefined) return ''
  if (kind === 'choice') return String(choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(value))).replace('-1', '')
  return typeof value === 'string' && kind !== 'json' ? value : JSON.stringify(value)
}

/** What the controls hold for these arguments, in the order of the fields; for running a call again. */
export function valuesFrom(fields: readonly SchemaField[], args: Arguments): FieldValue[] {
  return fields.map((field) => {
    const [key, inner] = field.path
    const outer = args[key]
    const value = inner === undefined ? outer : isObject(outer) ? outer[inner] : undefined
    return held(field.kind, field.choices, value)
  })
}

/** Why a control's text cannot be taken; undefined when it can. */
export function flawOf(field: SchemaField, value: FieldValue): string | undefined {
  if (value.length === 0) return field.required && field.kind !== 'list' ? 'It has to be given.' : undefined
  const { kind } = field
  if (kind === 'integer') return /^[+-]?\d+$/.test(String(value).trim()) ? undefined : 'Must be a whole number, such as 3.'
  if (kind === 'number') return Number.isFinite(Number(value)) ? undefined : 'Must be a number, such as 3 or 0.5.'
  if (kind !== 'json') return undefined
  try {
    JSON.parse(String(value))
    return undefined
  } catch {
    return 'Must be JSON, such as {"key": "value"} or [1, 2].'
  }
}

/** The arguments that the controls make; what is empty is left out. Only for values without a flaw. */
export function argumentsFrom(fields: readonly SchemaField[], values: readonly FieldValue[]): Arguments {
  const args = new Map<string, unknown>()
  fields.forEach((field, index) => {
    const value = values[index] ?? ''
    if (value.length === 0 && !(field.kind === 'list' && field.required)) return
    const [key, inner] = field.path
    if (inner === undefined) args.set(key, toValue(field, value))
    else args.set(key, Object.fromEntries([...Object.entries(args.get(key) ?? {}), [inner, toValue(field, value)]]))
  })
  // fromEntries defines keys, so that one called __proto__ is a key like any other.
  return Object.fromEntries(args)
}

function toValue({ kind, choices }: SchemaField, value: FieldValue): unknown {
  if (kind === 'list') return [...value]
  const text = String(value)
  if (kind === 'choice') return choices[Number(text)]
  if (kind === 'number' || kind === 'integer') return Number(text)
  if (kind === 'boolean') return text === 'true'
  return kind === 'json' ? (JSON.parse(text) as unknown) : text
}
