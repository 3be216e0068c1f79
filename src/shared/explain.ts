import * as z from 'zod'
import { nearest } from './nearest'

/** One thing that is wrong in data from outside: where (`policy.rules[0].effect`) and what. Never holds the value. */
export interface Flaw {
  readonly path: string
  readonly message: string
}

type Path = readonly PropertyKey[]
/** Flaws that one error tells: whoever sends a million mistakes is not answered with as many sentences. */
export const mostFlaws = 20

/** What a schema refused, in words for the person who wrote it: paths, types, and for an unknown key the nearest one that exists. At most 20. */
export function explain(schema: z.ZodType, error: z.ZodError, input: unknown): readonly Flaw[] {
  return error.issues
    .slice(0, mostFlaws)
    .flatMap((issue) => flawsOf(schema, issue, input))
    .slice(0, mostFlaws)
}

/** UTF-16 units; one may name every key that is unknown. */
const longestFlaw = 300

/** The same for who sent a request: in the schema's own words, by paths as `allow.2` (empty: the whole). At most 20. */
export const explainBriefly = (issues: readonly z.core.$ZodIssue[]): Flaw[] =>
  issues.slice(0, mostFlaws).map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: (limitTold(issue) ?? issue.message).slice(0, longestFlaw),
  }))

/** `a.b[0].c`; the whole document is called `(top level)`. */
function showPath(path: Path): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return text === '' ? '(top level)' : text.replace(/^\./, '')
}

function flawsOf(schema: z.ZodType, issue: z.core.$ZodIssue, input: unknown): Flaw[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.slice(0, mostFlaws).map((key) => unknownKey(schema, issue.path, key))
  const path = showPath(issue.path)
  const found = typeName(valueAt(input, issue.path))
  if (issue.code === 'invalid_type') return [{ path, message: `${path} must be ${withArticle(issue.expected)}, not ${found}.` }]
  if (issue.code === 'invalid_value') {
    const choices = issue.values.map((value) => JSON.stringify(value)).join(' or ')
    return [{ path, message: `${path} must be ${choices}, not ${found.replace(/^an? /, 'this ')}.` }]
  }
  const limit = limitTold(issue)
  return [{ path, message: limit === null ? `${path} is ${found} that does not fit: ${issue.message}.` : `${path} ${limit}.` }]
}

/** The limit that a value is beyond, as `must be at most 65535`; null for other issues and for those that have words of their own. */
export function limitTold(issue: z.core.$ZodIssue): string | null {
  if (!/^Too (?:big|small): /.test(issue.message)) return null
  if (issue.code === 'too_big') return limitWords(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)
  if (issue.code === 'too_small') return limitWords(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
  return null
}

const units = new Map<string, readonly [one: string, many: string]>([
  ['string', ['character', 'characters']],
  ...['array', 'set', 'map'].map((origin) => [origin, ['entry', 'entries']] as const),
])

function limitWords(origin: string, relation: string, limit: number | bigint): string {
  const unit = units.get(origin)?.[Number(limit) === 1 ? 0 : 1]
  return unit === undefined ? `must be ${relation} ${limit}` : `must have ${relation} ${limit} ${unit}`
}

function unknownKey(schema: z.ZodType, parent: Path, key: string): Flaw {
  const path = showPath([...parent, key.slice(0, 64)])
  const known = keysAt(schema, parent)
  const near = nearest(key, known)
  const hint = near === null ? `known keys are ${known.join(', ')}.` : `did you mean "${near}"?`
  return { path, message: `${path} is not a known key; ${hint}` }
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  const at = path.reduce<z.ZodType | undefined>((inner, part) => inner && step(unwrap(inner), part), schema)
  const object = at && unwrap(at)
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

function step(schema: z.ZodType, part: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, z.ZodType | undefined>)[part]
  return schema instanceof z.ZodArray ? (schema.element as z.ZodType) : undefined
}

function unwrap(schema: z.ZodType): z.ZodType {
  const wrapped =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
  return wrapped ? unwrap(schema.unwrap() as z.ZodType) : schema
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    const holds = typeof value === 'object' && value !== null && Object.hasOwn(value, part)
    return holds ? (value as Record<PropertyKey, unknown>)[part] : undefined
  }, input)
}

function typeName(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  return withArticle(Array.isArray(value) ? 'array' : typeof value)
}

const withArticle = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`)
