import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../shared/canonical-json'
import { GatewayError, type ErrorCode } from '../../../shared/errors'
import type { ServerRecord, UpstreamCatalog, UpstreamState } from '../../../shared/records'
import type { ConnectContext } from '../hooks'
import type { Log } from '../log'
import type { Handshake, Incoming, Link, LinkEvents, OpenLink, Target } from './link'
import { Supervision } from './supervision'

/** Where a supervised upstream stands; `since` is ISO 8601, `reason` says what to do next where something is wrong. */
export interface UpstreamStatus {
  readonly state: UpstreamState
  readonly reason: string | null
  /** The reason for programs; left out where there is none. */
  readonly code?: ErrorCode | undefined
  readonly since: string
}

/** What a supervised upstream needs of the gateway. */
export interface UpstreamParts {
  /** Resolves secret references and runs the preMcpConnect hooks. @throws GatewayError `secret.unresolved` or what a hook threw */
  resolveTarget(record: ServerRecord, context: ConnectContext): Promise<Target>
  openLink: OpenLink
  onStatus(status: UpstreamStatus): void
  /** A fresh introspection; the catalogue keeps it. */
  onCatalog(catalog: UpstreamCatalog): void
  /** What the supervised connection hears outside of any request, list_changed excepted (that leads to onCatalog). */
  onMessage(message: Incoming): void
  onConnectError(error: GatewayError): void
  readonly log: Log
  /** 0..1, for the jitter; a test hands in its own. Default Math.random. */
  readonly random?: () => number
}

/**
 * One upstream, supervised: it connects, introspects, watches, reconnects with full-jitter back-off from 1 to 60 s.
 * Its connection is the shared one for `sharing: shared` and the introspecting one for `per_session`.
 */
export interface Upstream {
  record(): ServerRecord
  status(): UpstreamStatus
  /**
   * Begins; returns at once. With `connect: false` it stays idle until it is first needed (`startup_catalog: skip`); with `soon` it
   * says that it connects, and whoever starts it again makes it.
   */
  start(options?: { readonly connect?: boolean | 'soon' }): void
  /** Resolves when no attempt is under way. */
  settled(): Promise<void>
  /** Connects if need be and introspects anew. @returns whether it is ready now */
  refresh(): Promise<boolean>
  /** The supervised connection, waiting for an attempt under way. @throws GatewayError with the reason why there is none */
  sharedLink(): Promise<Link>
  /** A connection of its own for one session. @throws GatewayError as OpenLink, `server.disabled`, `server.untrusted` */
  openSessionLink(handshake: Handshake, events: LinkEvents, context: ConnectContext, signal: AbortSignal): Promise<Link>
  /** Takes over a changed record; reconnects only if what it connects with has changed. */
  update(record: ServerRecord): Promise<void>
  /** Connects anew with the same settings, because what they refer to has changed. */
  reconnect(): Promise<void>
  close(): Promise<void>
}

/** SHA-256 (hex) over the canonical argv, env (references unresolved) and cwd: what a person trusts. Null unless stdio. */
export type TrustHash = (record: Pick<ServerRecord, 'transport' | 'command' | 'args' | 'env' | 'cwd'>) => string | null

export const trustHash: TrustHash = ({ transport, command, args, env, cwd }) =>
  transport === 'stdio' ? createHash('sha256').update(canonicalJson({ command, args, env, cwd })).digest('hex') : null

/** True when nothing has to be trusted, or a person has confirmed exactly this argv, env and cwd. */
const isTrusted = (record: ServerRecord): boolean => record.transport !== 'stdio' || record.trusted_hash === trustHash(record)

/** @returns an upstream that does nothing before start() */
export function createUpstream(record: ServerRecord, parts: UpstreamParts): Upstream {
  return new SupervisedUpstream(record, parts)
}

const idle = 'Not connected yet; it connects when it is first needed.'

class SupervisedUpstream implements Upstream {
  private standing: UpstreamStatus
  private supervision: Supervision | undefined
  /** Changes of settings, one after the other; whoever needs the connection waits for them. */
  private changing: Promise<void> = Promise.resolve()
  private closed = false
  private key: string

