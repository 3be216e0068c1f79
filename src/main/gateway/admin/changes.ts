import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { HeldChanges } from '../held-changes'
import type { AdminEnv } from '../plugin'
import { json, One, schemas } from './route'

const tags = ['changes']
const Closed = json(schemas.ClosedChange, 'It waits no longer')

const list = createRoute({
  tags,
  method: 'get',
  path: '/',
  summary: 'List held changes',
  description:
    'Privileged changes that came over HTTP and wait for the person at the app, the oldest first. Only over the door of the app itself.',
  responses: { 200: json(z.array(schemas.HeldChange), 'Every change that waits') },
})
const confirm = createRoute({
  tags,
  method: 'post',
  path: '/{id}/confirm',
  summary: 'Confirm a held change',
  description:
    'It is made at once, and this is answered when it is; 409 when what it is about has changed since it was asked for. Only over the door of the app itself.',
  request: { params: One },
  responses: { 200: Closed },
})
const reject = createRoute({
  tags,
  method: 'post',
  path: '/{id}/reject',
  summary: 'Refuse a held change',
  description: 'Whoever asked is told so. Only over the door of the app itself.',
  request: { params: One },
  responses: { 200: Closed },
})

/** `/changes`: for the app's own door only. */
export const changeRoutes = (held: HeldChanges) =>
  new OpenAPIHono<AdminEnv>()
    .openapi(list, (c) => c.json(held.list(), 200))
    .openapi(confirm, async (c) => {
      const { id } = c.req.valid('param')
      await held.confirm(id)
      return c.json({ id, outcome: 'confirmed' as const }, 200)
    })
    .openapi(reject, (c) => {
      const { id } = c.req.valid('param')
      held.reject(id)
      return c.json({ id, outcome: 'rejected' as const }, 200)
    })
