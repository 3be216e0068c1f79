import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createWatch, watchPaceMs } from '../../src/main/desktop/watch'
import { aCall, aChange, anApproval, anEvent, aStatus } from '../support/desktop-facts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const open = () => {
  const parts = { status: vi.fn(() => aStatus()), recent: () => [aCall({ id: 1 })], changed: vi.fn() }
  return { parts, watch: createWatch(parts) }
}

describe('what the tray shows', () => {
  it('begins with what is so: status and calls of earlier days', () => {
    const { facts } = open().watch
    expect(facts()).toMatchObject({ status: aStatus(), recent: [aCall({ id: 1 })], pending: [], closing: false })
  })

  it('knows what waits, at once', () => {
    const { watch, parts } = open()
    watch.hear(anEvent('approval.created', { approval: anApproval({ id: 'x' }) }))
    watch.hear(anEvent('change.held', { change: aChange() }))
    vi.advanceTimersByTime(0)
    expect(watch.facts()).toMatchObject({ pending: [{ id: 'x' }], changes: [{ id: 'change' }] })
    watch.hear(anEvent('approval.closed', { approval: anApproval({ id: 'x' }) }))
    watch.hear(anEvent('change.closed', { id: 'change', outcome: 'confirmed' }))
    vi.advanceTimersByTime(0)
    expect(watch.facts()).toMatchObject({ pending: [], changes: [] })
    expect(parts.changed).toHaveBeenCalledTimes(2)
  })

  it('has the last five calls, each once', () => {
    const { watch } = open()
    for (let id = 2; id < 9; id++) watch.hear(anEvent('audit.appended', { entry: aCall({ id, outcome: 'running' }) }))
    watch.hear(anEvent('audit.appended', { entry: aCall({ id: 8 }) }))
    expect(watch.facts().recent.map(({ id }) => id)).toEqual([8, 7, 6, 5, 4])
  })

  it('does not ask the gateway for every call of hundreds', () => {
    const { watch, parts } = open()
    for (let id = 0; id < 200; id++) {
      watch.hear(anEvent('audit.appended', { entry: aCall({ id }) }))
      vi.advanceTimersByTime(10)
    }
    vi.advanceTimersByTime(watchPaceMs.call)
    expect(parts.status.mock.calls.length).toBeLessThanOrEqual(3)
  })

  it('asks the gateway nothing once it is closing', () => {
    const { watch, parts } = open()
    watch.hear(anEvent('gateway.closing', {}))
    vi.advanceTimersByTime(10)
    expect(parts.status).toHaveBeenCalledOnce()
    expect(watch.facts().closing).toBe(true)
  })

  it('tells nothing any more once it is closed', () => {
    const { watch, parts } = open()
    watch.hear(anEvent('gateway.paused', { paused_since: 'now' }))
    watch.close()
    watch.hear(anEvent('gateway.paused', { paused_since: null }))
    vi.advanceTimersByTime(10_000)
    expect(parts.changed).not.toHaveBeenCalled()
  })
})
