import type { ServerRecord } from '../../shared/records'
import type { GatewayConfig } from './config'
import type { Log } from './log'
import type { Upstream, UpstreamStatus } from './mcp/upstream'

/** Upstreams that are asked anew at the same time. */
export const mostRefreshesAtOnce = 8
/** How long `startup_catalog: refresh` waits for the slowest upstream. Milliseconds. */
export const startDeadlineMs = 65_000
/** Milliseconds between one upstream's start in the background and the next one's: requests are answered in between. */
export const startPaceMs = 10

export interface FleetParts {
  /** `onStatus` hears every change of its state. */
  createUpstream(record: ServerRecord, onStatus: (status: UpstreamStatus) => void): Upstream
  onStatus(serverId: string): void
  /** What goes before connecting in the background. Default: nothing. */
  readonly connectAfter?: Promise<unknown> | undefined
  readonly log: Log
}

/** One supervised upstream for each registered server. */
export interface Fleet {
  get(serverId: string): Upstream | undefined
  /** Takes over a new or changed record; once the fleet has started, its upstream starts too. Never throws. */
  take(record: ServerRecord): Promise<void>
  /** Ends it; nothing is heard of it any more. */
  drop(serverId: string): Promise<void>
  /** `refresh` waits until every upstream has settled, `background` does not, `skip` leaves them idle until they are needed. */
  start(mode: GatewayConfig['startup_catalog']): Promise<void>
  /** Asks every enabled one anew. @returns the ids of those that are not ready after it */
  refreshAll(): Promise<readonly string[]>
  close(): Promise<void>
}

export function createFleet(parts: FleetParts): Fleet {
  const upstreams = new Map<string, Upstream>()
  let started = false
  let stopPacing: (() => void) | undefined

  function launch(record: ServerRecord): void {
    const upstream = parts.createUpstream(record, () => {
      if (upstreams.has(record.id)) parts.onStatus(record.id)
    })
    upstreams.set(record.id, upstream)
    if (started) upstream.start()
  }

  async function take(record: ServerRecord): Promise<void> {
    const known = upstreams.get(record.id)
    if (!known) return launch(record)
    await known
      .update(record)
      .catch((error: unknown) => parts.log.error('A server could not take over its new settings.', { server: record.name, error }))
  }

  async function drop(serverId: string): Promise<void> {
    const upstream = upstreams.get(serverId)
    upstreams.delete(serverId)
    await upstream?.close()
  }

  async function start(mode: GatewayConfig['startup_catalog']): Promise<void> {
    started = true
    const connect = { background: 'soon', refresh: true, skip: false } as const
    for (const upstream of upstreams.values()) upstream.start({ connect: connect[mode] })
    if (mode === 'background') stopPacing = startPaced([...upstreams.keys()], (id) => upstreams.get(id)?.start(), parts.connectAfter)
    if (mode === 'refresh') await within(startDeadlineMs, Promise.all([...upstreams.values()].map((upstream) => upstream.settled())))
  }

  async function close(): Promise<void> {
    stopPacing?.()
    const open = [...upstreams.values()]
    started = false
    upstreams.clear()
    await Promise.allSettled(open.map((upstream) => upstream.close()))
  }

  return { get: (serverId) => upstreams.get(serverId), take, drop, start, refreshAll: () => refreshAll(upstreams), close }
}

/** The first as soon as `after` is over. Whoever needs another before its turn connects it. @returns the way to stop it */
function startPaced(ids: readonly string[], start: (id: string) => void, after: Promise<unknown> | undefined): () => void {
  const waiting = [...ids]
  let timer: NodeJS.Timeout | undefined
  const next = () => {
    const id = waiting.shift()
    if (id === undefined) return
    start(id)
    timer = setTimeout(next, startPaceMs).unref()
  }
  if (after) after.then(next, next)
  else next()
  return () => {
    waiting.length = 0
    clearTimeout(timer)
  }
}

async function refreshAll(upstreams: ReadonlyMap<string, Upstream>): Promise<readonly string[]> {
  const waiting = [...upstreams].filter(([, upstream]) => upstream.record().enabled)
  const unready: string[] = []
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [id, upstream] = next
      if (!(await isReadyAfresh(upstream))) unready.push(id)
    }
  }
  await Promise.all(Array.from({ length: mostRefreshesAtOnce }, work))
  return unready
}

const isReadyAfresh = (upstream: Upstream): Promise<boolean> => upstream.refresh().catch(() => false)

async function within(deadlineMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise((resolve) => (timer = setTimeout(resolve, deadlineMs)))
  await Promise.race([work, deadline]).finally(() => clearTimeout(timer))
}
