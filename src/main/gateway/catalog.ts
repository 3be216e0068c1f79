import type { CatalogTool, ServerRecord, UpstreamCatalog } from '../../shared/records'
import type { RequestContext } from './hooks'

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
  /** By list, then by template. */
  resource(uri: string): Owned | undefined
  readonly tools: readonly CatalogTool[]
  /** Differs when anything in the lists differs; for list_changed after an edit. */
  readonly digests: Readonly<Record<ListMethod, string>>
}

/** What upstreams offer, kept in memory and in the store, compiled per (client, group). */
export interface Catalog {
  /** Loads what the store knows. */
  load(): void
  /** A fresh introspection of one server: stored, then `changed`. */
  put(catalog: UpstreamCatalog): void
  remove(serverId: string): void
  of(serverId: string): UpstreamCatalog | undefined
  /** Every tool of every enabled server, before any filter. */
  tools(): readonly CatalogTool[]
  tool(exposedName: string): CatalogTool | undefined
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
