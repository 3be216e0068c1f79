import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import type { Gateway } from '../gateway'
import type { AdminEnv } from '../plugin'
import { json, schemas } from './route'

const responses = { 200: json(schemas.GatewayStatus, 'The gateway now') }

const pause = createRoute({
  tags: ['gateway'],
  method: 'post',
  path: '/',
  summary: 'Pause all calls',
  description:
    'Every new call is refused with a reason that the model can read, and those that wait for a person are denied, until they are resumed; over a restart too. Lists go on.',
  responses,
})
const resume = createRoute({
  tags: ['gateway'],
  method: 'post',
  path: '/',
  summary: 'Let calls run again',
  description: 'While the app runs, the person there confirms it.',
  responses,
})

/** `/pause`. */
export const pauseRoutes = (gateway: Pick<Gateway, 'status' | 'pause'>) =>
  new OpenAPIHono<AdminEnv>().openapi(pause, (c) => {
    gateway.pause()
    return c.json(gateway.status(), 200)
  })

/** `/resume`. */
export const resumeRoutes = (gateway: Pick<Gateway, 'status' | 'resume'>) =>
  new OpenAPIHono<AdminEnv>().openapi(resume, (c) => {
    gateway.resume()
    return c.json(gateway.status(), 200)
  })
