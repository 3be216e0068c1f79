import * as z from 'zod'
import { GatewayError } from '../../../shared/errors'
import { version } from '../../../shared/version'
import { parseChallenge, scopesIn } from './challenge'
import { egressLimits, homeOf, jsonIn, type Answer, type Egress, type Home } from './egress'
import type { OAuthServer } from './server'

const texts = z.array(z.string()).max(1000)

/** RFC 9728, as far as it is used. */
const ResourceMetadata = z.object({
  resource: z.string().max(egressLimits.urlChars),
  authorization_servers: texts.min(1),
  scopes_supported: texts.optional(),
})

/** RFC 8414 and OpenID Connect Discovery, as far as they are used. */
const ServerMetadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string(),
  registration_endpoint: z.string().optional(),
  revocation_endpoint: z.string().optional(),
  scopes_supported: texts.optional(),
  code_challenge_methods_supported: texts.optional(),
  token_endpoint_auth_methods_supported: texts.optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  client_id_metadata_document_supported: z.boolean().optional(),
})
export type ServerMetadata = z.infer<typeof ServerMetadata>

/** All that is to be known before one can log in. */
export interface Discovery {
  readonly home: Home
  readonly server: ServerMetadata
  /** RFC 8707: for whom tokens are; undefined where the server names none. */
  readonly resource: string | undefined
  readonly scopes: readonly string[]
  /** The scopes are what the server asked for, not only what there are. */
  readonly isAskedFor: boolean
  /** No metadata at all, as before MCP 2025-06-18: whether PKCE is done nobody says, but it is asked for. */
  readonly isGuessed: boolean
}

/** Asks the server, then whom it names. Nothing is sent but questions. @throws GatewayError `upstream.*` */
export async function discover(egress: Egress, record: OAuthServer): Promise<Discovery> {
  const home = homeOf(record)
  requireCover(record, home)
  const challenge = parseChallenge(await challengeOf(egress, record, home))
  const resource = await resourceMetadata(egress, record, home, challenge.resourceMetadata)
  const issuer = resource?.authorization_servers[0]
  const server = issuer === undefined ? await originMetadata(egress, record, home) : await serverMetadata(egress, issuer, home)
  return {
    ...{ home, resource: resource?.resource, isGuessed: server === undefined },
    server: server ?? guessed(new URL(record.url ?? '').origin),
    isAskedFor: challenge.scopes.length > 0,
    scopes: challenge.scopes.length > 0 ? challenge.scopes : scopesIn(resource?.scopes_supported?.join(' ')),
  }
}

/** RFC 6750, section 5.3: a token goes nowhere in the open. @throws GatewayError `upstream.refused` */
function requireCover({ name, url }: OAuthServer, { isLocal }: Home): void {
  if (isLocal || new URL(url ?? '').protocol === 'https:') return
  throw new GatewayError(
    'upstream.refused',
    `The login of ${name} was not begun: its address begins with http:, so its token could be read on the way. Give it an https address.`,
  )
}

/** What the server says to somebody without a token. */
async function challengeOf(egress: Egress, { url }: OAuthServer, home: Home): Promise<string | undefined> {
  const body = JSON.stringify({
    ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'fast-gateway', version } },
  })
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const answer = await egress(url ?? '', { method: 'POST', headers, body, isGiven: true, isHeadEnough: true }, home)
  return answer.status === 401 ? answer.headers['www-authenticate'] : undefined
}

