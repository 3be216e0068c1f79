import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AdminEnv } from '../plugin'
import { whoMay } from './permissions'
import { schemas } from './route'

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>
type Operation = NonNullable<NonNullable<Document['paths']>[string]['get']>
const methods = ['get', 'post', 'put', 'patch', 'delete'] as const
type Method = (typeof methods)[number]

const securitySchemes = {
  admin: { type: 'http', scheme: 'bearer', description: 'The admin token: everything but decisions.' },
  approver: {
    type: 'http',
    scheme: 'bearer',
    description: 'The approver credential, shown when the gateway starts: decides approvals and trust.',
  },
} as const

const tags = [
  { name: 'servers', description: 'The upstream MCP servers.' },
  { name: 'groups', description: 'Named subsets of servers, each with an endpoint of its own.' },
  { name: 'tools', description: 'What the servers offer together, and who sees it.' },
  { name: 'clients', description: 'The agents that may connect, and their tokens.' },
  { name: 'changes', description: 'Changes that wait for the person at the app.' },
  { name: 'gateway', description: 'The gateway itself.' },
]

const about = `Everything that can be set or seen in Fast Gateway. Edits are in force at once, and connected clients are told.

Errors are \`application/problem+json\` with a stable \`code\`; \`message\` says what to do next, \`details\` names the fields. What is addressed by \`{id}\` may be given by its exact name instead.`

/** OpenAPI 3.1 of every route, plugins' included; what each route asks for is read from the table of permissions. */
export function describeApi(admin: OpenAPIHono<AdminEnv>, api: { readonly version: string; readonly prefix: string }): Document {
  const registry = admin.openAPIRegistry
  registry.registerComponent('securitySchemes', 'admin', securitySchemes.admin)
  registry.registerComponent('securitySchemes', 'approver', securitySchemes.approver)
  registry.register('Problem', schemas.Problem)
  const document = admin.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Fast Gateway admin API', version: api.version, description: about },
    // Relative to this document, so that it holds behind a prefix too.
    servers: [{ url: `.${api.prefix}` }],
    tags,
  })
  addUndescribed(document, admin)
  eachOperation(document, finish)
  return document
}

const failure = {
  description: 'A problem; `code` says which',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

const nounOf = (path: string) => path.split('/')[1] ?? ''

/** What holds for every operation, and what a plugin's may have left out. */
function finish(operation: Operation, method: Method, path: string): void {
  const may = whoMay(method.toUpperCase(), path)
  operation.security = (['admin', 'approver'] as const)
    .filter((principal) => may.includes(principal))
    .map((principal) => ({ [principal]: [] }))
  operation.tags ??= [nounOf(path)]
  const answers = Object.values(operation.responses ?? {}) as { readonly description?: string }[]
  operation.summary ??= answers[0]?.description ?? `${method.toUpperCase()} ${path}`
  operation.operationId ??= `${method}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`.replace(/_$/, '')
  operation.responses = { ...operation.responses, default: failure }
}

function eachOperation(document: Document, visit: (operation: Operation, method: Method, path: string) => void): void {
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of methods) {
      const operation = item[method]
      if (operation) visit(operation, method, path)
    }
  }
}

/** Routes that a plugin made without a description are listed all the same, by what the router knows of them. */
function addUndescribed(document: Document, admin: OpenAPIHono<AdminEnv>): void {
  const paths = (document.paths ??= {})
  for (const route of admin.routes) {
    const method = methods.find((each) => each === route.method.toLowerCase())
    const path = route.path.replaceAll(/:(\w+)(\{[^}]*\})?\??/g, '{$1}')
    if (method === undefined || path.includes('*') || path === '/openapi.json') continue
    const item = (paths[path] ??= {})
    item[method] ??= undescribed(method, path)
  }
}

function undescribed(method: Method, path: string): Operation {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: { type: 'string' as const },
  }))
  return {
    summary: `${method.toUpperCase()} ${path}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(method === 'get' || method === 'delete' ? {} : { requestBody: { content: { 'application/json': { schema: {} } } } }),
    responses: { 200: { description: 'Done', content: { 'application/json': { schema: {} } } } },
  }
}
