import picomatch from 'picomatch'
import type { ToolRow } from '../../shared/catalog-rows'
import type { GroupRecord, ServerRecord } from '../../shared/records'
import { compileKindPattern, fold, longestName, type KindPattern } from '../../shared/patterns'
import { plainUri } from './plain-uri'
import type { Kind, Subject } from './plugin'

export interface Rules {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

/** Whether rules permit something: its name, its kind (default `tool`), and other names that it also goes by. */
export type Permits = (name: string, kind?: Kind, ...aliases: readonly string[]) => boolean

/** What `authorize` needs to know; asked anew after every `reset`. */
export interface AccessParts {
  server(name: string): ServerRecord | undefined
  group(name: string): GroupRecord | undefined
  /** The plugins' `denies`: one true, or one that throws, denies. */
  readonly denies: readonly ((subject: Subject) => boolean)[]
}

export interface Access {
  /** The only answer to "may this client, through this group, list or use this?". Never throws. */
  authorize(subject: Subject): boolean
  /** What is against it, for showing to a person; null where `authorize` says yes. Never throws. */
  hiddenBy(subject: Subject): ToolRow['hidden_by']
  /** Servers, groups, rules or plugins have changed: every decision is made anew. */
  reset(): void
}

/** Decisions that are remembered, and the longest name that is: a hostile client can fill no more memory than this. */
export const mostRemembered = 10_000
const longestRemembered = 256

/**
 * Deny wins and is matched folded; an empty allow list allows all, any other only what one of its patterns matches exactly,
 * of whatever kind. Compile once, ask often. @throws GatewayError `input.invalid` for a pattern that cannot be used
 */
export function compileRules(rules: Rules): Permits {
  const denied = rules.deny.map((pattern) => compileRule(pattern, true))
  const allowed = rules.allow.map((pattern) => compileRule(pattern, false))
  const decide = (names: readonly string[], kind: Kind) =>
    !hits(denied, names.map(fold), kind) && (allowed.length === 0 || hits(allowed, names, kind))
  const memo = boundedMemo()
  return (name, kind = 'tool', ...aliases) => memo(keyOf(kind, [name, ...aliases]), () => decide([name, ...aliases], kind))
}

/** Lengths make it one text for one list of names, whatever signs they hold. */
const keyOf = (kind: Kind, names: readonly string[]) => kind + names.map((name) => `${name.length}:${name}`).join('')

/** `*` crosses `.` and `/`; brackets, extglobs and negation are plain characters. */
const options: picomatch.PicomatchOptions = { bash: true, dot: true, nobracket: true, noextglob: true, nonegate: true }
/** What picomatch reads as we do, in patterns and in the names that tools have. */
const plainPattern = /^[A-Za-z0-9_*{},-]+$/
const plainName = /^[A-Za-z0-9_-]{1,177}$/

/**
 * picomatch for what tools are called. To it `.` and `/` are parts of paths (its `*` never matches `..`, nor a line feed) and
 * parentheses a regular expression (`(a+)+b` takes seconds), so anything else goes to our own linear matcher. Where both can
 * answer they agree (property test). @throws GatewayError `input.invalid`
 */
function compileRule(pattern: string, folded: boolean): KindPattern {
  const compiled = compileKindPattern(pattern, folded)
  const text = folded ? fold(pattern) : pattern
  if (!plainPattern.test(text)) return compiled
  const quick = picomatch(text.replace(/\*+/g, '*'), options)
  return { kind: null, matches: (name) => (plainName.test(name) ? quick(name) : compiled.matches(name)) }
}

const hits = (patterns: readonly KindPattern[], names: readonly string[], kind: Kind) =>
  patterns.some((pattern) => (pattern.kind === null || pattern.kind === kind) && names.some((name) => pattern.matches(name)))

/** The one decision about allow and deny, for tools, prompts and resources, in lists and in calls. */
export function createAccess(parts: AccessParts): Access {
  let compiled = new Map<string, Permits>()
  let memo = boundedMemo()
  const permits = (key: string, rules: Rules) => {
    const known = compiled.get(key) ?? compileRules(rules)
    compiled.set(key, known)
    return known
  }
  const decide = (subject: Subject): ToolRow['hidden_by'] => {
    try {
      const names = subject.name.length <= longestName ? namesOf(subject) : undefined
      if (names === undefined) return 'server'
      if (!serverPermits(parts, permits, subject, names)) return parts.server(subject.server)?.enabled === false ? 'disabled' : 'server'
      if (!groupPermits(parts, permits, subject, names)) return 'group'
      return parts.denies.some((denies) => names.some((name) => denies({ ...subject, name }))) ? 'policy' : null
    } catch {
      return 'policy'
    }
  }
  return {
    authorize: (subject) => memo(subjectKey(subject), () => decide(subject) === null),
    hiddenBy: decide,
    reset() {
      compiled = new Map()
      memo = boundedMemo()
    },
  }
}

type RulesOf = (key: string, rules: Rules) => Permits

type Names = readonly [string, ...string[]]

/** What a resource is called and what its server may read in that; undefined for what must not be permitted under any name. */
function namesOf({ kind, name }: Subject): Names | undefined {
  const plain = kind === 'resource' ? plainUri(name) : name
  if (plain === undefined) return undefined
  return plain === name ? [name] : [name, plain]
}

function serverPermits(parts: AccessParts, permits: RulesOf, { server, kind }: Subject, [name, ...others]: Names): boolean {
  const record = parts.server(server)
  return record !== undefined && record.enabled && permits(`server:${server}`, record)(name, kind, ...others)
}

function groupPermits(parts: AccessParts, permits: RulesOf, { server, group, kind }: Subject, names: Names): boolean {
  if (group === null) return true
  const record = parts.group(group)
  const id = parts.server(server)?.id
  if (record === undefined || id === undefined || !record.member_server_ids.includes(id)) return false
  const [name, ...others] = names
  return permits(`group:${group}`, record)(name, kind, ...others, ...names.map((each) => `${server}_${each}`))
}

/** Lengths make it one text for one subject, whatever signs its parts hold. */
function subjectKey({ client, group, server, kind, name }: Subject): string {
  const view = group === null ? '-' : `${group.length}:${group}`
  return `${client.length}:${client}${view}${server.length}:${server}${kind}${name}`
}

function boundedMemo(): (key: string, decide: () => boolean) => boolean {
  const known = new Map<string, boolean>()
  return (key, decide) => {
    const before = known.get(key)
    if (before !== undefined) return before
    const now = decide()
    if (key.length > longestRemembered * 2) return now
    if (known.size >= mostRemembered) known.clear()
    known.set(key, now)
    return now
  }
}
