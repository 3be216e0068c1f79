import { hc } from 'hono/client'
import type { BridgeRequest } from '../shared/bridge'
import type { AdminApi } from '../main/gateway/admin'
import type { DesktopRoutes } from '../main/desktop/routes'
import type { AgentRoutes, ApprovalRoutes, AuditRoutes, OAuthRoutes, PolicyRoutes, ToolRoutes } from '../main/plugins/index'
import { door } from './door'

/** The gateway said no, and why. `message` says what to do next; `details` names the fields of a form. */
export class GatewayProblem extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly details: unknown,
  ) {
    super(message)
    this.name = 'GatewayProblem'
  }
}

/** Never seen: every request goes through the door, which knows where the gateway is. */
const base = 'http://gateway'

/** As `fetch`, through the door. @throws GatewayProblem for every answer that is not a success */
const throughDoor: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  const method = (init?.method ?? 'GET') as BridgeRequest['method']
  const body = typeof init?.body === 'string' ? { body: init.body } : {}
  const reply = await door.request({ method, path: url.pathname + url.search, ...body })
  if (reply.status >= 400) throw problemOf(reply.status, reply.body)
  return new Response(reply.status === 204 ? null : reply.body, {
    status: reply.status,
    headers: { 'content-type': 'application/json' },
  })
}

function problemOf(status: number, body: string): GatewayProblem {
  try {
    const { code, message, details } = JSON.parse(body) as { code: string; message: string; details?: unknown }
    return new GatewayProblem(code, message, status, details)
  } catch {
    return new GatewayProblem('internal', `The gateway answered ${status} without saying why; its log has more.`, status, undefined)
  }
}

const options = { fetch: throughDoor }

/** The whole admin API, typed by its own routes. */
export const api = {
  admin: hc<AdminApi>(base, options),
  approvals: hc<ApprovalRoutes>(`${base}/hil`, options),
  audit: hc<AuditRoutes>(`${base}/audit`, options),
  policy: hc<PolicyRoutes>(`${base}/policy`, options),
  tools: hc<ToolRoutes>(`${base}/tools`, options),
  oauth: hc<OAuthRoutes>(`${base}/oauth`, options),
  agents: hc<AgentRoutes>(`${base}/agents`, options),
  /** Only in the app. */
  desktop: hc<DesktopRoutes>(`${base}/desktop`, options),
}

/** The body of an answer, undefined where it has none: `await read(api.admin.servers.$get())`. @throws GatewayProblem */
export async function read<T>(answer: Promise<{ readonly status: number; json(): Promise<T> }>): Promise<T> {
  const reply = await answer
  return reply.status === 204 ? (undefined as T) : reply.json()
}

/** What to tell a person of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
