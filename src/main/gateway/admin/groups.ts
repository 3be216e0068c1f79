import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { GroupDraft, GroupPatch } from '../../../shared/records'
import type { Groups } from '../gateway'
import type { AdminEnv } from '../plugin'
import { body, gone, idOf, json, One, schemas } from './route'

const tags = ['groups']
const Group = schemas.GroupRecord

const list = createRoute({
  tags,
  method: 'get',
  path: '/',
  summary: 'List groups',
  responses: { 200: json(z.array(Group), 'Every group') },
})
const create = createRoute({
  tags,
  method: 'post',
  path: '/',
  summary: 'Create a group',
  description:
    'A named subset of servers, served at `/mcp/g/{name}`. Its `allow` and `deny` narrow the rules of each server. In force at once.',
  request: { body: body(GroupDraft, 'The new group; only the name is needed') },
  responses: { 201: json(Group, 'The group as stored') },
})
const get = createRoute({
  tags,
  method: 'get',
  path: '/{id}',
  summary: 'Get a group',
  request: { params: One },
  responses: { 200: json(Group, 'The group') },
})
const patch = createRoute({
  tags,
  method: 'patch',
  path: '/{id}',
  summary: 'Change a group',
  description:
    'What is not named stays. Clients that are bound to the group follow it to a new name; their sessions end. In force at once.',
  request: { params: One, body: body(GroupPatch, 'What changes') },
  responses: { 200: json(Group, 'The group as stored') },
})
const remove = createRoute({
  tags,
  method: 'delete',
  path: '/{id}',
  summary: 'Remove a group',
  description: 'Refused while clients are bound to it.',
  request: { params: One },
  responses: gone,
})
const setServers = createRoute({
  tags,
  method: 'put',
  path: '/{id}/servers',
  summary: 'Set the members of a group',
  description: 'Replaces the members by the servers with these ids.',
  request: { params: One, body: body(z.array(z.string()), 'Ids of servers') },
  responses: { 200: json(Group, 'The group as stored') },
})

/** `/groups`: named subsets of servers. */
export function groupRoutes(groups: Groups) {
  const id = (given: { readonly id: string }) => idOf(groups.list(), given.id)
  return new OpenAPIHono<AdminEnv>()
    .openapi(list, (c) => c.json(groups.list(), 200))
    .openapi(create, (c) => c.json(groups.create(c.req.valid('json')), 201))
    .openapi(get, (c) => c.json(groups.get(id(c.req.valid('param'))), 200))
    .openapi(patch, (c) => c.json(groups.patch(id(c.req.valid('param')), c.req.valid('json')), 200))
    .openapi(remove, (c) => {
      groups.remove(id(c.req.valid('param')))
      return c.body(null, 204)
    })
    .openapi(setServers, (c) => c.json(groups.setServers(id(c.req.valid('param')), c.req.valid('json')), 200))
}
