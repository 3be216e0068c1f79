import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { setImmediate } from 'node:timers/promises'
import type { ToolDetail, ToolRow, ToolRows } from '../../../shared/catalog-rows'
import { GatewayError } from '../../../shared/errors'
import type { CatalogTool, PolicyDecision } from '../../../shared/records'
import type { Access } from '../access'
import type { Catalog } from '../catalog'
import { createLru } from '../catalog/lru'
import type { Groups } from '../gateway'
import { requireGroup } from '../host'
import type { AdminEnv, Subject } from '../plugin'
import type { Store } from '../store/store'
import { json, schemas } from './route'

/** For whom the catalogue is shown. */
type Caller = Pick<Subject, 'client' | 'group'>

/** What the catalogue's pages are made of. */
export interface CatalogParts {
  readonly catalog: Pick<Catalog, 'offered' | 'view' | 'version'>
  readonly access: Pick<Access, 'hiddenBy'>
  readonly groups: Pick<Groups, 'list'>
  readonly store: Pick<Store, 'audit'>
  /** What the policy says of a tool, whatever the arguments. */
  explain(tool: CatalogTool, caller: Caller): PolicyDecision
}

/** Published limits: UTF-16 units of a description in a list, callers whose rows are remembered, days and calls of a tool's history; milliseconds of one turn of the event loop. */
export const catalogLimits = { description: 200, callers: 4, historyDays: 7, historyCalls: 100_000, turnMs: 10 } as const

const tags = ['tools']
const For = z.object({
  client: z.string().max(200).optional().meta({ description: 'Name of a client; without it, one that no rule names' }),
  group: z.string().max(200).optional().meta({ description: 'Name of the group it came through; without it, none' }),
})

const list = createRoute({
  tags,
  method: 'get',
  path: '/',
  summary: 'List every tool',
  description:
    'Every tool of every server, as one client sees it through one group; what is hidden from it is listed too and says why. `exposed` and `tokens` count what is not hidden. `tokens` is an estimate: a quarter of the characters of the listed definition.',
  request: { query: For },
  responses: { 200: json(schemas.ToolRows, 'The tools, without their schemas') },
})
const get = createRoute({
  tags,
  method: 'get',
  path: '/{name}',
  summary: 'Get a tool',
  description:
    'With its schemas, the groups in which it can be seen, and what became of its calls in the last seven days, among the newest 100,000 of all.',
  request: { params: z.object({ name: z.string().min(1).max(200).meta({ description: 'Its name as clients see it' }) }), query: For },
  responses: { 200: json(schemas.ToolDetail, 'The tool') },
})

/** `/catalog`: every tool, seen and hidden. */
export function catalogRoutes(parts: CatalogParts) {
  const rows = rememberRows(parts)
  const callerOf = ({ client = '', group = null }: { client?: string | undefined; group?: string | null | undefined }): Caller => {
    if (group !== null) requireGroup({ find: (name) => parts.groups.list().find((one) => one.name === name) }, group)
    return { client, group }
  }
  return new OpenAPIHono<AdminEnv>()
    .openapi(list, async (c) => c.json(await rows(callerOf(c.req.valid('query'))), 200))
    .openapi(get, async (c) => {
      const caller = callerOf(c.req.valid('query'))
      return c.json(detailOf(parts, await rows(caller), c.req.valid('param').name, caller), 200)
    })
}

/** The same rows until the catalogue, a rule or the policy changes. */
function rememberRows(parts: CatalogParts): (caller: Caller) => Promise<ToolRows> {
  const known = createLru<string, Promise<ToolRows>>(catalogLimits.callers)
  let version = parts.catalog.version()
  return (caller) => {
    if (version !== parts.catalog.version()) known.clear()
    version = parts.catalog.version()
    const key = JSON.stringify([caller.client, caller.group])
    const rows = known.get(key) ?? makeRows(parts, caller)
    known.set(key, rows)
    rows.catch(() => known.delete(key))
    return rows
  }
}

