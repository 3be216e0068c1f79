import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import Provider from 'oidc-provider'
import { closeServer, listen } from './listening'

/** How the authorization server is to behave; it does everything right unless told otherwise. */
export interface OAuthServerOptions {
  /** Seconds that an access token lasts. Default an hour. */
  readonly tokenSeconds?: number
  /** Clients that are known from the start. */
  readonly clients?: readonly Readonly<Record<string, unknown>>[]
  /** Whether programs may register themselves. Default true. */
  readonly registration?: boolean
  /** Answers a request before the server sees it. @returns whether it did */
  readonly before?: (req: IncomingMessage, res: ServerResponse) => boolean
  /** Milliseconds that each answer of the token endpoint is held back. */
  readonly tokenDelayMs?: number
  /** What the metadata say otherwise; undefined leaves a field out. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** A port that was used before. */
  readonly port?: number
}

/** A real authorization server on loopback: oidc-provider, in which everybody is logged in and agrees to everything. */
export interface OAuthServer {
  readonly issuer: string
  readonly port: number
  /** How often the token endpoint was asked, by grant type. */
  readonly asked: Record<string, number>
  /** Every token that was given out, of whichever kind. */
  readonly issued: string[]
  /** The scope that a token carries for this resource; undefined for every other token. */
  scopeOf(token: string, resource: string): Promise<string | undefined>
  close(): Promise<void>
}

/** The scopes that the protected upstreams of the tests know. */
export const resourceScopes = 'read write'

export async function openOAuthServer(options: OAuthServerOptions = {}): Promise<OAuthServer> {
  const live: { provider?: Provider } = {}
  const asked: Record<string, number> = {}
  const issued: string[] = []
  const server = createServer((req, res) => {
    if (options.before?.(req, res) === true) return
    const path = (req.url ?? '').split('?')[0] ?? ''
    if (path.startsWith('/auto/')) return void agree(live.provider, req, res)
    if (path.startsWith('/.well-known/') && options.metadata) return void changed(live.provider, options.metadata, req, res)
    if (path === '/token' && options.tokenDelayMs !== undefined)
      return void setTimeout(() => live.provider?.callback()(req, res), options.tokenDelayMs)
    live.provider?.callback()(req, res)
  })
  const host = await listen(server, options.port)
  const issuer = `http://${host}`
  const provider = (live.provider = quietly(() => new Provider(issuer, configuration(options))))
  const count = (ctx: unknown) => {
    const grant = (ctx as { oidc: { params?: { grant_type?: string } } }).oidc.params?.grant_type ?? 'none'
    asked[grant] = (asked[grant] ?? 0) + 1
  }
  provider.on('grant.success', count)
  provider.on('grant.success', (ctx) => {
    const { access_token, refresh_token } = (ctx as { body: { access_token?: string; refresh_token?: string } }).body
    issued.push(...[access_token, refresh_token].flatMap((token) => token ?? []))
  })
  provider.on('grant.error', count)
  return {
    ...{ issuer, asked, issued, port: Number(host.split(':')[1]) },
    async scopeOf(token, resource) {
      const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token))
      return found && !found.isExpired && [found.aud].flat().includes(resource) ? (found.scope ?? '') : undefined
    },
    close: () => closeServer(server),
  }
}

const signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })

function configuration({ tokenSeconds = 3600, clients = [], registration = true }: OAuthServerOptions) {
  return {
    clients,
    jwks: { keys: [signingKey] },
    cookies: { keys: ['of the tests'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    scopes: ['openid', 'offline_access', ...resourceScopes.split(' ')],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    ttl: {
      AccessToken: tokenSeconds,
      ClientCredentials: tokenSeconds,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 86_400,
      Interaction: 600,
    },
    findAccount: (_ctx: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/auto/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: registration },
      revocation: { enabled: true, allowedPolicy: () => true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        defaultResource: (_ctx: unknown, _client: unknown, oneOf: unknown) => oneOf,
        getResourceServerInfo: (_ctx: unknown, resource: string) => ({
          scope: resourceScopes,
          audience: resource,
          accessTokenFormat: 'opaque',
        }),
      },
    },
  }
}

/** A person who is known and says yes. */
async function agree(provider: Provider | undefined, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (!provider) return
  const { prompt, params, session } = await provider.interactionDetails(req, res)
  if (prompt.name === 'login')
    return provider.interactionFinished(req, res, { login: { accountId: 'somebody' } }, { mergeWithLastSubmission: false })
  const grant = new provider.Grant({ accountId: session?.accountId ?? 'somebody', clientId: params.client_id ?? '' })
  grant.addOIDCScope(params.scope ?? 'openid')
  if (params.resource !== undefined) grant.addResourceScope(params.resource, params.scope ?? '')
  const grantId = await grant.save()
  await provider.interactionFinished(req, res, { consent: { grantId } }, { mergeWithLastSubmission: true })
}

/** The metadata with some fields of them otherwise. */
async function changed(provider: Provider | undefined, fields: object, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const end = res.end.bind(res)
  res.end = ((chunk: unknown) => {
    const body = JSON.stringify({ ...(JSON.parse(String(chunk)) as object), ...fields })
    res.setHeader('content-length', Buffer.byteLength(body))
    return end(body)
  }) as typeof res.end
  provider?.callback()(req, res)
}

/** It warns of everything that a test needs. */
function quietly<T>(make: () => T): T {
  const { info, warn } = console
  console.info = console.warn = () => undefined
  try {
    return make()
  } finally {
    Object.assign(console, { info, warn })
  }
}
