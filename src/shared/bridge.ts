import * as z from 'zod'
import type { GatewayEvent } from './events'

/** One request of the window's to the admin API; `path` is the API's own, query included. */
export const BridgeRequest = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string().startsWith('/'),
  body: z.string().optional(),
})
export type BridgeRequest = z.infer<typeof BridgeRequest>

/** HTTP status and body text of the answer. */
export interface BridgeReply {
  readonly status: number
  readonly body: string
}

/** What the preload puts on `window.gateway`. Nothing else crosses between the window and the app. */
export interface Bridge {
  request(request: BridgeRequest): Promise<BridgeReply>
  /** Every event of the gateway and the app from now on. @returns the way to stop it */
  onEvent(listener: (event: GatewayEvent) => void): () => void
}