/** A little at a time: with thousands of tools and a long policy, calls go on meanwhile. */
async function makeRows(parts: CatalogParts, caller: Caller): Promise<ToolRows> {
  // As a client that can be asked something sees it: some servers have more tools then.
  const view = await parts.catalog.view({ ...caller, capable: true, sessionId: null, door: 'mcp', headers: {} })
  const tools: ToolRow[] = []
  let turnEnds = performance.now() + catalogLimits.turnMs
  for (const { tool, text } of parts.catalog.offered()) {
    const hidden = parts.access.hiddenBy(subjectOf(tool, caller)) ?? (view.tool(tool.name) ? null : 'policy')
    tools.push(rowOf(tool, text(), hidden, parts.explain(tool, caller)))
    if (performance.now() < turnEnds) continue
    await setImmediate()
    turnEnds = performance.now() + catalogLimits.turnMs
  }
  const exposed = tools.filter(({ hidden_by }) => hidden_by === null)
  return { tools, exposed: exposed.length, tokens: exposed.reduce((sum, { tokens }) => sum + tokens, 0) }
}

const subjectOf = (tool: CatalogTool, caller: Caller): Subject => ({
  ...caller,
  server: tool.namespace,
  kind: 'tool',
  name: tool.bare_name,
})

function rowOf(tool: CatalogTool, text: string, hidden_by: ToolRow['hidden_by'], decision: PolicyDecision): ToolRow {
  const { name, server_id, namespace: server, bare_name, title, description, annotations } = tool
  const hint = (key: string) => (typeof annotations?.[key] === 'boolean' ? annotations[key] : null)
  return {
    ...{ name, server_id, server, bare_name, title, hidden_by, decision },
    description: description === null ? null : cut(description),
    hints: {
      read_only: hint('readOnlyHint'),
      destructive: hint('destructiveHint'),
      idempotent: hint('idempotentHint'),
      open_world: hint('openWorldHint'),
    },
    tokens: Math.ceil(text.length / 4),
  }
}

/** No character is cut in two. */
const cut = (text: string) =>
  text.length <= catalogLimits.description ? text : `${text.slice(0, catalogLimits.description - 1).replace(/[\uD800-\uDBFF]$/, '')}…`

/** @throws GatewayError `tool.not_found` */
function detailOf(parts: CatalogParts, { tools }: ToolRows, name: string, caller: Caller): ToolDetail {
  const row = tools.find((each) => each.name === name)
  const tool = parts.catalog.offered().find((each) => each.tool.name === name)?.tool
  if (!row || !tool) throw new GatewayError('tool.not_found', `No server offers a tool ${JSON.stringify(name)}; list the catalogue again.`)
  const isSeenIn = (group: string) => {
    const through = { client: caller.client, group }
    return parts.access.hiddenBy(subjectOf(tool, through)) === null && parts.explain(tool, through).effect !== 'deny'
  }
  const groups = parts.groups.list().flatMap((group) => (isSeenIn(group.name) ? [group.name] : []))
  return { row, tool, groups, history: historyOf(parts, tool) }
}

function historyOf({ store }: CatalogParts, tool: CatalogTool): ToolDetail['history'] {
  const since = new Date(Date.now() - catalogLimits.historyDays * 86_400_000).toISOString()
  const { counts } = store.audit.counts({ server: tool.namespace, tool: tool.bare_name, since }, null, catalogLimits.historyCalls)
  const sum = (fits: (count: (typeof counts)[number]) => boolean) => counts.reduce((total, one) => total + (fits(one) ? one.calls : 0), 0)
  return {
    calls: sum(() => true),
    approved: sum(({ decision, granted }) => decision === 'approved' && !granted),
    granted: sum(({ decision, granted }) => decision === 'approved' && granted),
    denied: sum(({ decision }) => decision === 'deny' || decision === 'unconfirmed'),
  }
}
