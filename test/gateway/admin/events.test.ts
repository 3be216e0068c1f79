import { afterEach, expect, it, vi } from 'vitest'
import type { GatewayEvent } from '../../../src/shared/events'
import { eventLimits, eventRoutes } from '../../../src/main/gateway/admin/events'
import { createEvents } from '../../../src/main/gateway/events'

/** An emitter that knows how many listen, and the stream's routes over it. */
function newStream(limits: { streams?: number; bufferedBytes?: number } = {}) {
  const events = createEvents()
  const listening = new Set<unknown>()
  const onEvent = (listener: (event: GatewayEvent) => void) => {
    const stop = events.on(listener)
    listening.add(listener)
    return () => {
      listening.delete(listener)
      stop()
    }
  }
  const routes = eventRoutes({ onEvent }, { ...eventLimits, ...limits })
  const open = async () => {
    const response = await routes.request('/', {}, { principal: 'admin' })
    return { response, ...readerOf(response) }
  }
  return { events, listening, open, routes }
}

function readerOf(response: Response) {
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body!.getReader()
  const decoder = new TextDecoder()
  const next = async () => {
    const { done, value } = await reader.read()
    return done ? undefined : decoder.decode(value)
  }
  return { next, leave: () => reader.cancel() }
}

afterEach(() => {
  vi.useRealTimers()
})

it('tells at once that it stands, then every event with a number, a name and its data', async () => {
  const { events, open } = newStream()
  const { response, next } = await open()
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(await next()).toBe('retry: 2000\n: connected\n\n')
  events.emit('groups.changed', { ids: ['two\nlines'] })
  events.emit('session.closed', { session_id: 's' })
  const first = (await next())!.split('\n')
  expect(first.slice(0, 2)).toEqual(['id: 1', 'event: groups.changed'])
  expect(JSON.parse(first[2]!.slice('data: '.length))).toMatchObject({ event: 'groups.changed', data: { ids: ['two\nlines'] } })
  expect(first.slice(3)).toEqual(['', ''])
  expect(await next()).toMatch(/^id: 2\nevent: session.closed\n/)
})

it('says every 15 seconds that it is still there', async () => {
  vi.useFakeTimers()
  const { open } = newStream()
  const { next } = await open()
  await next()
  vi.advanceTimersByTime(15_000)
  expect(await next()).toBe(': keep-alive\n\n')
})

it('stops listening when the reader leaves, and has room for another', async () => {
  const { listening, open } = newStream({ streams: 1 })
  const { leave } = await open()
  expect(listening.size).toBe(1)
  await leave()
  expect(listening.size).toBe(0)
  const { next } = await open()
  expect(await next()).toContain('connected')
})

it('drops a reader that falls too far behind, and nobody else', async () => {
  const { events, listening, open } = newStream({ bufferedBytes: 4096 })
  const slow = await open()
  const fast = await open()
  await fast.next()
  for (let count = 1; count <= 100; count += 1) {
    events.emit('session.closed', { session_id: 'x'.repeat(100) })
    expect(await fast.next()).toMatch(new RegExp(`^id: ${count}\n`))
  }
  expect(listening.size).toBe(1)
  await expect(slow.next()).rejects.toThrow('too far behind')
})

it('ends with the gateway', async () => {
  const { events, listening, open } = newStream()
  const { next } = await open()
  await next()
  events.emit('gateway.closing', {})
  expect(await next()).toMatch(/event: gateway.closing/)
  expect(await next()).toBeUndefined()
  expect(listening.size).toBe(0)
})

it('has a published number of streams', async () => {
  const { open, routes } = newStream()
  for (let count = 0; count < eventLimits.streams; count += 1) await open()
  const failed: unknown[] = []
  routes.onError((thrown, c) => {
    failed.push(thrown)
    return c.body(null, 429)
  })
  expect((await routes.request('/', {}, { principal: 'admin' })).status).toBe(429)
  expect(failed).toMatchObject([{ code: 'limit.sessions' }])
})

it('a HEAD opens no stream', async () => {
  const { listening, routes } = newStream()
  const response = await routes.request('/', { method: 'HEAD' }, { principal: 'admin' })
  expect(response.status).toBe(200)
  expect(listening.size).toBe(0)
})