  constructor(
    private current: ServerRecord,
    private readonly parts: UpstreamParts,
  ) {
    this.key = connectionKey(current)
    this.standing = { ...(barOf(current) ?? { state: 'degraded', reason: idle }), since: new Date().toISOString() }
  }

  record(): ServerRecord {
    return this.current
  }

  status(): UpstreamStatus {
    return this.standing
  }

  start({ connect = true }: { readonly connect?: boolean | 'soon' } = {}): void {
    this.begin()
    if (connect === true) this.supervision?.start()
    if (connect === 'soon' && this.supervision) this.say('connecting', null, undefined)
  }

  async settled(): Promise<void> {
    await this.changing
    await this.supervision?.settled()
  }

  async refresh(): Promise<boolean> {
    await this.changing
    return (await this.supervision?.refresh()) ?? false
  }

  async sharedLink(): Promise<Link> {
    return (await this.permitted()).sharedLink()
  }

  async openSessionLink(handshake: Handshake, events: LinkEvents, context: ConnectContext, signal: AbortSignal): Promise<Link> {
    return (await this.permitted()).openSessionLink(handshake, events, context, signal)
  }

  update(record: ServerRecord): Promise<void> {
    this.current = record
    this.changing = this.changing.then(() => this.takeOver())
    return this.changing
  }

  reconnect(): Promise<void> {
    this.key = ''
    return this.update(this.current)
  }

  async close(): Promise<void> {
    this.closed = true
    await this.changing
    await this.supervision?.close('The gateway is closing.')
  }

  private begin(): void {
    const bar = barOf(this.current)
    if (bar) this.say(bar.state, bar.reason, bar.code)
    else
      this.supervision ??= new Supervision(
        () => this.current,
        this.parts,
        (state, reason, code) => this.say(state, reason, code),
      )
  }

  private async takeOver(): Promise<void> {
    const key = connectionKey(this.current)
    if (this.closed || key === this.key) return
    this.key = key
    const before = this.supervision
    this.supervision = undefined
    const bar = barOf(this.current)
    if (bar) this.say(bar.state, bar.reason, bar.code)
    await before?.close('Its settings have changed.')
    this.start()
  }

  private async permitted(): Promise<Supervision> {
    await this.changing
    const { name } = this.current
    if (this.closed) throw new GatewayError('gateway.closing', 'The gateway is closing.')
    if (!this.current.enabled) throw new GatewayError('server.disabled', `${name} is switched off; enable it first.`)
    this.begin()
    if (!this.supervision)
      throw new GatewayError('server.untrusted', `${name} is not trusted yet: ${this.standing.reason ?? 'confirm its command'}`)
    return this.supervision
  }

  private say(state: UpstreamState, reason: string | null, code: ErrorCode | undefined): void {
    const { standing } = this
    if (this.closed || (standing.state === state && standing.reason === reason && standing.code === code)) return
    this.standing = { state, reason, code, since: standing.state === state ? standing.since : new Date().toISOString() }
    this.parts.onStatus(this.standing)
  }
}

/** Why nothing may be connected or spawned; undefined when it may. */
function barOf(record: ServerRecord): Pick<UpstreamStatus, 'state' | 'reason' | 'code'> | undefined {
  if (!record.enabled) return { state: 'disabled', reason: null }
  if (isTrusted(record)) return undefined
  return {
    state: 'needs_trust',
    reason: `A person has to confirm its command: fast-gateway trust ${record.name}`,
    code: 'server.untrusted',
  }
}

/** Everything that a connection is made with; when it stays the same, the connection stays. */
function connectionKey(record: ServerRecord): string {
  const { enabled, transport, url, command, args, env, cwd, static_headers } = record
  const { auth, oauth_scopes, oauth_token_url, oauth_client_id, oauth_client_secret } = record
  const login = { auth, oauth_scopes, oauth_token_url, oauth_client_id, oauth_client_secret }
  return canonicalJson({ enabled, transport, url, command, args, env, cwd, static_headers, login, trusted: isTrusted(record) })
}
