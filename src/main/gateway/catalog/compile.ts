import type { CatalogTool } from '../../../shared/records'
import type { CatalogParts, Owned, View } from '../catalog'
import { listedText, redefine, type Listed, type ServerEntries, type ToolEntry } from './entries'
import { createView, type ViewParts } from './view'
import type { RequestContext } from '../hooks'
import type { Kind, MetaTool } from '../plugin'

export interface CompileParts
  extends
    Pick<CatalogParts, 'authorize' | 'preListTools' | 'metaTools' | 'pluginTools' | 'listMode' | 'log'>,
    Pick<ViewParts, 'learned' | 'onContested' | 'pages'> {}

/** A view, and whether it may be kept: one whose hooks failed is empty and compiled again when next asked for. */
export interface Compiled {
  readonly view: View
  readonly sound: boolean
}

/** What this client may see of these servers: `authorize` first, then every preListTools hook in order. */
export async function compileView(
  parts: CompileParts,
  offer: { readonly servers: readonly ServerEntries[]; readonly tools: readonly ToolEntry[] },
  context: RequestContext,
): Promise<Compiled> {
  const { client, group } = context
  const permits = (kind: Kind, owner: Owned) => parts.authorize({ client, group, server: owner.server, kind, name: owner.bareName })
  const hidden = context.capable ? new Set<string>() : capableOnly(offer.servers)
  const permitted = offer.tools.filter((entry) => permits('tool', entry.owner) && !hidden.has(ownerKey(entry.owner)))
  const screened = parts.preListTools.length === 0 ? permitted : await screen(parts, permitted, context)
  const tools = screened ?? []
  const listedTools = parts.listMode() === 'meta' ? metaLines(parts.metaTools()) : [...tools, ...metaLines(parts.pluginTools?.() ?? [])]
  return { view: createView({ ...parts, servers: offer.servers, tools, listedTools, permits }), sound: screened !== undefined }
}

const ownerKey = ({ serverId, bareName }: Pick<Owned, 'serverId' | 'bareName'>) => `${serverId}\n${bareName}`

/** Tools that their servers do not offer to a client which cannot be asked anything. */
function capableOnly(servers: readonly ServerEntries[]): Set<string> {
  const tools = servers.flatMap(({ source }) =>
    (source.capable_tools ?? []).map(({ name }) => ownerKey({ serverId: source.server_id, bareName: String(name) })),
  )
  return new Set(tools)
}

/** @returns undefined when a hook failed */
async function screen(
  parts: CompileParts,
  permitted: readonly ToolEntry[],
  context: RequestContext,
): Promise<readonly ToolEntry[] | undefined> {
  try {
    let tools: readonly CatalogTool[] = permitted.map((entry) => entry.tool)
    for (const hook of parts.preListTools) tools = await hook(tools, context)
    return adopt(permitted, tools)
  } catch (error) {
    parts.log.error('A preListTools hook failed; the list of tools is empty until it succeeds.', {
      client: context.client,
      group: context.group,
      error,
    })
    return undefined
  }
}

/** What hooks returned, back on the entries that they were given: they may hide, order and redefine tools, not add any. */
function adopt(permitted: readonly ToolEntry[], tools: readonly CatalogTool[]): readonly ToolEntry[] {
  const left = new Map(permitted.map((entry) => [entry.key, entry]))
  return tools.flatMap((tool) => {
    const entry = left.get(tool.name)
    if (!entry) return []
    left.delete(tool.name)
    return entry.tool === tool ? entry : redefine(entry, tool)
  })
}

const metaLines = (definitions: readonly MetaTool['definition'][]): readonly Listed[] =>
  definitions.map((definition) => listedText(JSON.stringify(definition)))
