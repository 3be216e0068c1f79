import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backOffMs, createBackOff } from '../../src/main/desktop/back-off'
import { createEventPace, mostAuditEventsPerSecond } from '../../src/main/desktop/event-pace'
import { createInbox } from '../../src/main/desktop/inbox'
import type { GatewayEvent } from '../../src/shared/events'
import { aCall, anApproval, anEvent } from '../support/desktop-facts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a page that fails', () => {
  it('waits twice as long each time, up to a limit', () => {
    const next = createBackOff(() => 0)
    const waits = Array.from({ length: 10 }, next)
    expect(waits.slice(0, 4)).toEqual([250, 500, 1000, 2000])
    expect(waits.at(-1)).toBe(backOffMs.longest)
  })

  it('begins anew after a minute without a failure', () => {
    let now = 0
    const next = createBackOff(() => now)
    next()
    next()
    now += backOffMs.mendedAfter + 1
    expect(next()).toBe(backOffMs.first)
  })
})

describe('events on their way to a window', () => {
  const called = (id: number) => anEvent('audit.appended', { entry: aCall({ id }) })

  it('arrive at once, whatever else is held back', () => {
    const heard: GatewayEvent[] = []
    const pace = createEventPace((event) => heard.push(event))
    for (let id = 0; id < 100; id++) pace.hear(called(id))
    pace.hear(anEvent('approval.created', { approval: anApproval() }))
    expect(heard.map(({ event }) => event)).toEqual(['audit.appended', 'approval.created'])
    pace.close()
  })

  it('come no faster than a window can follow, and the newest always comes', () => {
    const heard: GatewayEvent[] = []
    const pace = createEventPace((event) => heard.push(event))
    for (let id = 0; id < 1000; id++) {
      pace.hear(called(id))
      vi.advanceTimersByTime(1)
    }
    vi.advanceTimersByTime(1000)
    expect(heard.length).toBeLessThanOrEqual(mostAuditEventsPerSecond + 2)
    expect(heard.at(-1)).toEqual(called(999))
    pace.close()
  })

  it('end with the app', () => {
    const heard: GatewayEvent[] = []
    const pace = createEventPace((event) => heard.push(event))
    pace.hear(called(1))
    pace.hear(called(2))
    pace.close()
    vi.advanceTimersByTime(1000)
    expect(heard).toEqual([called(1)])
  })
})

describe('what comes before anybody listens', () => {
  it('waits in its order, and everything after it comes at once', () => {
    const inbox = createInbox<number>()
    inbox.put(1)
    inbox.put(2)
    const heard: number[] = []
    inbox.open((item) => heard.push(item))
    inbox.put(3)
    expect(heard).toEqual([1, 2, 3])
  })
})
