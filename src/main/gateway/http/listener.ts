import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError, toGatewayError } from '../../../shared/errors'
import type { Log } from '../log'
import type { Visitor } from '../mcp/downstream'
import { problemOf } from '../admin/problem'
import { answerCallback, callbackPath } from '../callback-page'
import { writeJson } from '../mcp/http-answer'
import type { Principal } from '../plugin'
import { createFailures, guardAdmin, guardClient, guardHost, guardOrigin, type AdminDoor, type ClientDoor } from './guards'

/** What stands behind the doors. */
export interface ListenerParts {
  paths(): { readonly mcp: string; readonly admin: string }
  /** True where the endpoint is bound beyond loopback on purpose. */
  anyHost(): boolean
  /** `Host` values that an embedding program answers to besides loopback. */
  readonly allowedHosts: readonly string[]
  clientDoor(): ClientDoor
  adminDoor(): AdminDoor
  /** @throws GatewayError `group.not_found` */
  requireGroup(name: string): void
  mcp(req: IncomingMessage, res: ServerResponse, visitor: Visitor): void
  /** `path` is what follows the admin prefix. */
  admin(req: IncomingMessage, res: ServerResponse, principal: Principal, path: string): Promise<void>
  docs(req: IncomingMessage, res: ServerResponse, path: string): Promise<void>
  /** The window, for browsers. */
  ui(req: IncomingMessage, res: ServerResponse, path: string): Promise<void>
  health(): Readonly<Record<string, unknown>>
  /** A browser comes back from a login. @returns whether that was expected and went well; never rejects */
  callback(query: URLSearchParams): Promise<boolean>
  readonly log: Log
}

const problemJson = { 'content-type': 'application/problem+json', 'x-content-type-options': 'nosniff' }

/** Every request of the gateway's one port: guards first, then the room that it is for. */
export function createListener(parts: ListenerParts): (req: IncomingMessage, res: ServerResponse) => void {
  const failures = createFailures()

  function route(req: IncomingMessage, res: ServerResponse): Promise<void> | void {
    guardHost(req, parts.anyHost(), parts.allowedHosts)
    guardOrigin(req, parts.allowedHosts)
    const url = req.url ?? '/'
    const end = url.indexOf('?')
    const path = end < 0 ? url : url.slice(0, end)
    const { mcp, admin } = parts.paths()
    const group = groupOf(path, mcp)
    if (group !== undefined) return enterMcp(req, res, group)
    const below = path === '/openapi.json' ? path : belowPrefix(path, url, admin)
    const page = below === undefined ? undefined : approvalsPage(req, path, below)
    if (page !== undefined) return void res.writeHead(302, { location: page, 'cache-control': 'no-store', 'content-length': 0 }).end()
    if (below !== undefined) return parts.admin(req, res, guardAdmin(req, parts.adminDoor(), failures), below)
    return openRoom(req, res, path)
  }

  /** Where nobody needs a token. */
  function openRoom(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> | void {
    if (path === '/docs' || path.startsWith('/docs/')) return parts.docs(req, res, path)
    if (path === '/ui' || path.startsWith('/ui/')) return parts.ui(req, res, path)
    if (path === callbackPath) return answerCallback(req, res, (query) => parts.callback(query))
    if (path === '/health') return writeJson(res, 200, JSON.stringify(parts.health()))
    const { mcp, admin } = parts.paths()
    throw new GatewayError('route.not_found', nothingAt(path, mcp, admin))
  }

  function enterMcp(req: IncomingMessage, res: ServerResponse, group: string | null): void {
    const visitor = guardClient(req, parts.clientDoor(), group, failures)
    if (group !== null) parts.requireGroup(group)
    parts.mcp(req, res, visitor)
  }

  return (req, res) => {
    const failed = (thrown: unknown) => refuse(res, thrown, parts.log)
    try {
      void route(req, res)?.catch(failed)
    } catch (thrown) {
      failed(thrown)
    }
  }
}

/** The group of an MCP path, null for everything, undefined when it is none. `/mcp` and `/mcp/` are alike: a redirect would lose the body. */
function groupOf(path: string, mcp: string): string | null | undefined {
  if (path === mcp || (path.length === mcp.length + 1 && path === `${mcp}/`)) return null
  if (!path.startsWith(`${mcp}/g/`)) return undefined
  const name = path.slice(mcp.length + 3).replace(/\/$/, '')
  return name.includes('/') ? undefined : name
}

/** Where clients look when they take a 401 for an invitation to OAuth (RFC 8414, 7591, 9728); their users read the answer. */
const oauthPaths = /^\/(?:\.well-known\/|(?:register|authorize|token)$)/

function nothingAt(path: string, mcp: string, admin: string): string {
  if (oauthPaths.test(path))
    return 'This gateway takes client tokens, not OAuth: "fast-gateway connect --client NAME" prints one and where it goes.'
  return `There is nothing at ${path.slice(0, 200)}; MCP is at ${mcp}, the API at ${admin}, its description at /docs, the window at /ui/.`
}

/**
 * A browser that was sent to an approval (`/admin/hil`, `/admin/hil/pending/ID`) has no token to show: it goes on to the window, which
 * asks for them. Relative, because both may be behind a prefix. Undefined for every program.
 */
function approvalsPage(req: IncomingMessage, path: string, below: string): string | undefined {
  const isVisit = req.method === 'GET' && req.headers.authorization === undefined && (req.headers.accept ?? '').includes('text/html')
  const found = isVisit ? /^\/hil(?:\/pending\/([A-Za-z0-9-]{1,64}))?\/?(?:\?|$)/.exec(below) : null
  if (!found) return undefined
  return `${'../'.repeat(path.split('/').length - 2)}ui/#/approvals${found[1] === undefined ? '' : `/${found[1]}`}`
}

/** What follows the admin prefix, query included; undefined when the path is not below it. */
function belowPrefix(path: string, url: string, prefix: string): string | undefined {
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return undefined
  const below = url.slice(prefix.length)
  return below.startsWith('/') ? below : `/${below}`
}

function refuse(res: ServerResponse, thrown: unknown, log: Log): void {
  const error = toGatewayError(thrown)
  if (error.code === 'internal') log.error('A request failed inside the gateway.', { cause: error.context.cause })
  const problem = problemOf(error)
  const challenge = error.code === 'auth.required' ? { 'www-authenticate': 'Bearer realm="fast-gateway"' } : {}
  // The body was not read: the connection cannot be used again.
  writeJson(res, problem.status, JSON.stringify(problem), { ...problemJson, ...challenge, connection: 'close' })
}
