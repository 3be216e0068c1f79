import { createHash } from 'node:crypto'
import * as z from 'zod'
import { GatewayError } from '../../../shared/errors'
import { rememberSecret } from '../../../shared/known-secrets'
import type { PluginHost } from '../../gateway/plugin'
import { united } from './challenge'
import { getLong, removeLong, setLong } from './long-text'

const Tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  /** Milliseconds since 1970; null where the server did not say. */
  expires_at: z.number().nullable(),
  obtained_at: z.number(),
  scopes: z.array(z.string()),
})
export type Tokens = z.infer<typeof Tokens>

/** Who we are at an authorization server. `is_given`: the secret is what the server's record refers to, and not kept here. */
const KeptClient = z.object({
  id: z.string(),
  secret: z.string().optional(),
  method: z.enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt']),
  is_given: z.boolean(),
  redirect_uri: z.string(),
  /** Registered with these: others need another registration. */
  scopes: z.array(z.string()).optional(),
  expires_at: z.number().optional(),
})
export type KeptClient = z.infer<typeof KeptClient>

/** All that is kept of a login, in the vault. */
const Kept = z.object({
  /** The server's address at that time: at another it is another server, which must not get these tokens. */
  url: z.string(),
  issuer: z.string(),
  resource: z.string().optional(),
  token_endpoint: z.string(),
  revocation_endpoint: z.string().optional(),
  client: KeptClient,
  tokens: Tokens.nullable(),
})
export type Kept = z.infer<typeof Kept>

/** What may be known without opening the vault; in the database. */
const Note = z.object({
  url: z.string(),
  issuer: z.string(),
  scopes: z.array(z.string()),
  missing: z.array(z.string()),
  logged_in_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  refreshable: z.boolean(),
  /** A login came to nothing: the other side may have forgotten who we are, so the next one registers anew. */
  is_client_doubtful: z.boolean().optional(),
})
export type Note = z.infer<typeof Note>

/** Milliseconds until a vault that could not be written is tried again. */
const againMs = 10_000

