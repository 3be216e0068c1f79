import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { ClientDraft, ClientPatch } from '../../../shared/records'
import type { Clients } from '../gateway'
import type { AdminEnv } from '../plugin'
import { body, gone, idOf, json, One, schemas } from './route'

const tags = ['clients']

const list = createRoute({
  tags,
  method: 'get',
  path: '/',
  summary: 'List clients',
  description: 'Without their tokens: the gateway keeps only hashes.',
  responses: { 200: json(z.array(schemas.ClientView), 'Every client') },
})
const create = createRoute({
  tags,
  method: 'post',
  path: '/',
  summary: 'Create a client',
  description: 'An agent that may open `/mcp`, or with `group` only `/mcp/g/{group}`. The answer holds its token, shown this once.',
  request: { body: body(ClientDraft, 'The new client') },
  responses: { 201: json(schemas.ClientWithToken, 'The client and its token') },
})
const rotate = createRoute({
  tags,
  method: 'post',
  path: '/{id}/rotate',
  summary: 'Give a client a new token',
  description: 'The old token and the sessions opened with it end at once. The answer holds the new token, shown this once.',
  request: { params: One },
  responses: { 200: json(schemas.ClientWithToken, 'The client and its new token') },
})
const patch = createRoute({
  tags,
  method: 'patch',
  path: '/{id}',
  summary: 'Move a client to a group',
  description: 'Its token stays and opens this group from then on, or everything (`null`). Its sessions end.',
  request: { params: One, body: body(ClientPatch, 'The group') },
  responses: { 200: json(schemas.ClientView, 'The client') },
})
const remove = createRoute({
  tags,
  method: 'delete',
  path: '/{id}',
  summary: 'Remove a client',
  description: 'Its token and its sessions end at once.',
  request: { params: One },
  responses: gone,
})

/** `/clients`: the agents and their tokens. */
export function clientRoutes(clients: Clients) {
  const id = (given: { readonly id: string }) => idOf(clients.list(), given.id)
  return new OpenAPIHono<AdminEnv>()
    .openapi(list, (c) => c.json(clients.list(), 200))
    .openapi(create, (c) => c.json(clients.create(c.req.valid('json')), 201))
    .openapi(rotate, (c) => c.json(clients.rotate(id(c.req.valid('param'))), 200))
    .openapi(patch, (c) => c.json(clients.patch(id(c.req.valid('param')), c.req.valid('json')), 200))
    .openapi(remove, (c) => {
      clients.remove(id(c.req.valid('param')))
      return c.body(null, 204)
    })
}
