import { createHash } from 'node:crypto'
import { GatewayError } from '../../../shared/errors'
import { rememberSecret } from '../../../shared/known-secrets'
import { united } from './challenge'
import { checkedUrl } from './egress'
import { hostOf, type Discovery } from './metadata'
import type { OAuthServer } from './server'
import type { KeptClient, Note } from './shelf'

/** What the person is sent to the authorization server with. */
export interface Asked {
  readonly discovery: Discovery
  readonly client: KeptClient
  readonly scopes: readonly string[]
  /** One time only. */
  readonly state: string
  /** RFC 7636: whoever has the code without it has nothing. */
  readonly verifier: string
}

/** Before anything is sent. @throws GatewayError `upstream.refused` where a code could be used by whoever catches it */
export function requireSafe({ name }: OAuthServer, { server, isGuessed, home }: Discovery): void {
  if (server.authorization_endpoint === undefined)
    throw new GatewayError('upstream.refused', `${hostOf(server.issuer)} offers no login for people; ask whoever runs ${name} for a token.`)
  checkedUrl(server.authorization_endpoint, home)
  if (isGuessed || server.code_challenge_methods_supported?.includes('S256') === true) return
  throw new GatewayError(
    'upstream.refused',
    `The login of ${name} was not begun: ${hostOf(server.issuer)} does not say that it supports PKCE with S256, without which a login can be stolen. Tell whoever runs it.`,
  )
}

/** What the person wants, what the server asks for, and at a further login all that it had or has missed. */
export function scopesFor({ oauth_scopes: own }: OAuthServer, { scopes, isAskedFor, server }: Discovery, note: Note | undefined): string[] {
  const found = own.length === 0 || isAskedFor ? scopes : []
  const further = note && note.missing.length > 0 ? [...note.scopes, ...note.missing] : []
  const wanted = united(own, found, further)
  // Some give a refresh token only to who asks for it so.
  const offline = wanted.length > 0 && server.scopes_supported?.includes('offline_access') === true ? ['offline_access'] : []
  return united(wanted, offline)
}

/** Only ever https, or http to this machine for a local server. @throws GatewayError `upstream.refused` */
export function authorizationUrl({ discovery, client, scopes, state, verifier }: Asked): string {
  const { server, home, resource } = discovery
  const url = checkedUrl(server.authorization_endpoint ?? '', home)
  const fields = {
    ...{ response_type: 'code', client_id: client.id, redirect_uri: client.redirect_uri, state },
    ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
    scope: scopes.length === 0 ? undefined : scopes.join(' '),
    // OpenID Connect Core, section 11.
    prompt: scopes.includes('offline_access') ? 'consent' : undefined,
    resource,
  }
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

/** The code that the browser brought. @throws GatewayError `upstream.refused` for another issuer's answer (RFC 9207), or a no */
export function codeIn(query: URLSearchParams, { name }: OAuthServer, { server }: Discovery): string {
  // RFC 6749, section 3.1: two of them are read by the one so and by the other otherwise.
  if (['state', 'code', 'iss', 'error'].some((field) => query.getAll(field).length > 1))
    throw new GatewayError('upstream.refused', `The login of ${name} was stopped: its answer says something twice. Log in again.`)
  const issuer = query.get('iss')
  if (issuer === null ? server.authorization_response_iss_parameter_supported === true : issuer !== server.issuer)
    throw new GatewayError(
      'upstream.refused',
      `The login of ${name} was stopped: the answer did not come from ${hostOf(server.issuer)}. Nothing was taken; log in again, and tell whoever runs the server if it happens twice.`,
    )
  const error = query.get('error')
  if (error !== null) throw new GatewayError('upstream.refused', refusal(name, error))
  const code = query.get('code') ?? ''
  if (code === '') throw new GatewayError('upstream.refused', `The login of ${name} brought no code; start it again.`)
  rememberSecret(code)
  return code
}

const refusal = (name: string, error: string) =>
  error === 'access_denied'
    ? `The login of ${name} was refused where you logged in; start it again if that was a mistake.`
    : `The login of ${name} has failed (${/^[a-z_]{1,64}$/.test(error) ? error : 'unknown error'}); start it again, or tell whoever runs the server.`