/** @throws GatewayError `upstream.refused` when it speaks of another resource than this server */
async function resourceMetadata(egress: Egress, { url }: OAuthServer, home: Home, named: string | undefined) {
  const { origin, pathname } = new URL(url ?? '')
  const path = pathname === '/' ? '' : pathname
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`
  const places = named === undefined ? [...new Set([`${wellKnown}${path}`, wellKnown])] : [named]
  for (const place of places) {
    const found = await ask(egress, place, home)
    if (found === undefined) continue
    const metadata = checked(ResourceMetadata, found, place, home)
    if (isOf(metadata.resource, url ?? '')) return metadata
    throw new GatewayError(
      'upstream.refused',
      `The login of ${home.server} was not begun: its metadata are those of another server; tell whoever runs it.`,
    )
  }
  return undefined
}

/** The same origin, and the server's path or one above it. */
function isOf(resource: string, url: string): boolean {
  if (!URL.canParse(resource)) return false
  const [wanted, own] = [new URL(resource), new URL(url)]
  const above = (path: string) => path.replace(/\/*$/, '/')
  return wanted.origin === own.origin && above(own.pathname).startsWith(above(wanted.pathname))
}

/** @throws GatewayError `upstream.refused` when there are none, or they are of another issuer */
export async function serverMetadata(egress: Egress, issuer: string, home: Home): Promise<ServerMetadata> {
  for (const place of placesOf(issuer)) {
    const found = await ask(egress, place, home)
    if (found !== undefined) return ofIssuer(checked(ServerMetadata, found, place, home), issuer, home)
  }
  throw new GatewayError(
    'upstream.refused',
    `${hostOf(issuer)}, where one logs in to ${home.server}, publishes no OAuth metadata; tell whoever runs the server.`,
  )
}

/** Before there were metadata of resources, the server's own origin was the authorization server. */
async function originMetadata(egress: Egress, { url }: OAuthServer, home: Home): Promise<ServerMetadata | undefined> {
  const { origin } = new URL(url ?? '')
  for (const place of placesOf(origin)) {
    const found = await ask(egress, place, home)
    if (found === undefined) continue
    const metadata = checked(ServerMetadata, found, place, home)
    // In those days it could be any address of the server itself.
    const isOwn = URL.canParse(metadata.issuer) && new URL(metadata.issuer).origin === origin
    return isOwn ? metadata : ofIssuer(metadata, origin, home)
  }
  return undefined
}

/** RFC 8414, section 3.1, then OpenID Connect Discovery in both its ways. */
function placesOf(issuer: string): readonly string[] {
  if (!URL.canParse(issuer)) return [issuer]
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const names = ['oauth-authorization-server', 'openid-configuration'].map((name) => `${origin}/.well-known/${name}${path}`)
  return path === '' ? names : [...names, `${origin}${path}/.well-known/openid-configuration`]
}

/** RFC 8414, section 3.3: else one server could speak for another. */
function ofIssuer(metadata: ServerMetadata, issuer: string, home: Home): ServerMetadata {
  if (withoutSlash(metadata.issuer) === withoutSlash(issuer)) return metadata
  throw new GatewayError(
    'upstream.refused',
    `The login of ${home.server} was not begun: ${hostOf(issuer)} says that it is another issuer; tell whoever runs it.`,
  )
}

const withoutSlash = (text: string) => text.replace(/\/$/, '')

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an address that is none')

/** MCP 2025-03-26: fixed addresses where there are no metadata. */
const guessed = (origin: string): ServerMetadata => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  registration_endpoint: `${origin}/register`,
})

/** Undefined where there is nothing, or a page for people: some answer every address with one. */
async function ask(egress: Egress, url: string, home: Home): Promise<Answer | undefined> {
  const answer = await egress(url, { method: 'GET', headers: { accept: 'application/json', 'mcp-protocol-version': '2025-11-25' } }, home)
  const isPage = answer.headers['content-type']?.startsWith('text/html') === true
  if (answer.status === 200 && !isPage) return answer
  if (answer.status < 500) return undefined
  throw new GatewayError(
    'upstream.unreachable',
    `${new URL(answer.url).host}, where one logs in to ${home.server}, answers HTTP ${answer.status}; try again later.`,
  )
}

function checked<Schema extends z.ZodType>(schema: Schema, answer: Answer, place: string, home: Home): z.output<Schema> {
  const parsed = schema.safeParse(jsonIn(answer, home))
  if (parsed.success) return parsed.data
  const [flaw] = parsed.error.issues
  throw new GatewayError(
    'upstream.garbage',
    `The OAuth metadata at ${hostOf(place)} are not valid (${flaw?.path.map(String).join('.').slice(0, 100) ?? 'unknown'}); tell whoever runs it.`,
  )
}
