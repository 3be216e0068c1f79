import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { changeLimits, createHeldChanges, type Asking } from '../../src/main/gateway/held-changes'
import type { ChangeDraft } from '../../src/main/gateway/plugin'
import { GatewayError } from '../../src/shared/errors'
import { rememberingEmitter } from '../support/admin-doubles'

const draft: ChangeDraft = {
  kind: 'client.create',
  title: 'Give a new agent a token',
  details: [{ label: 'Name', before: null, after: 'ci' }],
  about: 'not shown',
}

function open(limits: { readonly textChars?: number } = {}) {
  const { told, emit } = rememberingEmitter()
  const held = createHeldChanges({ emit }, { ...changeLimits, ...limits })
  const done: string[] = []
  const ask = (asking: Partial<Asking> = {}, execute: () => Promise<void> = async () => void done.push('done')) => {
    const answer = held.hold(draft, { principal: 'admin', signal: new AbortController().signal, ...asking }, execute)
    answer.catch(() => undefined)
    return { answer, id: held.list().at(-1)?.id ?? '' }
  }
  const outcomes = () => told.flatMap(({ event, data }) => (event === 'change.closed' ? [(data as { outcome: string }).outcome] : []))
  return { held, told, done, ask, outcomes }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a held change', () => {
  it('is told of with everything that is shown, and nothing else', () => {
    const { held, told, ask, done } = open()
    const onHeld = vi.fn<() => void>()
    ask({ onHeld })
    const [change] = held.list()
    expect(change).toMatchObject({ kind: 'client.create', title: draft.title, details: draft.details, principal: 'admin' })
    expect(change).not.toHaveProperty('about')
    expect(Date.parse(change?.expires_at ?? '') - Date.parse(change?.created_at ?? '')).toBe(changeLimits.expiresMs)
    expect(told).toEqual([{ event: 'change.held', data: { change } }])
    expect(onHeld).toHaveBeenCalledOnce()
    expect(done).toEqual([])
  })

  it('is made once when it is confirmed, and then is none any more', async () => {
    const { held, ask, done, outcomes } = open()
    const { answer, id } = ask()
    await held.confirm(id)
    await answer
    expect(done).toEqual(['done'])
    expect(outcomes()).toEqual(['confirmed'])
    expect(held.list()).toEqual([])
    await expect(held.confirm(id)).rejects.toMatchObject({ code: 'change.not_found' })
    expect(() => held.reject(id)).toThrow(expect.objectContaining({ code: 'change.not_found' }) as Error)
    expect(done).toEqual(['done'])
  })

  it('that fails when it is made says so to whoever asked and to whoever confirmed', async () => {
    const { held, ask } = open()
    const { answer, id } = ask({}, () => Promise.reject(new GatewayError('change.stale', 'It has changed.')))
    await expect(held.confirm(id)).rejects.toMatchObject({ code: 'change.stale' })
    await expect(answer).rejects.toMatchObject({ code: 'change.stale' })
  })

  it.each([
    ['rejected', 'change.rejected', ({ held, id }) => held.reject(id)],
    ['expired', 'change.unanswered', () => vi.advanceTimersByTime(changeLimits.expiresMs)],
    ['withdrawn', 'call.cancelled', ({ leaving }) => leaving.abort()],
    ['withdrawn', 'gateway.closing', ({ held }) => held.close()],
  ] as readonly [string, string, (at: { held: ReturnType<typeof createHeldChanges>; id: string; leaving: AbortController }) => void][])(
    'that is %s is not made (%s)',
    async (outcome, code, end) => {
      const { held, ask, done, outcomes } = open()
      const leaving = new AbortController()
      const { answer, id } = ask({ signal: leaving.signal })
      end({ held, id, leaving })
      await expect(answer).rejects.toMatchObject({ code })
      expect(outcomes()).toEqual([outcome])
      await expect(held.confirm(id)).rejects.toMatchObject({ code: 'change.not_found' })
      leaving.abort()
      vi.advanceTimersByTime(changeLimits.expiresMs)
      expect([done, outcomes()]).toEqual([[], [outcome]])
    },
  )

  it('waits only while whoever asked is there and the gateway runs', async () => {
    const { held, ask, told } = open()
    await expect(ask({ signal: AbortSignal.abort() }).answer).rejects.toMatchObject({ code: 'call.cancelled' })
    held.close()
    await expect(ask().answer).rejects.toMatchObject({ code: 'gateway.closing' })
    expect(told).toEqual([])
  })
})

describe('held changes', () => {
  it('are limited in number; each that ends makes room', async () => {
    const { held, ask } = open()
    const first = ask()
    for (let count = 1; count < changeLimits.waiting; count++) ask()
    await expect(ask().answer).rejects.toMatchObject({ code: 'limit.changes' })
    expect(held.list()).toHaveLength(changeLimits.waiting)
    held.reject(first.id)
    ask()
    expect(held.list()).toHaveLength(changeLimits.waiting)
  })

  it('are limited in what a person is given to read', async () => {
    const { held, ask } = open({ textChars: 29 })
    await expect(ask().answer).rejects.toMatchObject({ code: 'input.too_large' })
    expect(held.list()).toEqual([])
  })
})
