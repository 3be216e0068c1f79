import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../../../shared/errors'
import type { ClientRecord } from '../../../shared/records'
import type { Visitor } from '../mcp/downstream'
import type { Principal } from '../plugin'
import { sameToken, shortestToken } from '../tokens'

/*
 * What is checked before a single byte of a body is read: Host, Origin, token, group.
 * Host and Origin are compared as whole strings, so that no look-alike passes (DNS rebinding; MCP transports, Security Warning).
 */

/**
 * Wrong tokens within `failureWindowMs` from one address that are answered 401; further ones get 429. A right token opens all the
 * same, so that nobody locks its owner out, save one that is short enough to be guessed: that one waits until the window is over.
 */
export const maxFailures = 50
export const failureWindowMs = 10_000

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']

/** @param anyHost true where the endpoint is bound beyond loopback on purpose (tokens are then compulsory) */
export function guardHost(req: IncomingMessage, anyHost: boolean, others: readonly string[] = []): void {
  const host = req.headers.host ?? ''
  if (anyHost || others.includes(host)) return
  const port = req.socket.localPort
  if (loopbackNames.some((name) => host === `${name}:${port}` || (port === 80 && host === name))) return
  throw new GatewayError('host.forbidden', 'This endpoint answers only to localhost; use the address that "fast-gateway info" shows.')
}

/** A browser page of somebody else's has no business here; programs send no Origin. */
export function guardOrigin(req: IncomingMessage, others: readonly string[] = []): void {
  const origin = req.headers.origin
  if (origin === undefined || others.some((host) => origin === `http://${host}` || origin === `https://${host}`)) return
  const port = req.socket.localPort
  if (loopbackNames.some((name) => origin === `http://${name}:${port}`)) return
  throw new GatewayError('origin.forbidden', 'Requests from web pages of other origins are refused.')
}

/** The token of an `Authorization: Bearer` header (RFC 6750, section 2.1). None that is empty: a credential that was left empty must open nothing. */
export function bearerOf(req: IncomingMessage): string | undefined {
  const header = req.headers.authorization
  const token = header !== undefined && /^bearer /i.test(header) ? header.slice(7).trim() : ''
  return token === '' ? undefined : token
}

/** What the guards must know to let a client in. */
export interface ClientDoor {
  authenticate(token: string): ClientRecord | undefined
  readonly tokenNeeded: boolean
}

/** Who comes without a token where none is needed (`mcp_auth: none`). */
const anonymous = { clientId: 'anonymous', client: 'anonymous' }

/** @param group the view that is asked for. @throws GatewayError `auth.required`, `auth.forbidden` */
export function guardClient(req: IncomingMessage, door: ClientDoor, group: string | null, failures: Failures): Visitor {
  const token = bearerOf(req)
  const client = token === undefined ? undefined : door.authenticate(token)
  if (!client && !door.tokenNeeded) return { ...anonymous, group }
  if (!client)
    throw failures.refuse(
      req,
      token === undefined
        ? 'Send a client token: "Authorization: Bearer …"; "fast-gateway client add NAME" makes one.'
        : 'That client token is not valid (any more); "fast-gateway client rotate NAME" gives a client a new one, "fast-gateway client add NAME" makes a new client.',
    )
  if (client.group !== null && client.group !== group)
    throw new GatewayError(
      'auth.forbidden',
      `This token opens only the group ${client.group}: use the path that ends in /g/${client.group}.`,
    )
  return { clientId: client.id, client: client.name, group }
}

/** The two credentials of the admin door; neither opens what the other does. */
export interface AdminDoor {
  readonly adminToken: string | undefined
  readonly approverToken: string | undefined
}

function principalOf(token: string, { adminToken, approverToken }: AdminDoor): Principal | undefined {
  if (adminToken !== undefined && sameToken(token, adminToken)) return 'admin'
  return approverToken !== undefined && sameToken(token, approverToken) ? 'approver' : undefined
}

/** @throws GatewayError `auth.required`, `auth.throttled` */
export function guardAdmin(req: IncomingMessage, door: AdminDoor, failures: Failures): Principal {
  const token = bearerOf(req)
  const principal = token === undefined ? undefined : principalOf(token, door)
  if (principal && !(token !== undefined && token.length < shortestToken && failures.isThrottled(req))) return principal
  throw failures.refuse(
    req,
    'Send the admin token: "Authorization: Bearer …"; it is in the file admin-token beside the config, or in $FAST_GATEWAY_ADMIN_TOKEN.',
  )
}

/** Counts wrong tokens, so that guessing is slow. */
export interface Failures {
  /** Counts one and gives back the refusal. */
  refuse(req: IncomingMessage, message: string): GatewayError
  /** Whether too many came from this address of late. */
  isThrottled(req: IncomingMessage): boolean
}

export function createFailures(now: () => number = Date.now): Failures {
  const counts = new Map<string, { since: number; count: number }>()
  const recent = (address: string) => {
    const seen = counts.get(address)
    return seen && now() - seen.since <= failureWindowMs ? seen : undefined
  }
  return {
    isThrottled: (req) => (recent(addressOf(req))?.count ?? 0) >= maxFailures,
    refuse(req, message) {
      const address = addressOf(req)
      const seen = recent(address)
      const count = (seen?.count ?? 0) + 1
      if (counts.size > 1_000) counts.clear()
      counts.set(address, { since: seen?.since ?? now(), count })
      return count > maxFailures
        ? new GatewayError('auth.throttled', 'Too many wrong tokens from this address; wait ten seconds.')
        : new GatewayError('auth.required', message)
    },
  }
}

/** This machine has sixteen million addresses of its own. */
function addressOf({ socket: { remoteAddress = '' } }: IncomingMessage): string {
  return /^(?:::ffff:)?127\.|^::1$/.test(remoteAddress) ? 'loopback' : remoteAddress
}
