import type { UpstreamCatalog } from '../../../shared/records'
import type { Catalog } from '../catalog'
import type { Log } from '../log'
import { introspect } from './introspect'
import type { Handshake, LinkEvents } from './link'
import { sharedHandshake } from './supervision'
import type { Upstream } from './upstream'

/*
 * Some servers show certain tools only to clients that they can ask something. The gateway's own connection declares nothing, so
 * such tools are looked for on a second one, once for each plain list that a `per_session` server gives. Sessions call them on
 * their own connections, which declare what their client did.
 */

/** Milliseconds after a list before the look, which can wait for what is more urgent at a start. */
export const lookAfterMs = 2_000
/** Longest look at one server. Milliseconds. */
export const lookDeadlineMs = 60_000

const capableHandshake: Handshake = {
  ...sharedHandshake,
  capabilities: { sampling: {}, elicitation: { form: {}, url: {} }, roots: { listChanged: true } },
}
const deaf: LinkEvents = { onMessage: () => undefined, onClosed: () => undefined, onNote: () => undefined }

interface CapableParts {
  readonly catalog: () => Pick<Catalog, 'of' | 'putCapableTools'>
  upstream(serverId: string): Upstream | undefined
  readonly log: Log
}

export interface CapableTools {
  /** The server has said what it offers; looks again only when its tools differ from the last look. One server at a time. */
  look(serverId: string): void
  close(): void
}

export function createCapableTools(parts: CapableParts): CapableTools {
  const over = new AbortController()
  const looked = new Map<string, string>()
  let queue = Promise.resolve()

  async function lookNow(serverId: string): Promise<void> {
    const upstream = parts.upstream(serverId)
    const plain = parts.catalog().of(serverId)
    if (!upstream || !plain || over.signal.aborted || upstream.status().state !== 'ready') return
    parts.catalog().putCapableTools(serverId, await toolsForCapable(upstream, plain, over.signal))
  }

  function failed(serverId: string, error: unknown): void {
    looked.delete(serverId)
    if (!over.signal.aborted)
      parts.log.info('A server could not be asked for what it shows to capable clients.', { server_id: serverId, error })
  }

  return {
    look(serverId) {
      const names = JSON.stringify(
        parts
          .catalog()
          .of(serverId)
          ?.tools.map(({ name }) => name),
      )
      if (parts.upstream(serverId)?.record().sharing !== 'per_session' || looked.get(serverId) === names) return
      looked.set(serverId, names)
      const later = () => {
        queue = queue.then(() => lookNow(serverId)).catch((error: unknown) => failed(serverId, error))
      }
      setTimeout(later, lookAfterMs).unref()
    },
    close: () => over.abort(),
  }
}

async function toolsForCapable(upstream: Upstream, plain: UpstreamCatalog, over: AbortSignal): Promise<UpstreamCatalog['tools']> {
  const signal = AbortSignal.any([over, AbortSignal.timeout(lookDeadlineMs)])
  const link = await upstream.openSessionLink(capableHandshake, deaf, { request: null }, signal)
  try {
    const full = await introspect(link, plain.server_id, { timeoutMs: upstream.record().timeout_seconds * 1000, signal })
    const known = new Set(plain.tools.map(({ name }) => name))
    return full.tools.filter(({ name }) => !known.has(name))
  } finally {
    await link.close()
  }
}
