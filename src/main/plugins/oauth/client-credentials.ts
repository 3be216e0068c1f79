import { GatewayError } from '../../../shared/errors'
import type { TokenSource } from './bearer'
import { united } from './challenge'
import { isPrivateKey, methodFor, type AuthMethod, type Client } from './client-auth'
import { homeOf, type Egress } from './egress'
import { givenSecret, misknown, type GrantParts } from './grant'
import { discover } from './metadata'
import { askForToken, Denied, type TokenAnswer, type TokenRequest } from './token-endpoint'
import type { OAuthServer } from './server'

/** Seconds that a token is taken to last where nobody says. */
const usualSeconds = 3600

/** Where tokens are to be had, and how one proves oneself there. */
interface Place extends Pick<TokenRequest, 'endpoint' | 'isGiven' | 'issuer'> {
  readonly methods: readonly string[] | undefined
  readonly resource: string | undefined
  readonly scopes: readonly string[]
}

/** Tokens for the gateway itself, without a person (RFC 6749, section 4.4). They live in memory; the secret is looked up for each. */
export function createClientCredentials({ host, egress }: Omit<GrantParts, 'shelf'>, record: OAuthServer): TokenSource {
  let more: readonly string[] = []
  let found: Promise<Place> | undefined
  const place = () => (found ??= placeOf(egress, record).catch((thrown: unknown) => ((found = undefined), Promise.reject(thrown))))
  return {
    async renew() {
      const secret = await givenSecret(host, record)
      const there = await place()
      const scope = united(record.oauth_scopes, record.oauth_scopes.length > 0 ? [] : there.scopes, more).join(' ')
      const form = { grant_type: 'client_credentials', scope: scope === '' ? undefined : scope, resource: there.resource }
      const answer = await withMethods(there, record, secret, (client) =>
        askForToken(egress, { ...there, client, form, home: homeOf(record) }),
      ).catch((thrown: unknown) => Promise.reject(explained(thrown, record)))
      const now = Date.now()
      return { value: answer.access_token, expiresAt: now + (answer.expires_in ?? usualSeconds) * 1000, obtainedAt: now }
    },
    tooSmall(scopes) {
      more = united(more, scopes)
      return new GatewayError(
        'upstream.login_required',
        `${record.name} wants a larger scope (${scopes.join(' ').slice(0, 300)}); add it to the server's OAuth scopes.`,
      )
    },
  }
}

async function placeOf(egress: Egress, record: OAuthServer): Promise<Place> {
  const { oauth_token_url: endpoint } = record
  if (endpoint !== null) return { endpoint, isGiven: true, issuer: undefined, methods: undefined, resource: undefined, scopes: [] }
  const { server, resource, scopes } = await discover(egress, record)
  const { token_endpoint, issuer, token_endpoint_auth_methods_supported: methods } = server
  return { endpoint: token_endpoint, issuer, methods, resource, scopes }
}

/** Where nobody says which is taken, basic is tried first and then the other: a refused proof gives no token. */
async function withMethods(
  { methods }: Place,
  { oauth_client_id: id }: OAuthServer,
  secret: string | undefined,
  ask: (client: Client) => Promise<TokenAnswer>,
): Promise<TokenAnswer> {
  const client = (method: AuthMethod) => ({ id: id ?? '', secret, method })
  const first = methodFor(secret, methods)
  const isSure = methods !== undefined || secret === undefined || isPrivateKey(secret)
  return ask(client(first)).catch((thrown: unknown) => {
    if (isSure || !(thrown instanceof Denied) || !['invalid_client', 'invalid_request', 'unknown'].includes(thrown.reason)) throw thrown
    return ask(client('client_secret_post'))
  })
}

/** What its authorization server refuses, only a person can mend. */
const explained = (thrown: unknown, record: OAuthServer): unknown => (thrown instanceof Denied ? misknown(thrown, record) : thrown)
