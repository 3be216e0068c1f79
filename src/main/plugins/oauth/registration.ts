import * as z from 'zod'
import { GatewayError } from '../../../shared/errors'
import { rememberSecret } from '../../../shared/known-secrets'
import type { PluginHost } from '../../gateway/plugin'
import { methodFor, type AuthMethod } from './client-auth'
import { jsonIn, type Egress } from './egress'
import { givenSecret } from './grant'
import { hostOf, type Discovery, type ServerMetadata } from './metadata'
import type { Kept, KeptClient } from './shelf'
import type { OAuthServer } from './server'
import { reasonIn } from './token-endpoint'

/** RFC 7591, section 3.2.1. */
const Registered = z.object({
  client_id: z.string().min(1).max(4096),
  client_secret: z.string().min(1).max(4096).optional(),
  client_secret_expires_at: z.number().optional(),
  token_endpoint_auth_method: z.string().optional(),
})

export interface Registering {
  readonly host: Pick<PluginHost, 'config' | 'resolveSecret'>
  readonly egress: Egress
  readonly record: OAuthServer
  readonly discovery: Discovery
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** Of the login before this one. */
  readonly kept: Kept | undefined
}

/** Who we are there: as the person has registered us, else by a document that describes us, else by registering now. @throws GatewayError `upstream.*` */
export async function clientFor(asked: Registering): Promise<KeptClient> {
  const { record, discovery, redirectUri: redirect_uri, host, kept } = asked
  const { server } = discovery
  const methods = server.token_endpoint_auth_methods_supported
  if (record.oauth_client_id !== null) {
    const method = methodFor(await givenSecret(host, record), methods)
    return { id: record.oauth_client_id, method, is_given: true, redirect_uri }
  }
  const document = host.config().oauth_client_metadata_url
  if (document !== null && server.client_id_metadata_document_supported === true)
    return { id: document, method: 'none', is_given: false, redirect_uri }
  if (kept && isStillGood(kept, asked)) return kept.client
  return register(asked)
}

/** Only what was registered so has scopes. */
function isStillGood({ issuer, client }: Kept, { discovery, redirectUri, scopes }: Registering): boolean {
  const lasts = client.expires_at === undefined || Date.now() < client.expires_at
  const covers = scopes.every((scope) => client.scopes?.includes(scope))
  return lasts && covers && client.scopes !== undefined && issuer === discovery.server.issuer && client.redirect_uri === redirectUri
}

async function register({ egress, discovery, record, redirectUri, scopes }: Registering): Promise<KeptClient> {
  const { server, home } = discovery
  const endpoint = server.registration_endpoint
  if (endpoint === undefined) throw unregistered(record, server)
  const body = JSON.stringify({
    ...{ client_name: 'Fast Gateway', application_type: 'native', redirect_uris: [redirectUri] },
    ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
    token_endpoint_auth_method: wantedMethod(server.token_endpoint_auth_methods_supported),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const answer = await egress(endpoint, { method: 'POST', headers, body }, home)
  const parsed = answer.status < 300 ? Registered.safeParse(jsonIn(answer, home)) : undefined
  if (!parsed?.success) throw unregistered(record, server, reasonIn(answer, home) ?? `HTTP ${answer.status}`)
  return { ...registered(parsed.data, server, redirectUri), scopes: [...scopes] }
}

function registered(answer: z.infer<typeof Registered>, server: ServerMetadata, redirectUri: string): KeptClient {
  const { client_secret: secret, client_secret_expires_at: expires = 0 } = answer
  if (secret !== undefined) rememberSecret(secret)
  return {
    id: answer.client_id,
    method: chosen(answer.token_endpoint_auth_method) ?? methodFor(secret, server.token_endpoint_auth_methods_supported),
    is_given: false,
    redirect_uri: redirectUri,
    ...(secret === undefined ? {} : { secret }),
    ...(expires > 0 ? { expires_at: expires * 1000 } : {}),
  }
}

const chosen = (method: string | undefined): AuthMethod | undefined =>
  (['none', 'client_secret_basic', 'client_secret_post'] as const).find((known) => known === method)

/** A program on somebody's machine keeps no secret well: none is asked for where none is needed. */
const wantedMethod = (supported: readonly string[] = ['none']): AuthMethod =>
  (['none', 'client_secret_basic', 'client_secret_post'] as const).find((method) => supported.includes(method)) ?? 'none'

const unregistered = ({ name }: OAuthServer, { issuer }: ServerMetadata, why?: string) =>
  new GatewayError(
    'upstream.refused',
    `${hostOf(issuer)} does not let programs register themselves${why === undefined ? '' : ` (${why})`}: register Fast Gateway there, with the callback address that "fast-gateway login --help" names, and give ${name} its OAuth client id.`,
  )
