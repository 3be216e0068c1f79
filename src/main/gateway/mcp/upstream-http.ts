import type Pool from 'undici/lib/dispatcher/pool.js'
import { GatewayError } from '../../../shared/errors'
import type { Log } from '../log'
import { Deadlines } from './deadlines'
import type { Handshake, Link, LinkEvents, OpenLink, Target } from './link'
import type { LinkParts, Pools } from './upstream-http-link'
import { HttpLink } from './upstream-http-link'
import { httpLimits, urlOf } from './upstream-http-wire'

export interface HttpConnectorOptions {
  readonly log?: Log
  /** Connections to one origin for requests. Default `httpLimits.connections`. */
  readonly connections?: number
  /** When the GET stream of a link is opened: at once (default), a second after the handshake, never. */
  readonly stream?: 'eager' | 'lazy' | 'off'
  /** 0..1, for the jitter; a test hands in its own. Default Math.random. */
  readonly random?: () => number
}

/** Opens links over Streamable HTTP; all links to one origin share its connections. */
export interface HttpConnector {
  readonly openLink: OpenLink
  /** Closes every link and connection. Never throws. */
  close(): Promise<void>
}

const streamDelays = { eager: 0, lazy: 1_000, off: undefined } as const

interface SharedPools extends Pools {
  readonly calls: Pool
  readonly side: Pool
  links: number
}

export function createHttpConnector(options: HttpConnectorOptions = {}): HttpConnector {
  const origins = new Map<string, SharedPools>()
  const links = new Set<HttpLink>()
  const parts: LinkParts = {
    deadlines: new Deadlines(),
    random: options.random ?? Math.random,
    streamDelayMs: streamDelays[options.stream ?? 'eager'],
  }
  let closed = false

  /** The pools of an origin live as long as a link of it. */
  function release(origin: string, pools: SharedPools): void {
    if (--pools.links > 0) return
    origins.delete(origin)
    for (const pool of [pools.calls, pools.side])
      pool.destroy().catch((cause: unknown) => options.log?.debug('A pool did not end well.', { cause }))
  }

  function createLink(target: Target, events: LinkEvents, PoolOf: typeof Pool): HttpLink {
    const { origin } = urlOf(target)
    const pools = origins.get(origin) ?? createPools(PoolOf, origin, options.connections ?? httpLimits.connections)
    const link: HttpLink = new HttpLink(target, pools, events, parts, () => {
      links.delete(link)
      release(origin, pools)
    })
    origins.set(origin, pools)
    pools.links++
    links.add(link)
    return link
  }

  async function openLink(target: Target, handshake: Handshake, events: LinkEvents, signal: AbortSignal): Promise<Link> {
    const PoolOf = await loadPool()
    if (closed) throw new GatewayError('gateway.closing', 'The gateway is closing; no connection is opened any more.')
    const link = createLink(target, events, PoolOf)
    await link.greet(handshake, target.handshakeTimeoutMs, signal)
    return link
  }

  async function close(): Promise<void> {
    closed = true
    await Promise.all([...links].map((link) => link.close()))
  }

  return { openLink, close }
}

/**
 * Without the rest of undici (fetch, WebSocket, proxies), which costs 60 ms and 15 MB; and only once a server is connected, since the
 * pool alone takes 25 ms of a start.
 */
const loadPool = async (): Promise<typeof Pool> => (await import('undici/lib/dispatcher/pool.js')).default

function createPools(PoolOf: typeof Pool, origin: string, connections: number): SharedPools {
  // Silence is no error: who waits for an answer has a time-out of its own.
  const options = { pipelining: 1, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: httpLimits.connectMs } }
  return { calls: new PoolOf(origin, { ...options, connections }), side: new PoolOf(origin, options), links: 0 }
}