/** What logins have brought, by server and issuer. */
export class Shelf {
  /** Could not be written; a rotated refresh token exists nowhere else. */
  private readonly unsaved = new Map<string, Kept>()
  /** As it was last seen: a vault that is locked later does not end what runs. */
  private readonly seen = new Map<string, Kept>()
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly host: Pick<PluginHost, 'store' | 'vault' | 'log'>) {}

  note(serverId: string): Note | undefined {
    const text = this.host.store.getMeta(keyOf(serverId))
    return text ? Note.parse(JSON.parse(text)) : undefined
  }

  /** @throws GatewayError `vault.unavailable`; nothing is lost, try again later */
  async read(serverId: string): Promise<Kept | undefined> {
    const waiting = this.unsaved.get(serverId)
    if (waiting) return waiting
    const note = this.note(serverId)
    if (!note) return undefined
    try {
      const text = await getLong(this.vault(), entryOf(serverId, note.issuer))
      return text === undefined ? undefined : this.saw(serverId, Kept.parse(JSON.parse(text)))
    } catch (thrown) {
      const seen = this.seen.get(serverId)
      if (seen?.issuer === note.issuer) return seen
      throw thrown
    }
  }

  /** Before a person is sent somewhere: what they bring back must have a place. @throws GatewayError `vault.unavailable` */
  async requireOpen(): Promise<void> {
    const { state, detail } = await this.vault().status()
    if (state !== 'ready') throw new GatewayError('vault.unavailable', detail ?? `The vault is ${state}; nothing can be kept in it now.`)
  }

  /** Of a login: it is done only once it is kept. @throws GatewayError `vault.unavailable` */
  async add(serverId: string, kept: Kept): Promise<void> {
    const before = this.note(serverId)
    await this.put(serverId, kept)
    this.writeNote(serverId, { ...noteOf(kept), missing: [], logged_in_at: new Date().toISOString() })
    if (!before || before.issuer === kept.issuer) return
    await removeLong(this.vault(), entryOf(serverId, before.issuer)).catch((cause: unknown) => {
      this.host.log.warn('The tokens of an earlier login are still in the vault, where nothing uses them.', { server_id: serverId, cause })
    })
  }

  /** Whether this is still the login of that server: somebody may have logged in or out since it was read. */
  async isCurrent(serverId: string, { tokens }: Kept): Promise<boolean> {
    const now = await this.read(serverId)
    return now !== undefined && now.tokens?.access_token === tokens?.access_token
  }

  /**
   * Of a refresh: before it is used. What cannot be written now is used all the same, and written later; what comes too late is not kept.
   * @param before what it was made of
   */
  async update(serverId: string, before: Kept, kept: Kept): Promise<void> {
    const isCurrent = await this.isCurrent(serverId, before)
    const note = this.note(serverId)
    if (!isCurrent || !note) return
    await this.put(serverId, kept).catch((cause: unknown) => this.keepForLater(serverId, kept, cause))
    this.writeNote(serverId, { ...note, ...noteOf(kept), ...(kept.tokens ? {} : { logged_in_at: null }) })
  }

  /** Forgets the tokens, not who we are there. */
  async dropTokens(serverId: string, kept: Kept): Promise<void> {
    await this.update(serverId, kept, { ...kept, tokens: null })
  }

  async remove(serverId: string): Promise<void> {
    const note = this.note(serverId)
    this.unsaved.delete(serverId)
    this.seen.delete(serverId)
    if (!note) return
    if (note.issuer !== '') await removeLong(this.vault(), entryOf(serverId, note.issuer))
    this.host.store.setMeta(keyOf(serverId), '')
  }

  /** The next login asks for these too. */
  want(serverId: string, scopes: readonly string[]): void {
    const note = this.note(serverId)
    if (note) this.writeNote(serverId, { ...note, missing: united(note.missing, scopes) })
  }

  /** Of a login that came to nothing. */
  doubtClient(serverId: string): void {
    const note = this.note(serverId)
    if (note) this.writeNote(serverId, { ...note, is_client_doubtful: true })
  }

  async close(): Promise<void> {
    clearTimeout(this.timer)
    await this.saveAll()
  }

  private async put(serverId: string, kept: Kept): Promise<void> {
    await setLong(this.vault(), entryOf(serverId, kept.issuer), ascii(JSON.stringify(kept)))
    this.unsaved.delete(serverId)
    this.saw(serverId, kept)
  }

  private saw(serverId: string, kept: Kept): Kept {
    for (const value of [kept.client.secret, kept.tokens?.access_token, kept.tokens?.refresh_token])
      if (value !== undefined) rememberSecret(value)
    this.seen.set(serverId, kept)
    return kept
  }

  private keepForLater(serverId: string, kept: Kept, cause: unknown): void {
    this.host.log.warn('A renewed login could not be kept in the vault; it is tried again until it can.', { server_id: serverId, cause })
    this.unsaved.set(serverId, kept)
    this.timer = setTimeout(() => void this.saveAll(), againMs).unref()
  }

  private async saveAll(): Promise<void> {
    for (const [serverId, kept] of [...this.unsaved])
      await this.put(serverId, kept).catch((cause: unknown) => this.keepForLater(serverId, kept, cause))
  }

  private writeNote(serverId: string, note: Note): void {
    this.host.store.setMeta(keyOf(serverId), JSON.stringify(note))
  }

  private vault() {
    if (this.host.vault) return this.host.vault
    throw new GatewayError('vault.unavailable', 'A login needs a vault to keep its tokens in: hand one to createGateway.')
  }
}

function noteOf({ url, issuer, tokens }: Kept): Pick<Note, 'url' | 'issuer' | 'scopes' | 'expires_at' | 'refreshable'> {
  const expires = tokens?.expires_at ?? null
  return {
    ...{ url, issuer, scopes: tokens?.scopes ?? [], refreshable: tokens?.refresh_token !== undefined },
    expires_at: expires === null ? null : new Date(expires).toISOString(),
  }
}

const keyOf = (serverId: string) => `oauth:${serverId}`

/** Of the gateway's own, so no reference reaches it. */
const entryOf = (serverId: string, issuer: string) => `.oauth.${serverId}.${createHash('sha256').update(issuer).digest('hex').slice(0, 16)}`

/** So that a character is a byte. */
const ascii = (text: string) => text.replace(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
