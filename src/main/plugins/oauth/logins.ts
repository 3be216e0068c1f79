import { randomBytes, randomUUID } from 'node:crypto'
import { GatewayError, toGatewayError } from '../../../shared/errors'
import type { Login, LoginState } from '../../../shared/logins'
import { rememberSecret } from '../../../shared/known-secrets'
import type { PluginHost } from '../../gateway/plugin'
import { callbackPath } from '../../gateway/callback-page'
import { authorizationUrl, codeIn, requireSafe, scopesFor } from './authorization'
import { openCallbackListener, type CallbackListener } from './callback-listener'
import { homeOf, type Egress } from './egress'
import { clientOf, tokensOf } from './grant'
import { discover, type Discovery } from './metadata'
import { clientFor } from './registration'
import type { OAuthServer } from './server'
import type { KeptClient, Kept, Shelf } from './shelf'
import { askForToken, revoke, type TokenRequest } from './token-endpoint'

/** Milliseconds that a person has, and logins that are remembered after their end. */
export const loginLimits = { ms: 600_000, remembered: 50 } as const

export interface LoginParts {
  readonly host: Pick<PluginHost, 'servers' | 'config' | 'resolveSecret' | 'emit' | 'log'>
  readonly shelf: Shelf
  readonly egress: Egress
  /** Where the gateway listens: `http://127.0.0.1:7411`; null while it does not. */
  readonly base: () => string | null
  /** What is known of its tokens is no longer so. */
  readonly onChange: (serverId: string) => void
}

/** A login on its way. */
interface Attempt {
  login: Login
  readonly server: OAuthServer
  readonly discovery: Discovery
  readonly client: KeptClient
  readonly scopes: readonly string[]
  readonly state: string
  readonly verifier: string
  readonly listener: CallbackListener | undefined
  readonly timer: NodeJS.Timeout
}

/** Logins of a person in a browser (OAuth 2.1, authorization code with PKCE); one at a time for each server. */
export class Logins {
  private readonly attempts = new Map<string, Attempt>()
  private readonly beginning = new Map<string, Promise<Login>>()

  constructor(private readonly parts: LoginParts) {}

  /** Begins one, or gives the one that is on its way. @throws GatewayError when there is nothing to log in to, or no safe way */
  start(serverId: string): Promise<Login> {
    const server = this.require(serverId)
    const { id } = server
    const open = [...this.attempts.values()].find((each) => each.login.server_id === id && isOpen(each.login.state))
    if (open && isSame(open.server, server)) return Promise.resolve(open.login)
    if (open) this.end(open, 'cancelled', 'The settings of the server have changed; log in again.')
    const begun = this.beginning.get(id) ?? this.begin(server).finally(() => this.beginning.delete(id))
    this.beginning.set(id, begun)
    return begun
  }

  /** @throws GatewayError `login.not_found` */
  get(id: string): Login {
    return this.attempt(id).login
  }

  /** Nothing that comes back later is taken. */
  cancel(id: string): Login {
    const attempt = this.attempt(id)
    if (isOpen(attempt.login.state)) this.end(attempt, 'cancelled', null)
    return attempt.login
  }

  /** What the browser brought. Whatever is wrong with it, a login is taken up at most once. @returns whether somebody is logged in now */
  async callback(query: URLSearchParams): Promise<boolean> {
    const state = query.get('state') ?? ''
    const attempt = [...this.attempts.values()].find((each) => each.state === state && each.login.state === 'waiting')
    if (!attempt) return false
    this.tell(attempt, 'finishing', null)
    try {
      await this.finish(attempt, query)
    } catch (thrown) {
      const { message } = toGatewayError(thrown)
      this.parts.host.log.warn('A login has failed.', { server: attempt.server.name, error: message, cause: thrown })
      if (isOpen(attempt.login.state)) this.end(attempt, 'failed', message)
    }
    return attempt.login.state === 'done'
  }

  /** Ends what is on its way, of one server or of all. */
  drop(serverId?: string): void {
    for (const attempt of this.attempts.values())
      if (isOpen(attempt.login.state) && (serverId === undefined || attempt.login.server_id === serverId))
        this.end(attempt, 'cancelled', 'It was ended before anybody was logged in.')
  }

  private async begin(server: OAuthServer): Promise<Login> {
    const { egress, shelf, host } = this.parts
    await shelf.requireOpen()
    const discovery = await discover(egress, server)
    requireSafe(server, discovery)
    const scopes = scopesFor(server, discovery, shelf.note(server.id))
    const listener = await this.listen()
    try {
      const redirectUri = listener?.redirectUri ?? `${this.parts.base() ?? ''}${callbackPath}`
      const kept = shelf.note(server.id)?.is_client_doubtful === true ? undefined : await shelf.read(server.id)
      const client = await clientFor({ host, egress, record: server, discovery, redirectUri, scopes, kept })
      return this.open(server, { discovery, client, scopes, listener })
    } catch (thrown) {
      listener?.close()
      throw thrown
    }
  }

