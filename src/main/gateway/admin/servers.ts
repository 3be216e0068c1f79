import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { DraftTest } from '../../../shared/draft-test'
import { ServerDraft, ServerPatch } from '../../../shared/records'
import type { Servers } from '../gateway'
import type { AdminEnv } from '../plugin'
import { body, gone, idOf, json, One, schemas } from './route'

/** What a person has read, by its `trust_hash`. */
export const TrustedHash = z.strictObject({ hash: z.string().min(1).max(128) })

const tags = ['servers']
const Server = schemas.ServerView

const list = createRoute({
  tags,
  method: 'get',
  path: '/',
  summary: 'List servers',
  description: 'Every upstream MCP server with its state now.',
  responses: { 200: json(z.array(Server), 'Every server') },
})
const create = createRoute({
  tags,
  method: 'post',
  path: '/',
  summary: 'Add a server',
  description:
    'A `name` and a `url` (transport `http` or `sse`), or a `name` and a `command` (stdio); the rest has defaults. A stdio server is not started before a person has trusted its command. In force at once.',
  request: { body: body(ServerDraft, 'The new server') },
  responses: { 201: json(Server, 'The server as stored') },
})
const get = createRoute({
  tags,
  method: 'get',
  path: '/{id}',
  summary: 'Get a server',
  request: { params: One },
  responses: { 200: json(Server, 'The server') },
})
const patch = createRoute({
  tags,
  method: 'patch',
  path: '/{id}',
  summary: 'Change a server',
  description: 'What is not named stays. A changed command, argument, variable or folder has to be trusted anew. In force at once.',
  request: { params: One, body: body(ServerPatch, 'What changes') },
  responses: { 200: json(Server, 'The server as stored') },
})
const remove = createRoute({
  tags,
  method: 'delete',
  path: '/{id}',
  summary: 'Remove a server',
  description: 'Its connections end, its tools leave the catalogue, groups forget it.',
  request: { params: One },
  responses: gone,
})
const tools = createRoute({
  tags,
  method: 'get',
  path: '/{id}/tools',
  summary: 'Ask a server for its tools',
  description: 'Asks the upstream now. Its own definitions under its own names, not filtered by `allow`, `deny` or policy.',
  request: { params: One },
  responses: { 200: json(z.array(z.record(z.string(), z.unknown())), 'The tools as the upstream lists them') },
})
const test = createRoute({
  tags,
  method: 'post',
  path: '/{id}/test',
  summary: 'Test the connection to a server',
  description: 'Connects anew and counts the tools. Answers 200 also when that fails; `ok` says which.',
  request: { params: One },
  responses: {
    200: json(
      z.union([z.object({ ok: z.literal(true), tool_count: z.number().int() }), z.object({ ok: z.literal(false), error: z.string() })]),
      'What came of it',
    ),
  },
})
const testDraft = createRoute({
  tags,
  method: 'post',
  path: '/test-draft',
  summary: 'Test a server without adding it',
  description:
    'Connects as the draft says, lists the tools and closes the connection; nothing is stored. Answers 200 also when that fails; `ok` says which. One that starts a program wants a person: the app, or the approver credential.',
  request: { body: body(ServerDraft, 'The server as it would be added') },
  responses: { 200: json(DraftTest, 'What came of it') },
})
const refresh = createRoute({
  tags,
  method: 'post',
  path: '/{id}/refresh',
  summary: 'Refresh a server',
  description: 'Reconnects and reads its tools, prompts and resources anew. `degraded`: that failed, and what was last known is served.',
  request: { params: One },
  responses: { 200: json(z.object({ status: z.literal('refreshed'), server_id: z.string(), degraded: z.boolean() }), 'What came of it') },
})
const trust = createRoute({
  tags,
  method: 'post',
  path: '/{id}/trust',
  summary: 'Trust the command of a stdio server',
  description:
    'For a person who has read the whole command: wants the approver credential. `hash` is the `trust_hash` of what was read; if the command has changed since, the answer is 409.',
  request: { params: One, body: body(TrustedHash, 'The hash of what was read') },
  responses: { 200: json(Server, 'The server, trusted') },
})

/** `/servers`: the upstream MCP servers. */
export function serverRoutes(servers: Servers) {
  const id = (given: { readonly id: string }) => idOf(servers.list(), given.id)
  return new OpenAPIHono<AdminEnv>()
    .openapi(list, (c) => c.json(servers.list(), 200))
    .openapi(create, async (c) => c.json(await servers.create(c.req.valid('json')), 201))
    .openapi(testDraft, async (c) =>
      c.json(await servers.testDraft(c.req.valid('json'), { isPerson: c.env.principal !== 'admin', signal: c.req.raw.signal }), 200),
    )
    .openapi(get, (c) => c.json(servers.get(id(c.req.valid('param'))), 200))
    .openapi(patch, async (c) => c.json(await servers.patch(id(c.req.valid('param')), c.req.valid('json')), 200))
    .openapi(remove, async (c) => {
      await servers.remove(id(c.req.valid('param')))
      return c.body(null, 204)
    })
    .openapi(tools, async (c) => c.json([...(await servers.tools(id(c.req.valid('param'))))], 200))
    .openapi(test, async (c) => c.json(await servers.test(id(c.req.valid('param'))), 200))
    .openapi(refresh, async (c) => c.json(await servers.refresh(id(c.req.valid('param'))), 200))
    .openapi(trust, async (c) => c.json(await servers.trust(id(c.req.valid('param')), c.req.valid('json').hash), 200))
}
