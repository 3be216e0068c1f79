import { createHash } from 'node:crypto'

/** Fits `mcp__gateway__` + name into the 64 characters that most clients allow. */
export const longestExposedName = 48
const shortestHash = 6
const longestHash = 40

/** The gateway's own tools; no upstream's tool may be called so. */
export const metaToolNames: ReadonlySet<string> = new Set(['search_tools', 'describe_tool', 'invoke_tool'])

/** A server's name and the upstream's own name of one of its tools or prompts. */
export interface BareName {
  readonly server: string
  readonly bareName: string
}

/** Both ways between what clients see and what upstreams call it. */
export interface ExposedNames<T extends BareName> {
  readonly byName: ReadonlyMap<string, T>
  /** The exposed name of what was given in; undefined for anything else. */
  nameOf(server: string, bareName: string): string | undefined
}

/**
 * `server_bare` when every client can take that as it is, else made safe, cut, and told apart by a stable hash of the pair.
 * Always matches `^[A-Za-z0-9_-]{1,48}$` and is never the name of a meta-tool.
 */
export function exposeName(server: string, bare: string): string {
  return plainName(server, bare) ?? hashedName(server, bare, shortestHash)
}

/** Exposed names for all, never two alike and independent of the order; a pair that is given twice is taken once. */
export function exposeAll<T extends BareName>(items: readonly T[]): ExposedNames<T> {
  const pairs = new Map<string, T>()
  for (const item of items) if (!pairs.has(pairKey(item.server, item.bareName))) pairs.set(pairKey(item.server, item.bareName), item)
  const names = settle(pairs)
  const byName = new Map([...pairs].map(([key, item]) => [names.get(key) ?? '', item]))
  return { byName, nameOf: (server, bareName) => names.get(pairKey(server, bareName)) }
}

/** Who clashes gets a longer hash, all of them alike, until nobody does; an unshortened name stays as it is if it can. */
function settle(pairs: ReadonlyMap<string, BareName>): Map<string, string> {
  const lengths = new Map<string, number>()
  for (;;) {
    const names = new Map([...pairs].map(([key, item]) => [key, nameAt(item, lengths.get(key) ?? 0)]))
    if (new Set(names.values()).size === names.size) return names
    const clashing = [...groupByName(names).values()].filter((keys) => keys.length > 1)
    for (const keys of clashing) lengthen(keys, pairs, lengths)
  }
}

function lengthen(keys: readonly string[], pairs: ReadonlyMap<string, BareName>, lengths: Map<string, number>): void {
  const isPlain = (key: string) => {
    const item = pairs.get(key)
    return !lengths.get(key) && item !== undefined && plainName(item.server, item.bareName) !== null
  }
  const unshortened = keys.filter(isPlain)
  for (const key of keys) {
    if (unshortened.length === 1 && key === unshortened[0]) continue
    const length = lengths.get(key) ?? (isPlain(key) ? shortestHash - 2 : shortestHash)
    lengths.set(key, Math.min(length + 2, longestHash))
  }
}

function groupByName(names: ReadonlyMap<string, string>): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [key, name] of names) {
    const group = groups.get(name)
    if (group) group.push(key)
    else groups.set(name, [key])
  }
  return groups
}

const nameAt = (item: BareName, hashLength: number) =>
  hashLength === 0 ? exposeName(item.server, item.bareName) : hashedName(item.server, item.bareName, hashLength)

/** Names that end like this are always hashed, so that the longest hash clashes with nothing and `settle` comes to an end. */
const likeLongestHash = new RegExp(`_[0-9a-f]{${longestHash}}$`)

function plainName(server: string, bare: string): string | null {
  if (server.length + 1 + bare.length > longestExposedName) return null
  const name = `${server}_${bare}`
  if (likeLongestHash.test(name)) return null
  return /^[A-Za-z0-9_-]+$/.test(name) && !metaToolNames.has(name) ? name : null
}

function hashedName(server: string, bare: string, hashLength: number): string {
  const hash = createHash('sha256').update(pairKey(server, bare)).digest('hex').slice(0, hashLength)
  const room = longestExposedName - 1 - hashLength
  const readable = `${server.slice(0, room)}_${bare.slice(0, room)}`.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, room)
  return `${readable}_${hash}`
}

/** The length makes it one text for one pair, whatever signs either holds. */
const pairKey = (server: string, bare: string) => `${server.length}:${server}_${bare}`
