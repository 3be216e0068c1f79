import { longestName } from '../../../shared/patterns'
import type { ListMethod, Owned, View } from '../catalog'
import type { Entry, Listed, ServerEntries, ToolEntry } from './entries'
import { digestOf, type PageCache } from './pages'
import type { Kind } from '../plugin'

/** Templates of one server that URIs are matched against; the rest is listed only. Fewer for long URIs, of which each costs more. */
export const mostMatchedTemplates = 200
const mostMatchedChars = 100_000

export interface ViewParts {
  /** Enabled servers, in the order of their creation. */
  readonly servers: readonly ServerEntries[]
  /** What may be called. */
  readonly tools: readonly ToolEntry[]
  /** What `tools/list` shows. */
  readonly listedTools: readonly Listed[]
  permits(kind: Kind, owner: Owned): boolean
  /** Owners of a URI that no list names, the first to claim it first. */
  learned(uri: string): readonly Owned[]
  /** Two servers claim one URI: the first has it. */
  onContested(uri: string, first: Owned, second: Owned): void
  readonly pages: PageCache
}

/** What one (client, group) may see: tools at once, the other lists when first asked for. */
export function createView(parts: ViewParts): View {
  const byName = new Map(parts.tools.map((entry) => [entry.key, entry]))
  const tools = lazy(() => parts.tools.map((entry) => entry.tool))
  const prompts = lazy(() => firstClaims(parts, 'prompt', (server) => server.prompts.get()))
  const resources = lazy(() => firstClaims(parts, 'resource', (server) => server.resources.get()))
  const templates = lazy(() => firstClaims(parts, 'resource', (server) => server.templates.get()))
  const lists: Readonly<Record<ListMethod, () => readonly Listed[]>> = {
    'tools/list': () => parts.listedTools,
    'prompts/list': lazy(() => [...prompts().values()]),
    'resources/list': lazy(() => [...resources().values()]),
    'resources/templates/list': lazy(() => [...templates().values()]),
  }
  const digests = lazyDigests(lists)
  return {
    get tools() {
      return tools()
    },
    digests,
    pages: (method) => parts.pages.pages(method, digests[method], lists[method]()),
    tool: (name) => byName.get(name)?.tool,
    prompt: (name) => prompts().get(name)?.owner,
    resource: (uri) =>
      (resources().get(uri) ?? templates().get(uri))?.owner ??
      ownerByTemplate(parts, uri) ??
      parts.learned(uri).find((owner) => parts.permits('resource', owner)),
  }
}

/** Asked of the URI itself: a template that is not listed still owns what may be read. */
function ownerByTemplate(parts: ViewParts, uri: string): Owned | undefined {
  if (uri.length > longestName) return undefined
  const most = Math.min(mostMatchedTemplates, Math.ceil(mostMatchedChars / (uri.length + 1)))
  for (const server of parts.servers) {
    for (const template of server.templates.get().slice(0, most)) {
      const owner = { ...template.owner, bareName: uri }
      if (template.matches(uri) && parts.permits('resource', owner)) return owner
    }
  }
  return undefined
}

/** By key, the first permitted claim of each: a server whose claim is denied shadows nobody. */
function firstClaims<Item extends Entry>(
  parts: ViewParts,
  kind: Kind,
  of: (server: ServerEntries) => readonly Item[],
): ReadonlyMap<string, Item> {
  const claims = new Map<string, Item>()
  for (const entry of parts.servers.flatMap(of)) {
    if (!parts.permits(kind, entry.owner)) continue
    const first = claims.get(entry.key)
    if (first) parts.onContested(entry.key, first.owner, entry.owner)
    else claims.set(entry.key, entry)
  }
  return claims
}

function lazyDigests(lists: Readonly<Record<ListMethod, () => readonly Listed[]>>): View['digests'] {
  const digest = (method: ListMethod) => lazy(() => digestOf(lists[method]()))
  const [tools, prompts, resources, templates] = [
    digest('tools/list'),
    digest('prompts/list'),
    digest('resources/list'),
    digest('resources/templates/list'),
  ]
  return {
    get 'tools/list'() {
      return tools()
    },
    get 'prompts/list'() {
      return prompts()
    },
    get 'resources/list'() {
      return resources()
    },
    get 'resources/templates/list'() {
      return templates()
    },
  }
}

function lazy<Value>(make: () => Value): () => Value {
  let value: { readonly made: Value } | undefined
  return () => (value ??= { made: make() }).made
}
