import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { GatewayError, type ErrorCode } from '../../shared/errors'
import type { AdminEnv, Principal } from '../gateway/plugin'

/** A plugin's routes: input that does not fit its schema is a GatewayError `input.invalid` (422), rendered by the admin API. */
export const newRoutes = () =>
  new OpenAPIHono<AdminEnv>({
    defaultHook: (checked) => {
      if (!checked.success) throw new GatewayError('input.invalid', z.prettifyError(checked.error))
    },
  })

/** A JSON body, for a request or a response. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({ description, content: { 'application/json': { schema } } })

/** No body, an empty one and `{}` are the same, with or without a content type. @throws GatewayError `input.malformed` for text that is not JSON */
export const lenientJson: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const text = (await c.req.raw.text()).trim() || '{}'
  checkJson(text)
  const headers = new Headers(c.req.raw.headers)
  headers.set('content-type', 'application/json')
  headers.delete('content-length')
  c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers, body: text, signal: c.req.raw.signal })
  await next()
}

function checkJson(text: string): void {
  try {
    JSON.parse(text)
  } catch {
    throw new GatewayError('input.malformed', 'The body is not JSON.')
  }
}

/** Lets only these principals pass; anyone else, and nobody at all, is refused with this message. @throws GatewayError with `code` */
export const only =
  (allowed: readonly Principal[], message: string, code: ErrorCode = 'auth.forbidden'): MiddlewareHandler<AdminEnv> =>
  async (c, next) => {
    const principal: Principal | undefined = c.env.principal
    if (!allowed.includes(principal)) throw new GatewayError(code, message)
    await next()
  }
