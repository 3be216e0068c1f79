import { GatewayError } from '../../../shared/errors'
import type { PluginHost } from '../../gateway/plugin'
import { isAging, type Token, type TokenSource } from './bearer'
import { scopesIn, united } from './challenge'
import type { Client } from './client-auth'
import { homeOf, type Egress } from './egress'
import type { Kept, KeptClient, Shelf, Tokens } from './shelf'
import { askForToken, Denied, type TokenAnswer } from './token-endpoint'
import type { OAuthServer } from './server'

export interface GrantParts {
  readonly host: Pick<PluginHost, 'resolveSecret' | 'log'>
  readonly shelf: Shelf
  readonly egress: Egress
}

/** What a person has allowed by logging in, renewed with its refresh token for as long as the authorization server agrees. */
export function createGrant(parts: GrantParts, record: OAuthServer): TokenSource {
  return {
    async renew(rejected) {
      const kept = await parts.shelf.read(record.id)
      const { tokens } = kept ?? {}
      if (!kept || !tokens || kept.url !== record.url) throw needsLogin(record, 'is not logged in')
      const known = tokenOf(tokens)
      // Nobody has asked with it yet, or somebody else has renewed it.
      if (known.value !== rejected?.value && !isAging(known)) return known
      return refresh(parts, record, kept, tokens)
    },
    tooSmall(scopes) {
      parts.shelf.want(record.id, scopes)
      const wanted = scopes.length === 0 ? '' : ` (${scopes.join(' ').slice(0, 300)})`
      return needsLogin(record, `wants more rights than it was logged in with${wanted}`)
    },
  }
}

async function refresh(parts: GrantParts, record: OAuthServer, kept: Kept, tokens: Tokens): Promise<Token> {
  const { refresh_token } = tokens
  const isUsable = tokens.expires_at !== null && Date.now() < tokens.expires_at
  if (refresh_token === undefined) {
    if (isUsable) return tokenOf(tokens)
    throw await ended(parts, record, kept, 'needs a new login, because the last one has run out')
  }
  const home = homeOf(record)
  const client = await clientOf(parts.host, record, kept.client)
  const form = { grant_type: 'refresh_token', refresh_token, resource: kept.resource }
  const answer = await askForToken(parts.egress, { endpoint: kept.token_endpoint, issuer: kept.issuer, client, form, home }).catch(
    (thrown: unknown) => failed(parts, record, kept, thrown),
  )
  const renewed = tokensOf(answer, tokens)
  // Before it is used: a refresh token that was rotated away is worth nothing.
  await parts.shelf.update(record.id, kept, { ...kept, tokens: renewed })
  return tokenOf(renewed)
}

/** Only the authorization server can end a login; that it is away or busy does not. */
async function failed(parts: GrantParts, record: OAuthServer, kept: Kept, thrown: unknown): Promise<never> {
  if (!(thrown instanceof Denied)) throw thrown
  const { host, shelf } = parts
  host.log.warn('A login could not be renewed.', { server: record.name, reason: thrown.reason })
  const isStranger = thrown.reason === 'invalid_client' || thrown.reason === 'unauthorized_client'
  // Whom the person has registered, the person can mend.
  if (isStranger && kept.client.is_given) throw misknown(thrown, record)
  if (isStranger && (await shelf.isCurrent(record.id, kept))) await shelf.remove(record.id)
  throw await ended(parts, record, kept, `needs a new login, because the other side has ended the last one (${thrown.reason})`)
}

/** A login that somebody has made meanwhile is not touched. */
async function ended({ shelf }: GrantParts, record: OAuthServer, kept: Kept, why: string): Promise<GatewayError> {
  await shelf.dropTokens(record.id, kept)
  return needsLogin(record, why)
}

const needsLogin = ({ name }: OAuthServer, why: string) =>
  new GatewayError('upstream.login_required', `${name} ${why}: fast-gateway login ${name}, or "Log in" in the window.`)

/** What is known of us there is not what the person has given. */
export const misknown = (denied: Denied, { name }: OAuthServer) =>
  new GatewayError(
    'upstream.login_required',
    `${denied.message} Check the OAuth client id, secret and scopes of ${name}, then refresh it.`,
    { cause: denied },
  )

/** Who we are there; the secret of a client that the person has registered is looked up each time. */
export async function clientOf(host: Pick<PluginHost, 'resolveSecret'>, record: SecretHolder, kept: KeptClient): Promise<Client> {
  const secret = kept.is_given ? await givenSecret(host, record) : kept.secret
  return { id: kept.id, secret, method: kept.method }
}

type SecretHolder = Pick<OAuthServer, 'oauth_client_secret'>

export const givenSecret = async (host: Pick<PluginHost, 'resolveSecret'>, record: SecretHolder): Promise<string | undefined> =>
  record.oauth_client_secret === null ? undefined : host.resolveSecret(record.oauth_client_secret, 'oauth_client_secret')

/** @param before whose refresh token and scopes hold where the answer has none */
export function tokensOf(answer: TokenAnswer, before: Partial<Pick<Tokens, 'refresh_token' | 'scopes'>>): Tokens {
  const refreshToken = answer.refresh_token ?? before.refresh_token
  const now = Date.now()
  return {
    access_token: answer.access_token,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    expires_at: answer.expires_in === undefined ? null : now + answer.expires_in * 1000,
    obtained_at: now,
    scopes: answer.scope === undefined ? united(before.scopes ?? []) : scopesIn(answer.scope),
  }
}

const tokenOf = ({ access_token, expires_at, obtained_at }: Tokens): Token => ({
  value: access_token,
  expiresAt: expires_at,
  obtainedAt: obtained_at,
})
