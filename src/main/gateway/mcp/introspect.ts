import { GatewayError } from '../../../shared/errors'
import type { UpstreamCatalog } from '../../../shared/records'
import { cut } from './flood'
import type { Link } from './link'

/** Published limits of one introspection; what is beyond is left out and named in `problems`. */
export const mostItems = 10_000
export const mostPages = 100
/** Bytes of all pages together. */
export const mostListBytes = 64 * 1024 * 1024
/** Characters. Patterns are matched against names, so a longer one would cost too much. */
export const longestName = 128
export const longestUri = 4_096
export const longestDescription = 64 * 1024
/** Nesting of one definition, and characters of its JSON text. */
export const deepestDefinition = 64
export const longestDefinition = 512 * 1024
/** Problems that are named; the rest is counted. */
export const mostProblems = 100

type Item = Record<string, unknown>

/** One of the four lists: how it is asked for, and what makes an entry of it usable. */
interface ListKind {
  readonly method: string
  /** The server's capability that promises it. */
  readonly capability: string
  /** Member of the result. */
  readonly member: string
  readonly noun: string
  /** Member that names an entry. */
  readonly key: 'name' | 'uri' | 'uriTemplate'
}

const tools: ListKind = { method: 'tools/list', capability: 'tools', member: 'tools', noun: 'tool', key: 'name' }
const prompts: ListKind = { method: 'prompts/list', capability: 'prompts', member: 'prompts', noun: 'prompt', key: 'name' }
const resources: ListKind = { method: 'resources/list', capability: 'resources', member: 'resources', noun: 'resource', key: 'uri' }
const templates: ListKind = {
  method: 'resources/templates/list',
  capability: 'resources',
  member: 'resourceTemplates',
  noun: 'resource template',
  key: 'uriTemplate',
}

export interface IntrospectOptions {
  /** Milliseconds for each page. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/**
 * Asks one upstream for everything that it advertises. Definitions are kept as they came; unusable ones are left out and named in
 * `problems`, so that one bad entry never costs the rest.
 * @throws GatewayError as Link.request, and `upstream.refused` when its tools cannot be listed
 */
export async function introspect(link: Link, serverId: string, options: IntrospectOptions): Promise<UpstreamCatalog> {
  const reader = new ListReader(link, options)
  return {
    server_id: serverId,
    tools: await reader.read(tools),
    prompts: await reader.read(prompts),
    resources: await reader.read(resources),
    resource_templates: await reader.read(templates),
    fetched_at: new Date().toISOString(),
    initialize: { ...link.initialized },
    problems: reader.problems(),
  }
}

interface Page {
  readonly items: readonly unknown[]
  readonly next: string | undefined
}

class ListReader {
  private readonly named: string[] = []
  private unnamed = 0
  private bytes = 0

  constructor(
    private readonly link: Link,
    private readonly options: IntrospectOptions,
  ) {}

  problems(): string[] {
    return this.unnamed === 0 ? this.named : [...this.named, `and ${this.unnamed} more`]
  }

  /** Drains the pages of one list. */
  async read(kind: ListKind): Promise<Item[]> {
    if (this.link.initialized.capabilities[kind.capability] === undefined) return []
    const kept = new Map<string, Item>()
    const cursors = new Set<string>()
    let cursor: string | undefined
    do {
      const page = await this.page(kind, cursor)
      for (const item of page.items) this.keep(kind, item, kept)
      cursor = page.next
      if (cursor !== undefined && this.stops(kind, cursor, cursors, kept.size)) break
    } while (cursor !== undefined)
    return [...kept.values()]
  }

  private stops(kind: ListKind, cursor: string, cursors: Set<string>, kept: number): boolean {
    const why = this.whyStop(cursor, cursors, kept)
    if (why === undefined) cursors.add(cursor)
    else this.problem(`${kind.method} was cut off: ${why}`)
    return why !== undefined
  }

  private whyStop(cursor: string, cursors: Set<string>, kept: number): string | undefined {
    if (cursors.has(cursor)) return 'the server repeats a cursor'
    if (cursors.size + 1 >= mostPages) return `more than ${mostPages} pages`
    if (kept >= mostItems) return `more than ${mostItems} entries`
    return this.bytes > mostListBytes ? `more than ${mostListBytes} bytes` : undefined
  }

  private async page(kind: ListKind, cursor: string | undefined): Promise<Page> {
    const reply = await this.link.request(kind.method, cursor === undefined ? {} : { cursor }, { ...this.options, progress: false })
    if ('error' in reply) return this.refused(kind, reply.error.code, reply.error.message)
    this.bytes += reply.result.length
    const result: unknown = JSON.parse(reply.result.toString())
    const items = isObject(result) ? result[kind.member] : undefined
    if (!isObject(result) || !Array.isArray(items)) return this.noList(kind)
    return { items, next: typeof result.nextCursor === 'string' ? result.nextCursor : undefined }
  }

  /** A server that advertises a list and does not know its method (-32601) has none of it. */
  private refused(kind: ListKind, code: number, message: string): Page {
    if (code === -32601) return { items: [], next: undefined }
    const text = `${kind.method} failed: ${cut(message, 300)}`
    if (kind === tools) throw new GatewayError('upstream.refused', text)
    this.problem(text)
    return { items: [], next: undefined }
  }

  private noList(kind: ListKind): Page {
    const text = `the answer to ${kind.method} holds no list "${kind.member}"`
    if (kind === tools) throw new GatewayError('upstream.garbage', text)
    this.problem(text)
    return { items: [], next: undefined }
  }

  private keep(kind: ListKind, item: unknown, kept: Map<string, Item>): void {
    if (!isObject(item)) return this.problem(`a ${kind.noun} that is no object was left out`)
    const name = item[kind.key]
    if (typeof name !== 'string' || name === '') return this.problem(`a ${kind.noun} without a ${kind.key} was left out`)
    const why = kept.has(name)
      ? 'is listed twice; the first one counts'
      : kept.size >= mostItems
        ? 'is one too many'
        : whyUnusable(kind, name, item)
    if (why === undefined) kept.set(name, item)
    else this.problem(`${kind.noun} ${JSON.stringify(cut(name, 80))} was left out: it ${why}`)
  }

  private problem(text: string): void {
    if (this.named.length < mostProblems) this.named.push(text)
    else this.unnamed++
  }
}

function whyUnusable(kind: ListKind, name: string, item: Item): string | undefined {
  const longest = kind.key === 'name' ? longestName : longestUri
  if (name.length > longest) return `has a ${kind.key} of more than ${longest} characters`
  if (kind === tools && !isObject(item.inputSchema)) return 'has an inputSchema that is no object'
  if (typeof item.description === 'string' && item.description.length > longestDescription) {
    return `has a description of more than ${longestDescription} characters`
  }
  // Depth first: what is too deep cannot be turned into text either.
  if (isDeeper(item, deepestDefinition)) return `is nested deeper than ${deepestDefinition} levels`
  return JSON.stringify(item).length > longestDefinition ? `is longer than ${longestDefinition} characters` : undefined
}

/** Whether objects and arrays stand inside each other more than `levels` deep; recursion ends there. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

const isObject = (value: unknown): value is Item => typeof value === 'object' && value !== null && !Array.isArray(value)
