import { hc } from 'hono/client'
import type { IncomingMessage } from 'node:http'
import type { GatewayEvent } from '../../shared/events'
import { parseExactly } from '../../shared/exact-json'
import type { AdminApi } from '../gateway/admin/index'
import type { AgentRoutes, ApprovalRoutes, AuditRoutes, OAuthRoutes, PolicyRoutes, ToolRoutes } from '../plugins/index'
import { findDoor, type Door } from './door'
import { readEvents } from './events'
import { Failure } from './failure'
import { readText, send } from './http'
import type { GatewayOptions } from './options'
import { isInteractive, askSecret, hint, withProgress } from './terminal'

/** The running gateway, typed by its own routes. Every failure is a `Failure` that says what to do next. */
export interface GatewayClient {
  readonly door: Door
  readonly admin: ReturnType<typeof hc<AdminApi>>
  readonly approvals: ReturnType<typeof hc<ApprovalRoutes>>
  readonly audit: ReturnType<typeof hc<AuditRoutes>>
  readonly policy: ReturnType<typeof hc<PolicyRoutes>>
  readonly tools: ReturnType<typeof hc<ToolRoutes>>
  readonly agents: ReturnType<typeof hc<AgentRoutes>>
  readonly oauth: ReturnType<typeof hc<OAuthRoutes>>
  /** The same gateway, asked by a person: decides approvals and trust, and little else. */
  asApprover(credential: string): Pick<GatewayClient, 'admin' | 'approvals'>
  /** What happens from now on; ends when the gateway does. `onOpen` is called once it listens. */
  events(onOpen?: () => Promise<void> | void): AsyncGenerator<GatewayEvent>
}

/** The body of an answer that is known to be good, with all digits: who decides must see what would run. */
export const read = async <T>(answer: Promise<{ json(): Promise<T>; text(): Promise<string> }>): Promise<T> =>
  parseExactly(await (await answer).text()) as T

/** @throws Failure when there is no way in; nothing is sent yet */
export async function openGateway(flags: GatewayOptions): Promise<GatewayClient> {
  const door = await findDoor(flags)
  const onHeld = () => hint(flags, 'Waiting for confirmation in the app… (Ctrl-C withdraws)')
  const own = rpcs(door, door.token, onHeld)
  return {
    door,
    ...own,
    asApprover: (credential) => rpcs({ ...door, tokenFrom: 'the approver credential' }, credential, onHeld),
    async *events(onOpen) {
      const answer = await ask(door, door.token, new URL(`${door.adminUrl}/events`), { method: 'GET', headers: {} })
      yield* readEvents(answer, onOpen)
    },
  }
}

function rpcs(door: Door, token: string, onHeld: () => void) {
  const options = { fetch: fetcher(door, token, onHeld) }
  const at = (name: string) => `${door.adminUrl}/${name}`
  return {
    admin: hc<AdminApi>(door.adminUrl, options),
    approvals: hc<ApprovalRoutes>(at('hil'), options),
    audit: hc<AuditRoutes>(at('audit'), options),
    policy: hc<PolicyRoutes>(at('policy'), options),
    tools: hc<ToolRoutes>(at('tools'), options),
    agents: hc<AgentRoutes>(at('agents'), options),
    oauth: hc<OAuthRoutes>(at('oauth'), options),
  }
}

/** As `fetch`, over node:http, with the token; never answers with a failure. */
const fetcher =
  (door: Door, token: string, onHeld: () => void): typeof fetch =>
  (input, init) =>
    withProgress('Waiting for the gateway', async () => {
      const url = new URL(input instanceof Request ? input.url : input)
      const headers = Object.fromEntries(new Headers(init?.headers))
      const answer = await ask(door, token, url, { method: init?.method ?? 'GET', headers, ...sentWith(init), onHeld })
      const text = await readWhole(door, answer)
      const { statusCode = 200 } = answer
      return new Response(statusCode === 204 ? null : text, { status: statusCode, headers: { 'content-type': 'application/json' } })
    })

