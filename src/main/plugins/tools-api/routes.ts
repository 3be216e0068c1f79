import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { GatewayError, toGatewayError, type ErrorCode } from '../../../shared/errors'
import { CatalogTool } from '../../../shared/records'
import type { Arguments, CallToolResult, RequestContext } from '../../gateway/hooks'
import type { AdminEnv, PluginHost } from '../../gateway/plugin'
import { argumentsIn, json, lenientJson, newRoutes, only } from '../routes'

const operators = only(['admin', 'desktop'], 'Tools are listed and called with the admin token.')
const InGroup = z.object({ group: z.string().optional() })
const ByName = z.object({ name: z.string() })
const CallBody = z.strictObject({
  arguments: z.record(z.string(), z.unknown()).default({}),
  group: z.string().nullish(),
  /** Seconds without any word from the upstream. Default: the server's own. */
  timeout: z.number().positive().max(86_400).nullish(),
})
const Answer = z.object({ is_error: z.boolean(), content: z.array(z.unknown()), structured_content: z.unknown() })

const list = createRoute({
  method: 'get',
  path: '/',
  middleware: operators,
  request: { query: InGroup },
  responses: { 200: json(z.array(CatalogTool), 'What may be called, in this group') },
})
const get = createRoute({
  method: 'get',
  path: '/{name}',
  middleware: operators,
  request: { params: ByName, query: InGroup },
  responses: { 200: json(CatalogTool, 'One tool') },
})
const call = createRoute({
  method: 'post',
  path: '/{name}/call',
  middleware: [operators, lenientJson],
  request: { params: ByName, body: json(CallBody, 'Arguments, and how to call') },
  responses: { 200: json(Answer, 'What the tool answered; a refusal or failure is an answer with is_error') },
})

export const toolRoutes = (host: PluginHost) =>
  newRoutes()
    .openapi(list, async (c) => c.json([...(await governed(host, contextOf(c, c.req.valid('query').group)))], 200))
    .openapi(get, async (c) => {
      const { name } = c.req.valid('param')
      const tools = await governed(host, contextOf(c, c.req.valid('query').group))
      const found = tools.find((tool) => tool.name === name)
      if (!found) throw new GatewayError('tool.not_found', `There is no tool "${name.slice(0, 128)}" here; GET /tools lists them.`)
      return c.json(found, 200)
    })
    .openapi(call, async (c) => {
      const body = { ...c.req.valid('json'), arguments: (await argumentsIn(c)) ?? {} }
      return c.json(await callTool(host, c.req.valid('param').name, body, c), 200)
    })
export type ToolRoutes = ReturnType<typeof toolRoutes>

async function callTool(
  host: PluginHost,
  name: string,
  body: Omit<z.output<typeof CallBody>, 'arguments'> & { readonly arguments: Arguments },
  c: Context<AdminEnv>,
): Promise<z.input<typeof Answer>> {
  const context = contextOf(c, body.group)
  if (context.group !== null) host.requireGroup(context.group)
  const timeout = body.timeout ? { timeoutMs: body.timeout * 1000 } : {}
  try {
    return answer(await host.callTool(name, body.arguments, context, { signal: c.req.raw.signal, ...timeout }))
  } catch (thrown) {
    const error = toGatewayError(thrown)
    if (atTheDoor.has(error.code)) throw thrown
    return { is_error: true, content: [{ type: 'text', text: error.message }], structured_content: null }
  }
}

/** What is wrong with the request itself, or with us, is an HTTP error; everything else is the call's own outcome. */
const atTheDoor: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'tool.not_found',
  'group.not_found',
  'input.invalid',
  'input.too_deep',
  'internal',
])

const answer = ({ isError, content, structuredContent }: CallToolResult) => ({
  is_error: isError === true,
  content: [...(content ?? [])],
  structured_content: structuredContent ?? null,
})

async function governed(host: PluginHost, context: RequestContext): Promise<readonly CatalogTool[]> {
  if (context.group !== null) host.requireGroup(context.group)
  return host.listTools(context)
}

/** The principal is the client; each request has a context of its own. */
const contextOf = (c: Context<AdminEnv>, group: string | null | undefined): RequestContext => ({
  client: c.env.principal,
  group: group ?? null,
  sessionId: null,
  door: 'rest',
  headers: visibleHeaders(c.req.raw.headers),
})

/** Inbound credentials stay at the door. */
const credentials: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie'])
const visibleHeaders = (headers: Headers) => Object.fromEntries([...headers].filter(([name]) => !credentials.has(name)))
