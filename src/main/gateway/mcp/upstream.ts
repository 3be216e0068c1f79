import type { GatewayError } from '../../../shared/errors'
import type { ServerRecord, UpstreamCatalog, UpstreamState } from '../../../shared/records'
import type { ConnectContext } from '../hooks'
import type { Log } from '../log'
import type { Handshake, Incoming, Link, LinkEvents, OpenLink, Target } from './link'

/** Where a supervised upstream stands; `since` is ISO 8601, `reason` says what to do next where something is wrong. */
export interface UpstreamStatus {
  readonly state: UpstreamState
  readonly reason: string | null
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
  /** Begins; returns at once. With `connect: false` it stays idle until it is first needed (`startup_catalog: skip`). */
  start(options?: { readonly connect?: boolean }): void
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
  close(): Promise<void>
}

/** SHA-256 (hex) over the canonical argv, env (references unresolved) and cwd: what a person trusts. Null unless stdio. */
export type TrustHash = (record: Pick<ServerRecord, 'transport' | 'command' | 'args' | 'env' | 'cwd'>) => string | null
