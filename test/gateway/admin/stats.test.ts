import { expect, it, vi } from 'vitest'
import type { GatewayStats } from '../../../src/shared/stats'
import type { AuditEntry } from '../../../src/shared/records'
import { createAdmin } from '../../../src/main/gateway/admin'
import { CallBook } from '../../../src/main/gateway/call-book'
import { createMemoryStore } from '../../../src/main/gateway/store/memory'
import { adminParts, askAs } from '../../support/admin-doubles'
import { anIntent } from '../../support/store-records'

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

function overAudit() {
  const store = createMemoryStore()
  const { parts, events } = adminParts({ store, ownMs: () => 0.4 })
  const admin = createAdmin(parts)
  const called = async (fields: Partial<AuditEntry> = {}) => {
    const draft = anIntent({ client: 'claude', server: 'git', at: minutesAgo(0.1), outcome: 'ok', duration_ms: 10, ...fields })
    return { ...draft, id: await store.audit.append(draft) }
  }
  const stats = async (query = '') => (await (await askAs(admin, 'admin')('GET', `/stats${query}`)).json()) as GatewayStats
  return { store, called, stats, events, ask: askAs(admin, 'admin') }
}

it('says nothing of nothing', async () => {
  expect(await overAudit().stats()).toEqual({
    ...{
      calls_per_minute: Array(60).fill(0),
      calls: 0,
      p50_ms: null,
      p95_ms: null,
      gateway_ms: 0.4,
      latency: [],
      servers: [],
      clients: [],
    },
  })
})

it('counts calls by minute, server and client, with their medians', async () => {
  const { called, stats } = overAudit()
  for (let ms = 1; ms <= 20; ms++) await called({ at: minutesAgo(30), duration_ms: ms })
  await called({ server: 'mail', client: 'cursor', outcome: 'tool_error', duration_ms: 100 })
  await called({ server: '', outcome: 'denied', duration_ms: null })
  await called({ outcome: 'running', duration_ms: null })
  await called({ at: minutesAgo(25 * 60) })
  const told = await stats()
  expect(told).toMatchObject({ calls: 22, p50_ms: 11, p95_ms: 20, latency: [10, 100] })
  expect([told.calls_per_minute.at(-1), told.calls_per_minute.at(-31), told.calls_per_minute.length]).toEqual([2, 20, 60])
  expect(told.servers).toEqual([
    { server: 'git', calls: 20, errors: 0, p50_ms: 10, latency: [10] },
    { server: 'mail', calls: 1, errors: 1, p50_ms: 100, latency: [100] },
  ])
  expect(told.clients.map(({ client, calls }) => [client, calls])).toEqual([
    ['claude', 21],
    ['cursor', 1],
  ])
})

it('goes as far back as it is asked to', async () => {
  const { called, stats, ask } = overAudit()
  await called({ at: minutesAgo(50 * 60) })
  await called({ at: minutesAgo(10) })
  expect([
    (await stats()).calls,
    (await stats(`?since=${minutesAgo(60 * 60)}`)).calls,
    (await stats(`?since=${minutesAgo(5)}`)).calls,
  ]).toEqual([...[1, 2, 0]])
  expect((await ask('GET', '/stats?since=yesterday')).status).toBe(422)
})

it('follows calls as they end, each once, and reads the audit no more', async () => {
  const { called, stats, events, store } = overAudit()
  await called()
  await stats()
  const read = vi.spyOn(store.audit, 'glance')
  const entry = await called({ duration_ms: 30 })
  events.emit('audit.appended', { entry })
  events.emit('audit.appended', { entry: { ...entry, outcome: 'error' } })
  expect(await stats()).toMatchObject({ calls: 2, servers: [{ calls: 2, errors: 1 }] })
  expect(read).not.toHaveBeenCalled()
})

it('remembers the newest calls only', async () => {
  const { called, store, events } = overAudit()
  for (let ms = 1; ms <= 30; ms++) await called({ duration_ms: ms })
  const book = new CallBook({ store, onEvent: events.on }, { rows: 10, rowsPerTurn: 7, defaultMs: 1 })
  const times = async () => (await book.since(0)).map(({ ms }) => ms)
  expect(await times()).toEqual([30, 29, 28, 27, 26, 25, 24, 23, 22, 21])
  events.emit('audit.appended', { entry: await called({ duration_ms: 31 }) })
  expect((await times()).slice(-2)).toEqual([23, 22])
})
