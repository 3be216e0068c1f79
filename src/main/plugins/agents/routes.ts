import { createRoute, z } from '@hono/zod-openapi'
import { AgentEntry, AgentId, AgentPreview, AgentUndo, AgentView, ImportRequest, ImportResult, ImportSource } from '../../../shared/agents'
import { json, lenientJson, newRoutes, only } from '../routes'
import type { Connections } from './connect'
import type { Imports } from './import'
import { longestPaste } from './pasted'

const owners = only(['admin', 'desktop'], 'The config files of agents are read and written with the admin token.')
const ById = z.object({ id: AgentId })
const Pasted = z.strictObject({ text: z.string().min(1).max(longestPaste) })

const list = createRoute({
  method: 'get',
  path: '/',
  middleware: owners,
  responses: { 200: json(z.array(AgentView), 'Every agent that is known, and whether it uses this gateway') },
})
const preview = createRoute({
  method: 'post',
  path: '/{id}/preview',
  middleware: owners,
  request: { params: ById, body: json(AgentEntry, 'What would be written') },
  responses: { 200: json(AgentPreview, 'The file before and after, secrets masked; nothing is written') },
})
const write = createRoute({
  method: 'post',
  path: '/{id}/write',
  middleware: owners,
  request: { params: ById, body: json(AgentEntry, 'What is written') },
  responses: { 200: json(AgentView, 'Written, and the file from before kept') },
})
const undo = createRoute({
  method: 'post',
  path: '/{id}/undo',
  middleware: [owners, lenientJson],
  request: { params: ById, body: json(AgentUndo, 'The whole file, or our entry alone') },
  responses: { 200: json(AgentView, 'As before the latest write') },
})
const sources = createRoute({
  method: 'get',
  path: '/import',
  middleware: owners,
  responses: { 200: json(z.array(ImportSource), 'Servers in the config files of this machine') },
})
const parse = createRoute({
  method: 'post',
  path: '/import/parse',
  middleware: owners,
  request: { body: json(Pasted, 'A URL, a command, or a config, as it was copied') },
  responses: { 200: json(ImportSource, 'What is in it; nothing is added') },
})
const run = createRoute({
  method: 'post',
  path: '/import',
  middleware: owners,
  request: { body: json(ImportRequest, 'Which servers, and their names') },
  responses: { 200: json(ImportResult, 'What was added, and what could not be') },
})

/** `/admin/agents`: the gateway in the agents' config files, and their servers in the gateway. */
export const agentRoutes = (connections: Connections, imports: Imports) =>
  newRoutes()
    .openapi(list, (c) => c.json(connections.list(), 200))
    .openapi(preview, (c) => c.json(connections.preview(c.req.valid('param').id, c.req.valid('json')), 200))
    .openapi(write, (c) => c.json(connections.write(c.req.valid('param').id, c.req.valid('json')), 200))
    .openapi(undo, (c) => c.json(connections.undo(c.req.valid('param').id, c.req.valid('json').what), 200))
    .openapi(sources, async (c) => c.json(await imports.sources(), 200))
    .openapi(parse, async (c) => c.json(await imports.parse(c.req.valid('json').text), 200))
    .openapi(run, async (c) => c.json(await imports.run(c.req.valid('json')), 200))
export type AgentRoutes = ReturnType<typeof agentRoutes>
