import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLog } from '../../src/main/gateway/log'
import type { Upstream } from '../../src/main/gateway/mcp/upstream'
import { createFleet, startPaceMs } from '../../src/main/gateway/server-fleet'
import type { ServerRecord } from '../../src/shared/records'
import { serverRecord } from '../support/upstream-rig'

let announced: string[]
let started: string[]
beforeEach(() => {
  announced = []
  started = []
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const idle = (record: ServerRecord): Upstream => ({
  record: () => record,
  status: () => ({ state: 'degraded', reason: null, since: new Date().toISOString() }),
  start: ({ connect = true } = {}) => void (connect === true ? started : announced).push(record.name),
  settled: async () => undefined,
  refresh: async () => true,
  sharedLink: () => Promise.reject(new Error('not asked for')),
  openSessionLink: () => Promise.reject(new Error('not asked for')),
  update: async () => undefined,
  reconnect: async () => undefined,
  close: async () => undefined,
})

async function fleetOf(...names: string[]) {
  return fleetAfter(undefined, names)
}

async function fleetAfter(connectAfter: Promise<unknown> | undefined, names: readonly string[]) {
  const fleet = createFleet({ createUpstream: idle, onStatus: () => undefined, connectAfter, log: silentLog })
  for (const name of names) await fleet.take(serverRecord({ id: name, name }))
  return fleet
}

test('in the background upstreams start one after the other, so that requests are answered in between', async () => {
  const fleet = await fleetOf('a', 'b', 'c')
  await fleet.start('background')
  expect(announced).toEqual(['a', 'b', 'c'])
  expect(started).toEqual(['a'])
  await vi.advanceTimersByTimeAsync(startPaceMs)
  expect(started).toEqual(['a', 'b'])
  await vi.advanceTimersByTimeAsync(startPaceMs)
  expect(started).toEqual(['a', 'b', 'c'])
})

test('one that is removed before its turn is not started, and none is once the fleet is closed', async () => {
  const fleet = await fleetOf('a', 'b', 'c', 'd')
  await fleet.start('background')
  await fleet.drop('b')
  await vi.advanceTimersByTimeAsync(2 * startPaceMs)
  expect(started).toEqual(['a', 'c'])
  await fleet.close()
  await vi.advanceTimersByTimeAsync(10 * startPaceMs)
  expect(started).toEqual(['a', 'c'])
})

test.each([
  ['over', () => Promise.resolve()],
  ['has failed', () => Promise.reject(new Error('it failed'))],
])('what goes before them is waited for, and they start when it is %s', async (_how, end) => {
  let begin = (): void => undefined
  const before = new Promise<void>((resolve) => (begin = resolve)).then(end)
  const fleet = await fleetAfter(before, ['a', 'b'])
  await fleet.start('background')
  await vi.advanceTimersByTimeAsync(60_000)
  expect([announced, started]).toEqual([['a', 'b'], []])
  begin()
  await vi.advanceTimersByTimeAsync(startPaceMs)
  expect(started).toEqual(['a', 'b'])
})

test('a fleet that is closed before its turn starts nothing', async () => {
  let begin = (): void => undefined
  const fleet = await fleetAfter(new Promise<void>((resolve) => (begin = resolve)), ['a'])
  await fleet.start('background')
  await fleet.close()
  begin()
  await vi.advanceTimersByTimeAsync(10 * startPaceMs)
  expect(started).toEqual([])
})

test('a refresh starts all at once and waits for them', async () => {
  const fleet = await fleetOf('a', 'b', 'c')
  await fleet.start('refresh')
  expect(started).toEqual(['a', 'b', 'c'])
})
