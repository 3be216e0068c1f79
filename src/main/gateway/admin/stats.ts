import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { GatewayStats } from '../../../shared/stats'
import { CallBook, statsLimits, type Call, type CallBookParts } from '../call-book'
import type { AdminEnv } from '../plugin'
import { json, schemas } from './route'

/** What statistics are made of. */
export interface StatsParts extends CallBookParts {
  /** The gateway's own part of a call, median of the newest ones, milliseconds; null: no call. */
  ownMs(): number | null
}

const minuteMs = 60_000
const shownMinutes = 60
const latencyMinutes = 30

const stats = createRoute({
  tags: ['gateway'],
  method: 'get',
  path: '/',
  summary: 'What passed through lately',
  description: `Calls, latency and failures since \`since\` (default: the last 24 hours), of the newest ${statsLimits.rows.toLocaleString('en')} calls at most. Calls are counted when they have ended.`,
  request: { query: z.object({ since: z.iso.datetime().optional() }) },
  responses: { 200: json(schemas.GatewayStats, 'The numbers') },
})

/** `/stats`. The first question reads the audit; from then on the calls are followed as they end. */
export function statsRoutes(parts: StatsParts) {
  const book = new CallBook(parts)
  return new OpenAPIHono<AdminEnv>().openapi(stats, async (c) => {
    const now = Date.now()
    const { since } = c.req.valid('query')
    const calls = await book.since(since === undefined ? now - statsLimits.defaultMs : Date.parse(since))
    return c.json(statsOf(calls, now, parts.ownMs()), 200)
  })
}

/** @param calls newest first */
function statsOf(calls: readonly Call[], now: number, gateway_ms: number | null): GatewayStats {
  const all = new Times()
  const servers = new Map<string, { readonly times: Times; calls: number; errors: number }>()
  for (const call of calls) {
    all.add(call)
    if (call.server === '') continue // A tool that no server has.
    const server = servers.get(call.server) ?? { times: new Times(), calls: 0, errors: 0 }
    servers.set(call.server, server)
    server.times.add(call)
    server.calls++
    if (call.failed) server.errors++
  }
  const rows = [...servers].map(([server, { times, ...counts }]) => ({
    server,
    ...counts,
    p50_ms: times.at(0.5),
    latency: times.minutes(),
  }))
  return {
    calls_per_minute: perMinute(calls, now),
    calls: calls.length,
    ...{ p50_ms: all.at(0.5), p95_ms: all.at(0.95), gateway_ms, latency: all.minutes() },
    servers: rows.sort((a, b) => b.calls - a.calls),
    clients: clientsOf(calls),
  }
}

function perMinute(calls: readonly Call[], now: number): number[] {
  const minutes = Array.from({ length: shownMinutes }, () => 0)
  for (const { at } of calls) {
    const ago = Math.floor((now - at) / minuteMs)
    const index = shownMinutes - 1 - ago
    if (ago >= 0 && index >= 0) minutes[index] = (minutes[index] ?? 0) + 1
  }
  return minutes
}

function clientsOf(calls: readonly Call[]): GatewayStats['clients'] {
  const clients = new Map<string, { calls: number; last: number }>()
  for (const { client, at } of calls) {
    const known = clients.get(client)
    if (!known) clients.set(client, { calls: 1, last: at })
    else {
      known.calls++
      known.last = Math.max(known.last, at)
    }
  }
  const rows = [...clients].map(([client, { calls: count, last }]) => ({
    client,
    calls: count,
    last_call_at: new Date(last).toISOString(),
  }))
  return rows.sort((a, b) => b.calls - a.calls)
}

/** Durations, given newest first: all of them, and by minute those of the newest minutes that had calls. */
class Times {
  readonly #all: number[] = []
  readonly #byMinute = new Map<number, number[]>()
  #sorted: Float64Array | undefined

  add({ at, ms }: Call): void {
    if (ms === null) return
    this.#all.push(ms)
    const minute = Math.floor(at / minuteMs)
    const known = this.#byMinute.get(minute)
    if (known) known.push(ms)
    else if (this.#byMinute.size < latencyMinutes) this.#byMinute.set(minute, [ms])
  }

  /** @returns null when nothing was timed */
  at(share: number): number | null {
    this.#sorted ??= Float64Array.from(this.#all).sort()
    return quantile(this.#sorted, share)
  }

  minutes(): number[] {
    const oldestFirst = [...this.#byMinute].sort(([a], [b]) => a - b)
    return oldestFirst.flatMap(([, times]) => quantile(Float64Array.from(times).sort(), 0.5) ?? [])
  }
}

/** The nearest rank. */
const quantile = (sorted: Float64Array, share: number): number | null => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
