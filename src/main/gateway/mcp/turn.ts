import type { GatewayError } from '../../../shared/errors'
import type { Catalog } from '../catalog'
import type { Log } from '../log'
import type { OwnTimes } from '../own-times'
import type { PipelineParts } from '../pipeline'
import type { MetaTool } from '../plugin'
import type { Asker } from './caller'
import type { Params, RpcId } from './link'
import type { Session } from './session'
import type { Upstream } from './upstream'

/** What the relay needs of the gateway. */
export interface RelayParts {
  readonly catalog: Catalog
  upstream(serverId: string): Upstream | undefined
  /** As of now: plugins join when the gateway starts. */
  pipeline(): PipelineParts
  metaTool(name: string): MetaTool | undefined
  /** Refuses everything while it returns an error (safe mode, closing). */
  refusal(): GatewayError | undefined
  /** Refuses whatever would reach an upstream while it returns an error; lists go on. */
  paused(): GatewayError | undefined
  readonly ownTimes: OwnTimes
  readonly log: Log
}

/** One JSON-RPC request of a client, its parameters parsed. */
export interface ClientRequest {
  readonly id: RpcId
  readonly method: string
  readonly params: Params
}

/** One request being handled. */
export interface Turn {
  readonly session: Session
  readonly asker: Asker
  readonly params: Params
  readonly signal: AbortSignal
}
