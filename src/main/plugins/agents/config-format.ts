import { isDeepStrictEqual } from 'node:util'
import { removeInJson, setInJson } from './json-edit'
import { parseJsonText } from './json-text'
import { maskJson, maskToml } from './mask'
import { removeInToml, setInToml } from './toml-edit'
import { parseTomlText } from './toml-text'
import { unreadable } from './unreadable'

/** A language that configs are written in. Texts have no byte order mark; whatever is not named by an edit stays, to the last space. */
export interface ConfigFormat {
  /** @throws GatewayError `agent.unreadable` */
  parse(text: string): unknown
  set(text: string, section: string, name: string, value: unknown): string
  remove(text: string, section: string, name: string): string
  /** For looking at: without secrets. */
  mask(text: string): string
}

export const configFormats = {
  json: { parse: parseJsonText, set: setInJson, remove: removeInJson, mask: maskJson },
  toml: { parse: parseTomlText, set: setInToml, remove: removeInToml, mask: maskToml },
} as const satisfies Record<string, ConfigFormat>

/** What is to become of the servers of a section. */
export interface SectionEdit {
  readonly section: string
  readonly set: readonly (readonly [name: string, value: unknown])[]
  readonly remove: readonly string[]
}

/**
 * The text edited, and proven: it says the same as before in everything but what was to change.
 * @throws GatewayError `agent.unreadable` when it cannot be edited so, such as a section that is no table
 */
export function editConfig(format: ConfigFormat, text: string, { section, set, remove }: SectionEdit): string {
  const before = fieldsOf(format.parse(text))
  const removed = remove.reduce((left, name) => format.remove(left, section, name), text)
  const after = set.reduce((left, [name, value]) => format.set(left, section, name, value), removed)
  const now = parsedOrNull(format, after)
  const wanted = Object.fromEntries([...Object.entries(below(before, section)).filter(([name]) => !remove.includes(name)), ...set])
  const isProven =
    now !== null && isDeepStrictEqual(without(now, section), without(before, section)) && saysSame(below(now, section), wanted)
  if (!isProven) throw unreadable(`Its "${section}" is written in a way that cannot be changed safely; put the entry in by hand.`)
  return after
}

type Fields = Readonly<Record<string, unknown>>

function parsedOrNull(format: ConfigFormat, text: string): Fields | null {
  try {
    return fieldsOf(format.parse(text))
  } catch {
    return null
  }
}

/** TOML has no empty section once its last table is gone; JSON may have one: both say that there are no servers. */
const below = (root: Fields, section: string): Fields => fieldsOf(Object.hasOwn(root, section) ? root[section] : {})

const without = (root: Fields, section: string): Fields => Object.fromEntries(Object.entries(root).filter(([key]) => key !== section))

/** Dates, big integers and the like, and what is to be written, count by what they say. */
const saysSame = (one: Fields, other: Fields): boolean => isDeepStrictEqual(comparable(one), comparable(other))

/** The own fields of an object; none of what is no object. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

const comparable = (value: unknown): unknown => JSON.parse(JSON.stringify(value, spelled)) as unknown

function spelled(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

/**
 * The servers that a config names in a section, in their order.
 * @throws GatewayError `agent.unreadable` when the section is something else
 */
export function serversIn(root: unknown, section: string): [name: string, entry: unknown][] {
  const fields = fieldsOf(root)
  const servers = Object.hasOwn(fields, section) ? fields[section] : {}
  if (typeof servers !== 'object' || servers === null || Array.isArray(servers))
    throw unreadable(`Its "${section}" is no list of servers by name.`)
  return Object.entries(servers)
}
