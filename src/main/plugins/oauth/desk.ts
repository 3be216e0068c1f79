import { GatewayError } from '../../../shared/errors'
import type { Authorization } from '../../../shared/logins'
import type { ConnectSettings } from '../../gateway/hooks'
import type { PluginHost } from '../../gateway/plugin'
import { Bearer } from './bearer'
import { createClientCredentials } from './client-credentials'
import { createEgress, type LookUp } from './egress'
import { createGrant } from './grant'
import { Logins } from './logins'
import type { OAuthServer } from './server'
import { Shelf, type Note } from './shelf'

export interface DeskOptions {
  /** Where the gateway listens: `http://127.0.0.1:7411`; null while it does not. */
  readonly base: () => string | null
  readonly lookUp?: LookUp
}

/** Everything that the plugin keeps, loaded when the first server wants it. */
export class OAuthDesk {
  readonly logins: Logins
  private readonly shelf: Shelf
  private readonly egress
  private readonly bearers = new Map<string, { readonly key: string; readonly bearer: Bearer }>()

  constructor(
    private readonly host: PluginHost,
    { base, lookUp }: DeskOptions,
  ) {
    this.shelf = new Shelf(host)
    this.egress = createEgress(lookUp)
    const onChange = (serverId: string) => this.changed(serverId)
    this.logins = new Logins({ host, base, onChange, shelf: this.shelf, egress: this.egress })
  }

  /** @throws GatewayError `upstream.login_required` before anything is connected, and what keeps tokens from being had */
  async settings(server: OAuthServer): Promise<ConnectSettings> {
    const credential = this.bearerOf(server)
    await credential.authorization()
    return { credential }
  }

  authorizations(): Authorization[] {
    return this.host.servers.list().flatMap((server) => (server.auth === 'none' ? [] : [this.authorizationOf(server)]))
  }

  /** @throws GatewayError `server.not_found`, `vault.unavailable`: nobody is logged out then */
  async logout(serverId: string): Promise<{ readonly was_logged_in: boolean; readonly revoked: boolean }> {
    const server = this.host.servers.list().find(({ id, name }) => id === serverId || name === serverId)
    if (!server) throw new GatewayError('server.not_found', 'There is no such server; list the servers to see which there are.')
    this.logins.drop(server.id)
    const kept = await this.shelf.read(server.id)
    await this.shelf.remove(server.id)
    this.changed(server.id)
    const wasLoggedIn = (kept?.tokens ?? null) !== null
    return { was_logged_in: wasLoggedIn, revoked: wasLoggedIn && kept !== undefined && (await this.logins.giveBack(server, kept)) }
  }

  /** The server is gone for good, and with it the secret of a client that the person had registered. Never rejects. */
  async forget({ id, name }: Pick<OAuthServer, 'id' | 'name'>): Promise<void> {
    this.logins.drop(id)
    this.bearers.delete(id)
    const kept = await this.shelf.read(id).catch(() => undefined)
    await this.shelf.remove(id).catch((cause: unknown) => {
      this.host.log.warn('The tokens of a removed server are still in the vault, where nothing uses them.', { server_id: id, cause })
    })
    if (kept) await this.logins.giveBack({ name, url: kept.url, oauth_client_secret: null }, kept)
  }

  async close(): Promise<void> {
    this.logins.drop()
    // A refresh token that comes now and is not kept would be lost: the old one is worth nothing any more.
    await Promise.all([...this.bearers.values()].map(({ bearer }) => bearer.settled()))
    await this.shelf.close()
  }

  /** One for each server, however many connections it has; another once it is set up otherwise. */
  private bearerOf(server: OAuthServer): Bearer {
    const { id, url, auth, oauth_scopes, oauth_token_url, oauth_client_id, oauth_client_secret } = server
    const key = JSON.stringify([url, auth, oauth_scopes, oauth_token_url, oauth_client_id, oauth_client_secret])
    const known = this.bearers.get(id)
    if (known?.key === key) return known.bearer
    const parts = { host: this.host, shelf: this.shelf, egress: this.egress }
    const source = auth === 'oauth' ? createGrant(parts, server) : createClientCredentials(parts, server)
    // A refresh token that is used twice ends the login: a renewal that is under way comes first.
    const bearer = new Bearer(source, known?.bearer.settled())
    this.bearers.set(id, { key, bearer })
    return bearer
  }

  private authorizationOf(server: OAuthServer): Authorization {
    const { id: server_id, name: server_name, oauth_scopes: scopes } = server
    const nothing = { server_id, server_name, issuer: null, scopes, missing_scopes: [], logged_in_at: null, expires_at: null }
    if (server.auth !== 'oauth') return { ...nothing, state: 'on_demand', refreshable: true }
    const note = this.shelf.note(server_id)
    if (note?.url !== server.url) return { ...nothing, state: 'needs_login', refreshable: false }
    const { missing, url: _url, is_client_doubtful: _doubt, ...known } = note
    return { ...nothing, ...known, missing_scopes: missing, state: isStillGood(note) ? 'logged_in' : 'needs_login' }
  }

  private changed(serverId: string): void {
    this.bearers.get(serverId)?.bearer.forget()
    this.host.servers.refresh(serverId).catch((cause: unknown) => {
      this.host.log.debug('A server could not be connected after a login or logout.', { server_id: serverId, cause })
    })
  }
}

const isStillGood = ({ logged_in_at: since, refreshable, expires_at: end }: Note) =>
  since !== null && (refreshable || end === null || Date.parse(end) > Date.now())
