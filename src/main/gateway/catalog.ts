import type { CatalogTool, ServerRecord, UpstreamCatalog } from '../../shared/records'
import { compileView } from './catalog/compile'
import type { ToolEntry } from './catalog/entries'
import { createLearned } from './catalog/learned'
import { createOffers } from './catalog/offers'
import { createPageCache } from './catalog/pages'
import { createViews } from './catalog/views'
import type { Hooks, RequestContext } from './hooks'
import type { Log } from './log'
import type { MetaTool, Subject } from './plugin'
import type { CatalogTable } from './store/store'

/** One tool, prompt or resource and whose it is. `bareName` is the upstream's own name or the URI. */
export interface Owned {
  readonly serverId: string
  readonly server: string
  readonly bareName: string
}

export type ListMethod = 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list'

/** What one (client, group) may see and use: compiled once, asked often. */
export interface View {
  /** Each page is the whole text of the method's result, in UTF-8; at least one. A cursor is the page's number in text. */
  pages(method: ListMethod): readonly Buffer[]
  /** Permitted tools only; denied and unknown are alike undefined. */
  tool(exposedName: string): CatalogTool | undefined
  prompt(exposedName: string): Owned | undefined
  /** By list, then by template, then by who brought it; each time the first permitted. A template's own text names it too (`ref/resource`). */
  resource(uri: string): Owned | undefined
  readonly tools: readonly CatalogTool[]
  /** Differs when anything in the lists differs; for list_changed after an edit. */
  readonly digests: Readonly<Record<ListMethod, string>>
}

/** What upstreams offer, kept in memory and in the store, compiled per (client, group). */
export interface Catalog {
  /** Loads what the store knows. */
  load(): void
  /** A fresh introspection of one server: stored, then in force. One that says nothing new changes nothing. */
  put(catalog: UpstreamCatalog): void
  /** What the server offers besides to clients that can be asked something. */
  putCapableTools(serverId: string, tools: UpstreamCatalog['tools']): void
  remove(serverId: string): void
  of(serverId: string): UpstreamCatalog | undefined
  /** Every tool of every enabled server, before any filter. */
  tools(): readonly CatalogTool[]
  tool(exposedName: string): CatalogTool | undefined
  /** Every tool of every server, those that are switched off last. `text` is its definition as clients read it. */
  offered(): readonly Pick<ToolEntry, 'tool' | 'text'>[]
  /** Compiled for this caller; the same object until something changes. */
  view(context: RequestContext): Promise<View>
  /** Owner of a URI that a result brought along (`resource_link`, reads). First come, first served; logged when contested. */
  learnResource(uri: string, owner: Owned): void
  /** Servers, groups, rules or hooks have changed: views are compiled anew when next asked for. */
  invalidate(): void
  /** Grows with every change. */
  version(): number
}

/** What the catalogue needs to know of the registry. */
export interface CatalogServers {
  list(): readonly ServerRecord[]
  get(id: string): ServerRecord | undefined
}

/** Facts that are logged once; beyond this many they are not logged at all. */
const mostWarnings = 1000

export interface CatalogParts {
  readonly store: CatalogTable
  readonly servers: CatalogServers
  /** May this caller see and use it? Answers may change only with `invalidate()`. */
  readonly authorize: (subject: Subject) => boolean
  /** Run on every compiled list, given what views are kept by: client and group, no session and no headers. One that throws empties the list. */
  readonly preListTools: readonly Hooks['preListTools'][]
  readonly metaTools: () => readonly MetaTool['definition'][]
  /** Those of the meta-tools that plugins brought: listed in either mode. Default: none. */
  readonly pluginTools?: () => readonly MetaTool['definition'][]
  /** `all`: `tools/list` shows the catalogue and what plugins brought; `meta`: only the meta-tools. Callable are all in either. */
  readonly listMode: () => 'all' | 'meta'
  readonly log: Log
  /** Runs after every change, with the servers whose offers changed (none after `invalidate()`). */
  readonly onChange: (serverIds: readonly string[]) => void
}

/** Empty until `load()`. */
export function createCatalog(parts: CatalogParts): Catalog {
  const warnOnce = onceEach(parts.log)
  const onContested = (uri: string, first: Owned, second: Owned) =>
    warnOnce('Two servers offer the same resource; the first has it.', {
      uri: uri.slice(0, 200),
      first: first.server,
      second: second.server,
    })
  const offers = createOffers({ ...parts, warnOnce, reserved: () => parts.metaTools().map((definition) => definition.name) })
  const learned = createLearned(parts.servers, onContested)
  const compileParts = { ...parts, learned: learned.owners, onContested, pages: createPageCache() }
  let index: ReadonlyMap<string, ToolEntry> | undefined
  let tools: readonly CatalogTool[] | undefined
  const currentIndex = () => (index ??= offers.buildIndex())
  const views = createViews((context) =>
    compileView(compileParts, { servers: offers.enabled(), tools: [...currentIndex().values()] }, context),
  )

  function changed(serverIds: readonly string[]): void {
    index = tools = undefined
    views.forget()
    parts.onChange(serverIds)
  }

  return {
    load: () => (offers.load(), changed([])),
    put: (catalog) => offers.put(catalog) && changed([catalog.server_id]),
    putCapableTools(serverId, tools) {
      const row = offers.of(serverId)
      if (row && offers.put({ ...row, capable_tools: tools })) changed([serverId])
    },
    remove: (serverId) => (offers.remove(serverId), learned.forget(serverId), changed([serverId])),
    of: offers.of,
    tools: () => (tools ??= [...currentIndex().values()].map((entry) => entry.tool)),
    tool: (exposedName) => currentIndex().get(exposedName)?.tool,
    offered: () => [...currentIndex().values(), ...offers.disabled().flatMap((server) => server.tools.get())],
    view: views.view,
    learnResource: (uri, owner) => learned.learn(uri, owner.serverId),
    invalidate: () => changed([]),
    version: views.version,
  }
}

function onceEach(log: Log): (message: string, facts: Record<string, unknown>) => void {
  const said = new Set<string>()
  return (message, facts) => {
    const key = message + JSON.stringify(facts)
    if (said.has(key) || said.size >= mostWarnings) return
    said.add(key)
    log.warn(message, facts)
  }
}
