import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { SecretDraft, SecretList, secretName, SecretView } from '../../../shared/secrets'
import type { AdminEnv } from '../plugin'
import type { Secrets } from '../secret-book'
import { body, gone, json } from './route'

const tags = ['secrets']
const Named = z.object({ name: secretName.meta({ description: 'As in `${keychain:NAME}`' }) })

const list = createRoute({
  tags,
  method: 'get',
  path: '/',
  summary: 'List secrets',
  description:
    'Their names, and which servers refer to them; never a value. `vault` says where they are kept and whether that can be read now.',
  responses: { 200: json(SecretList.meta({ id: 'SecretList' }), 'The vault and what is in it') },
})
const set = createRoute({
  tags,
  method: 'put',
  path: '/{name}',
  summary: 'Set a secret',
  description: 'Adds or replaces it. No route gives the value back. Servers that refer to it connect anew.',
  request: { params: Named, body: body(SecretDraft, 'The value') },
  responses: { 200: json(SecretView.meta({ id: 'Secret' }), 'The secret without its value') },
})
const remove = createRoute({
  tags,
  method: 'delete',
  path: '/{name}',
  summary: 'Remove a secret',
  description: 'Servers that refer to it fail until it is set again.',
  request: { params: Named },
  responses: gone,
})

/** `/secrets`: what `${keychain:NAME}` stands for. */
export function secretRoutes(secrets: Secrets) {
  return new OpenAPIHono<AdminEnv>()
    .openapi(list, async (c) => c.json(await secrets.list(), 200))
    .openapi(set, async (c) => c.json(await secrets.set(c.req.valid('param').name, c.req.valid('json').value), 200))
    .openapi(remove, async (c) => {
      await secrets.remove(c.req.valid('param').name)
      return c.body(null, 204)
    })
}
