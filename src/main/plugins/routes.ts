import { OpenAPIHono, type z } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { GatewayError, type ErrorCode } from '../../shared/errors'
import { parseExactly } from '../../shared/exact-json'
import { explainBriefly } from '../../shared/explain'
import type { Arguments } from '../gateway/hooks'
import type { AdminEnv, Principal } from '../gateway/plugin'

/** A plugin's routes: input that does not fit its schema is a GatewayError `input.invalid` whose `details` are the flaws, at most 20. */
export const newRoutes = () =>
  new OpenAPIHono<AdminEnv>({
    defaultHook: (checked) => {
      if (checked.success) return
      const flaws = explainBriefly(checked.error.issues)
      const told = flaws.map(({ path, message }) => (path === '' ? message : `${path.slice(0, 100)}: ${message}`))
      throw new GatewayError('input.invalid', `The input is not valid: ${told.join('; ')}`, { details: flaws })
    },
  })

/** A JSON body, for a request or a response. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({ description, content: { 'application/json': { schema } } })

/** For a body that may be left out: none, an empty one and `{}` are the same, with or without a content type. */
export const lenientJson: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const { raw } = c.req
  const headers = new Headers(raw.headers)
  headers.set('content-type', 'application/json')
  headers.delete('content-length')
  const body = (await raw.text()).trim() || '{}'
  c.req.raw = new Request(raw.url, { method: raw.method, headers, body, signal: raw.signal })
  await next()
}

/**
 * The body's `arguments`, with every digit and every key: a schema, which they have passed already, would drop some of them.
 * @throws GatewayError `input.too_deep` where they are nested deeper than the stack is
 */
export async function argumentsIn(c: Context<AdminEnv>): Promise<Arguments | undefined> {
  const text = (await c.req.text()).trim()
  return text === '' ? undefined : bodyOf(text).arguments
}

function bodyOf(text: string): { readonly arguments?: Arguments } {
  try {
    return parseExactly(text) as { readonly arguments?: Arguments }
  } catch (cause) {
    if (cause instanceof RangeError) throw new GatewayError('input.too_deep', 'The arguments are nested too deep.', { cause })
    throw cause
  }
}

/** A second lock behind the admin API's own: anyone but these, and nobody at all, is refused with this message. @throws GatewayError with `code` */
export const only =
  (allowed: readonly Principal[], message: string, code: ErrorCode = 'auth.forbidden'): MiddlewareHandler<AdminEnv> =>
  async (c, next) => {
    if (!allowed.includes(c.env.principal)) throw new GatewayError(code, message)
    await next()
  }