const sentWith = (init: RequestInit = {}) => ({
  ...(typeof init.body === 'string' ? { body: init.body } : {}),
  ...(init.signal ? { signal: init.signal } : {}),
})

async function ask(door: Door, token: string, url: URL, asked: Parameters<typeof send>[1]): Promise<IncomingMessage> {
  const headers = {
    ...asked.headers,
    authorization: `Bearer ${token}`,
    accept: 'application/json, text/event-stream',
    prefer: 'processing',
  }
  const answer = await send(url, { ...asked, headers }).catch((cause: unknown) => Promise.reject(unreachable(door, cause)))
  if ((answer.statusCode ?? 0) < 300) return answer
  throw await refusal(door, answer)
}

/** @throws Failure when it is too large, or the gateway went away in the middle of it */
async function readWhole(door: Door, answer: IncomingMessage): Promise<string> {
  const tooLarge = new Failure('The answer of the gateway is too large to be shown.', 'gateway.too_large')
  try {
    return await readText(answer, () => tooLarge)
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : unreachable(door, thrown)
  }
}

function unreachable(door: Door, cause: unknown): Failure {
  const why = (cause as { code?: string }).code === 'ECONNREFUSED' ? 'nothing listens there' : (cause as Error).message || 'no connection'
  const { local } = door
  const broken = local?.error ? ` The config cannot be read, so the address is only a guess: ${local.error}` : ''
  const start = local ? `fast-gateway serve --config ${local.file}` : 'fast-gateway serve'
  return new Failure(
    `The gateway does not answer at ${door.base} (${why}). Start it with "${start}", or name another with --gateway-url.${broken}`,
    'gateway.unreachable',
  )
}

async function refusal(door: Door, answer: IncomingMessage): Promise<Failure> {
  const status = answer.statusCode ?? 0
  const problem = problemIn(await readWhole(door, answer))
  if (!problem) return strange(door, status)
  if (problem.code !== 'auth.required') return new Failure(problem.message, problem.code, 1, problem.details)
  return new Failure(`The gateway at ${door.base} does not know ${credentialOf(door)}.`, problem.code)
}

const credentialOf = ({ tokenFrom }: Door) =>
  tokenFrom === 'the approver credential'
    ? 'this approver credential; "fast-gateway serve" shows it when it starts, and it changes with every start unless $FAST_GATEWAY_APPROVER_TOKEN sets it'
    : `this admin token (from ${tokenFrom}); give the right one with --admin-token or $FAST_GATEWAY_ADMIN_TOKEN, or the right config with --config`

const strange = (door: Door, status: number) =>
  new Failure(
    `What answers at ${door.adminUrl} is not the gateway's admin API (HTTP ${status}); check --gateway-url and --admin-prefix.`,
    'gateway.strange',
  )

function problemIn(text: string): { readonly code: string; readonly message: string; readonly details?: unknown } | null {
  try {
    const { code, message, details } = JSON.parse(text) as Record<string, unknown>
    return typeof code === 'string' && typeof message === 'string' ? { code, message, details } : null
  } catch {
    return null
  }
}

/** `$FAST_GATEWAY_APPROVER_TOKEN`, else asked for at the terminal without being shown, naming whom it goes to. @throws Failure when nobody can be asked */
export async function approverCredential({ door }: Pick<GatewayClient, 'door'>): Promise<string> {
  const given = process.env.FAST_GATEWAY_APPROVER_TOKEN
  if (given) return given
  if (!isInteractive())
    throw new Failure(
      'This needs the approver credential, which "fast-gateway serve" shows when it starts: set $FAST_GATEWAY_APPROVER_TOKEN, or run this on a terminal to be asked for it.',
      'auth.approver_required',
    )
  // A gateway.json of somebody else's in this folder would name somebody else's gateway: the person sees where the credential goes.
  const by = door.local ? `, by ${door.local.file}` : ''
  return askSecret(`Approver credential for ${door.base}${by} (not shown while you type): `)
}
