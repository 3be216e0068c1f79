import { setTimeout as delay } from 'node:timers/promises'
import type { CatalogTool } from '../../shared/records'
import { read, type GatewayClient } from './client'
import { tell } from './terminal'
import { duration, styledError, visible } from './text'

const lookMs = 500
/** Calls through the admin API are made by this client. */
const operator = 'admin'

/** Looks, while a call is under way, whether it waits for a person, and says so once. @returns the way to stop */
export function tellApprovals(gateway: GatewayClient, tool: CatalogTool): () => void {
  const over = new AbortController()
  const told = new Set<string>()
  const look = async () => {
    while (!over.signal.aborted) {
      await delay(lookMs, undefined, { signal: over.signal })
      for (const approval of await read(gateway.approvals.pending.$get())) {
        if (approval.client !== operator || approval.tool_name !== tool.name || told.has(approval.id)) continue
        told.add(approval.id)
        tell(waitingWords(approval))
      }
    }
  }
  // Stopped, or the gateway is gone: the call itself tells of that.
  look().catch(() => undefined)
  return () => over.abort()
}

function waitingWords(approval: { readonly id: string; readonly reason: string; readonly expires_at: string }): string {
  const left = duration((Date.parse(approval.expires_at) - Date.now()) / 1000)
  return [
    `${styledError('yellow', 'Waiting for a person:')} ${visible(approval.reason)}`,
    `Decide within ${left}, in another terminal: fast-gateway approvals approve ${approval.id.slice(0, 8)} (or deny)`,
  ].join('\n')
}
