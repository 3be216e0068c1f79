import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import type { Gateway } from '../gateway'
import type { AdminEnv } from '../plugin'
import { json, schemas } from './route'

const status = createRoute({
  tags: ['gateway'],
  method: 'get',
  path: '/',
  summary: 'How the gateway is',
  description: 'Servers and their states, sessions, calls under way, pending approvals, whether the configuration could be read.',
  responses: { 200: json(schemas.GatewayStatus, 'The gateway now') },
})

/** `/status`. */
export const statusRoutes = (gateway: Pick<Gateway, 'status'>) =>
  new OpenAPIHono<AdminEnv>().openapi(status, (c) => c.json(gateway.status(), 200))
