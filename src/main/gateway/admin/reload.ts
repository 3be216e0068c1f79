import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Gateway } from '../gateway'
import type { AdminEnv } from '../plugin'
import { json } from './route'

const reload = createRoute({
  tags: ['gateway'],
  method: 'post',
  path: '/',
  summary: 'Refresh every server',
  description: 'Reconnects and reads every catalogue anew. Edits need no reload: they are in force at once.',
  responses: {
    200: json(z.object({ status: z.literal('reloaded'), degraded: z.array(z.string()) }), 'Names of the servers where that failed'),
  },
})

/** `/reload`. */
export const reloadRoutes = (gateway: Pick<Gateway, 'reload'>) =>
  new OpenAPIHono<AdminEnv>().openapi(reload, async (c) => c.json(await gateway.reload(), 200))