  private open(server: OAuthServer, found: Pick<Attempt, 'discovery' | 'client' | 'scopes' | 'listener'>): Login {
    const [state, verifier] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')]
    rememberSecret(verifier)
    const id = randomUUID()
    const login: Login = {
      ...{ id, server_id: server.id, server_name: server.name, state: 'waiting', error: null },
      authorization_url: authorizationUrl({ ...found, state, verifier }),
      started_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + loginLimits.ms).toISOString(),
    }
    const late = () => this.end(attempt, 'failed', `Nobody logged in within ${loginLimits.ms / 60_000} minutes; start the login again.`)
    const attempt: Attempt = { login, server, state, verifier, timer: setTimeout(late, loginLimits.ms).unref(), ...found }
    this.attempts.set(id, attempt)
    this.forgetOld()
    this.parts.host.emit('login.changed', { login })
    return login
  }

  private async finish(attempt: Attempt, query: URLSearchParams): Promise<void> {
    const { discovery, client, server, scopes, verifier } = attempt
    const code = codeIn(query, server, discovery)
    const request = await this.requestOf(attempt, {
      ...{ grant_type: 'authorization_code', code, code_verifier: verifier },
      ...{ redirect_uri: client.redirect_uri, resource: discovery.resource },
    })
    const answer = await askForToken(this.parts.egress, request)
    const kept: Kept = {
      ...{ url: server.url ?? '', issuer: discovery.server.issuer, token_endpoint: discovery.server.token_endpoint, client },
      ...(discovery.resource === undefined ? {} : { resource: discovery.resource }),
      ...(discovery.server.revocation_endpoint === undefined ? {} : { revocation_endpoint: discovery.server.revocation_endpoint }),
      tokens: tokensOf(answer, { scopes: [...scopes] }),
    }
    if (!this.isWanted(attempt)) return void (await this.giveBack(server, kept))
    await this.parts.shelf.add(server.id, kept)
    this.end(attempt, 'done', null)
    this.parts.onChange(server.id)
  }

  /** Cancelled, removed or changed while the token was on its way: nobody is to have it. */
  private isWanted({ login, server }: Attempt): boolean {
    const now = this.parts.host.servers.list().find(({ id }) => id === server.id)
    return login.state === 'finishing' && now !== undefined && isSame(now, server)
  }

  /** Tells the authorization server that a login is over, where it can be told. @returns whether it took it; never rejects */
  async giveBack(server: Pick<OAuthServer, 'name' | 'url' | 'oauth_client_secret'>, kept: Kept): Promise<boolean> {
    const { revocation_endpoint: endpoint, tokens, issuer } = kept
    if (endpoint === undefined || tokens === null) return false
    const [token, hint] = tokens.refresh_token ? [tokens.refresh_token, 'refresh_token'] : [tokens.access_token, 'access_token']
    const form = { token, token_type_hint: hint }
    try {
      const client = await clientOf(this.parts.host, server, kept.client)
      return await revoke(this.parts.egress, { endpoint, issuer, client, form, home: homeOf(server) })
    } catch {
      return false
    }
  }

  private async requestOf({ server, discovery, client }: Attempt, form: TokenRequest['form']): Promise<TokenRequest> {
    const { token_endpoint: endpoint, issuer } = discovery.server
    return { endpoint, issuer, form, home: discovery.home, client: await clientOf(this.parts.host, server, client) }
  }

  /** The gateway's own door, unless a port is set or it has none. */
  private async listen(): Promise<CallbackListener | undefined> {
    const port = this.parts.host.config().oauth_callback_port
    if (port === null && this.parts.base() !== null) return undefined
    const held = [...this.attempts.values()].find(({ listener, login }) => listener !== undefined && isOpen(login.state))
    if (port !== null && held)
      throw new GatewayError(
        'listen.port_taken',
        `The login of ${held.server.name} waits on port ${port}, to which all logins come back; finish or cancel it first.`,
      )
    return openCallbackListener(port ?? 0, (query) => this.callback(query))
  }

  private end(attempt: Attempt, state: LoginState, error: string | null): void {
    clearTimeout(attempt.timer)
    attempt.listener?.close()
    if (state !== 'done') this.parts.shelf.doubtClient(attempt.server.id)
    this.tell(attempt, state, error)
  }

  private tell(attempt: Attempt, state: LoginState, error: string | null): void {
    attempt.login = { ...attempt.login, state, error }
    this.parts.host.emit('login.changed', { login: attempt.login })
  }

  private forgetOld(): void {
    for (const [id, { login }] of this.attempts)
      if (this.attempts.size > loginLimits.remembered && !isOpen(login.state)) this.attempts.delete(id)
  }

  private attempt(id: string): Attempt {
    const attempt = this.attempts.get(id)
    if (attempt) return attempt
    throw new GatewayError('login.not_found', 'There is no such login (any more); start it again.')
  }

  private require(serverId: string): OAuthServer {
    const server = this.parts.host.servers.list().find(({ id, name }) => id === serverId || name === serverId)
    if (!server) throw new GatewayError('server.not_found', 'There is no such server; list the servers to see which there are.')
    if (server.auth === 'oauth') return server
    const { name } = server
    throw new GatewayError(
      'input.invalid',
      server.auth === 'oauth_client_credentials'
        ? `${name} needs no person: its tokens are fetched with its OAuth client secret.`
        : `${name} is not set up for a login; set its auth to "oauth" (fast-gateway add ${name} URL --oauth).`,
    )
  }
}

const isOpen = (state: LoginState) => state === 'waiting' || state === 'finishing'

/** Whether what was begun with one could be finished with the other. */
const isSame = (one: OAuthServer, other: OAuthServer): boolean =>
  one.url === other.url && one.oauth_client_id === other.oauth_client_id && one.auth === other.auth
