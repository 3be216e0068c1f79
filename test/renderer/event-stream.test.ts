import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventStream } from '../../src/renderer/event-stream'

/** A gateway's stream of events, opened as often as it is asked for while it is up. */
function gateway() {
  const streams: ReadableStreamDefaultController<Uint8Array>[] = []
  const state = { isUp: true, asked: 0 }
  const open = async (): Promise<Response> => {
    state.asked++
    if (!state.isUp) throw new TypeError('Failed to fetch')
    return new Response(new ReadableStream({ start: (controller) => void streams.push(controller) }))
  }
  const send = (text: string) => streams.at(-1)?.enqueue(new TextEncoder().encode(text))
  return { state, open, send, end: () => streams.at(-1)?.close() }
}

const block = (event: string) => `event: ${event}\ndata: ${JSON.stringify({ event, at: '', data: {} })}\n\n`

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the events of the gateway in a browser', () => {
  it('come by one connection to all who listen', async () => {
    const { state, open, send } = gateway()
    const stream = eventStream(open)
    const heard: string[] = []
    stream.listen(({ event }) => heard.push(`first ${event}`))
    const stop = stream.listen(({ event }) => heard.push(`second ${event}`))
    await vi.advanceTimersByTimeAsync(0)
    send(block('gateway.closing'))
    await vi.advanceTimersByTimeAsync(0)
    stop()
    send(block('policy.changed'))
    await vi.advanceTimersByTimeAsync(0)
    expect(heard).toEqual(['first gateway.closing', 'second gateway.closing', 'first policy.changed'])
    expect(state.asked).toBe(1)
  })

  it('are put together from pieces, and comments say nothing', async () => {
    const { open, send } = gateway()
    const heard: string[] = []
    eventStream(open).listen(({ event }) => heard.push(event))
    await vi.advanceTimersByTimeAsync(0)
    const text = `: connected\n\n${block('policy.changed')}`
    send(text.slice(0, 30))
    send(text.slice(30))
    await vi.advanceTimersByTimeAsync(0)
    expect(heard).toEqual(['policy.changed'])
  })

  it('are asked for again when they end, and whoever wants to know hears of both', async () => {
    const { state, open, end } = gateway()
    const stream = eventStream(open)
    const breaks: boolean[] = []
    stream.onBreak((isBack) => breaks.push(isBack))
    stream.listen(() => undefined)
    await vi.advanceTimersByTimeAsync(0)
    expect(breaks).toEqual([])
    state.isUp = false
    end()
    await vi.advanceTimersByTimeAsync(7000)
    expect(breaks).toEqual([false])
    state.isUp = true
    await vi.advanceTimersByTimeAsync(2000)
    expect(breaks).toEqual([false, true])
  })

  it('are asked for at once when they are woken, as by somebody who signs in', async () => {
    const { state, open } = gateway()
    state.isUp = false
    const stream = eventStream(open)
    stream.listen(() => undefined)
    await vi.advanceTimersByTimeAsync(0)
    state.isUp = true
    stream.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(state.asked).toBe(2)
  })

  it('are no longer asked for when nobody listens', async () => {
    const { state, open, end } = gateway()
    const stop = eventStream(open).listen(() => undefined)
    await vi.advanceTimersByTimeAsync(0)
    stop()
    end()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(state.asked).toBe(1)
  })
})
