import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../shared/canonical-json'
import type { CatalogTool, ServerRecord, UpstreamCatalog } from '../../../shared/records'
import type { Owned } from '../catalog'
import { exposeAll } from '../names'
import { compileUriTemplate } from './uri-template'

export type Definition = Readonly<Record<string, unknown>>

/** One line of a list. Equal tokens have equal text, so lists are compared by tokens and stringified once. */
export interface Listed {
  readonly token: string
  /** JSON text: the upstream's definition with only its name replaced. */
  text(): string
}

/** One thing of one upstream, built once per definition and shared by all views. `key` is the exposed name, or the URI verbatim. */
export interface Entry extends Listed {
  readonly key: string
  readonly owner: Owned
}
export interface ToolEntry extends Entry {
  /** Made when first asked for: of thousands that are listed few are looked at. */
  readonly tool: CatalogTool
  readonly definition: Definition
}
export interface TemplateEntry extends Entry {
  matches(uri: string): boolean
}

/** Built when first asked for. `latest` is what was last built, perhaps from the catalogue before, and builds nothing. */
interface LazyList<Item> {
  get(): readonly Item[]
  latest(): readonly Item[] | undefined
}

/** Everything that one server offers. */
export interface ServerEntries {
  readonly source: UpstreamCatalog
  readonly server: string
  readonly tools: LazyList<ToolEntry>
  readonly prompts: LazyList<Entry>
  readonly resources: LazyList<Entry>
  readonly templates: LazyList<TemplateEntry>
}

/**
 * @param nextToken a token that was never given out before
 * @param before what this server offered until now: a definition that has not changed keeps its entry, and so its token
 */
export function buildEntries(
  source: UpstreamCatalog,
  record: ServerRecord,
  nextToken: () => string,
  before?: ServerEntries,
): ServerEntries {
  const server = record.name
  const owned = (bareName: string): Owned => ({ serverId: record.id, server, bareName })
  const verbatim = (definition: Definition, uri: string): Entry => entry(nextToken(), uri, owned(uri), () => JSON.stringify(definition))
  return {
    source,
    server,
    tools: lazyList(
      () =>
        named([...source.tools, ...(source.capable_tools ?? [])], server, (definition, bare, name) =>
          toolEntry(nextToken(), definition, owned(bare), name),
        ),
      before?.tools,
    ),
    prompts: lazyList(
      () =>
        named(source.prompts, server, (definition, bare, name) => entry(nextToken(), name, owned(bare), () => renamed(definition, name))),
      before?.prompts,
    ),
    resources: lazyList(() => keyed(source.resources, 'uri', verbatim), before?.resources),
    templates: lazyList(
      () => keyed(source.resource_templates, 'uriTemplate', (definition, uri) => templateEntry(verbatim(definition, uri))),
      before?.templates,
    ),
  }
}

/** The same tool as a preListTools hook left it. Whose it is and what it is called are not the hook's to change. */
export function redefine(original: ToolEntry, changed: CatalogTool): ToolEntry {
  const definition: Record<string, unknown> = { ...original.definition }
  for (const [field, name] of redefinable) {
    if (changed[field] === original.tool[field]) continue
    if (changed[field] === null) delete definition[name]
    else definition[name] = changed[field]
  }
  const { server_id, namespace, name, bare_name, definition_hash } = original.tool
  const text = renamed(definition, name)
  return { ...original, ...listedText(text), definition, tool: { ...changed, server_id, namespace, name, bare_name, definition_hash } }
}

const redefinable = [
  ['title', 'title'],
  ['description', 'description'],
  ['parameters', 'inputSchema'],
  ['output_schema', 'outputSchema'],
  ['annotations', 'annotations'],
] as const

/** A line of a list whose token is drawn from its text. */
export const listedText = (text: string): Listed => ({ token: createHash('sha256').update(text).digest('base64url'), text: () => text })

function entry(token: string, key: string, owner: Owned, stringify: () => string): Entry {
  let text: string | undefined
  return { token, key, owner, text: () => (text ??= stringify()) }
}

function toolEntry(token: string, definition: Definition, owner: Owned, name: string): ToolEntry {
  let tool: CatalogTool | undefined
  return {
    ...entry(token, name, owner, () => renamed(definition, name)),
    definition,
    get tool() {
      return (tool ??= catalogTool(definition, owner, name))
    },
  }
}

function templateEntry(base: Entry): TemplateEntry {
  let matcher: ((uri: string) => boolean) | undefined
  return { ...base, matches: (uri) => (matcher ??= compileUriTemplate(base.key))(uri) }
}

/** Key order and every other field stay as the upstream sent them. */
const renamed = (definition: Definition, name: string): string => JSON.stringify({ ...definition, name })

function catalogTool(definition: Definition, owner: Owned, name: string): CatalogTool {
  let hash: string | undefined
  const annotations = asObject(definition.annotations)
  return {
    server_id: owner.serverId,
    namespace: owner.server,
    name,
    bare_name: owner.bareName,
    title: asText(definition.title) ?? asText(annotations?.title),
    description: asText(definition.description),
    tags: tagsOf(asObject(definition._meta)),
    parameters: asObject(definition.inputSchema) ?? {},
    output_schema: asObject(definition.outputSchema),
    annotations,
    // Hashing thousands of definitions at start would cost what few of them ever need.
    get definition_hash() {
      return (hash ??= createHash('sha256').update(canonicalJson(definition)).digest('hex'))
    },
  }
}

const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const asObject = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null

/** Where FastMCP servers, old and new, put a tool's tags. */
function tagsOf(meta: Definition | null): string[] {
  const tags = (asObject(meta?.fastmcp) ?? asObject(meta?._fastmcp) ?? meta)?.tags
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : []
}

function named<Item>(
  definitions: readonly Definition[],
  server: string,
  make: (definition: Definition, bare: string, name: string) => Item,
): Item[] {
  const bareNames = unique(definitions, 'name')
  const names = exposeAll([...bareNames.keys()].map((bareName) => ({ server, bareName })))
  return [...names.byName].flatMap(([name, { bareName }]) => {
    const definition = bareNames.get(bareName)
    return definition ? make(definition, bareName, name) : []
  })
}

const keyed = <Item>(definitions: readonly Definition[], field: string, make: (definition: Definition, key: string) => Item): Item[] =>
  [...unique(definitions, field)].map(([key, definition]) => make(definition, key))

/** By the text of that field, the first of equals; what has no such text is left out. */
function unique(definitions: readonly Definition[], field: string): Map<string, Definition> {
  const known = new Map<string, Definition>()
  for (const definition of definitions) {
    const key = definition[field]
    if (typeof key === 'string' && !known.has(key)) known.set(key, definition)
  }
  return known
}

function lazyList<Item extends Entry>(build: () => Item[], before: LazyList<Item> | undefined): LazyList<Item> {
  let known = before?.latest()
  let items: readonly Item[] | undefined
  const get = (): readonly Item[] => {
    items ??= keepUnchanged(build(), known)
    known = undefined
    return items
  }
  return { get, latest: () => items ?? known }
}

function keepUnchanged<Item extends Entry>(fresh: readonly Item[], known: readonly Item[] | undefined): readonly Item[] {
  if (!known) return fresh
  const before = new Map(known.map((item) => [item.key, item]))
  return fresh.map((item) => {
    const old = before.get(item.key)
    return old && isSame(old, item) ? old : item
  })
}

const isSame = (a: Entry, b: Entry): boolean =>
  a.owner.server === b.owner.server && a.owner.bareName === b.owner.bareName && a.text() === b.text()
