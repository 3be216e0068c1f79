import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { maxStreams, resumeGraceMs, Session } from '../../../src/main/gateway/mcp/session'
import { forgetAfterMs, houseMs, maxSessions, Sessions, sleepAfterMs } from '../../../src/main/gateway/mcp/sessions'
import { createMemoryStore } from '../../../src/main/gateway/store/memory'
import type { SessionTable } from '../../../src/main/gateway/store/store'

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 1) }))
afterEach(() => void vi.useRealTimers())

const draft = { clientId: 'c1', client: 'agent', group: null, protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} }

function openHouse(table: SessionTable = createMemoryStore().sessions) {
  const closed: string[] = []
  const sessions = new Sessions(table, (session) => void closed.push(session.id))
  return { sessions, table, closed, find: (id: string) => sessions.find(id, 'c1', 'agent', null) }
}

describe('sessions', () => {
  it('are found by the client and in the view that opened them, by nobody else', async () => {
    const { sessions } = openHouse()
    const { id } = await sessions.open({ ...draft, group: 'inner' })
    expect(sessions.find(id, 'c1', 'agent', 'inner')?.id).toBe(id)
    expect(sessions.find(id, 'c2', 'agent', 'inner')).toBeUndefined()
    expect(sessions.find(id, 'c1', 'agent', null)).toBeUndefined()
    expect(sessions.find(id, 'c1', 'agent', 'outer')).toBeUndefined()
  })

  it('outlive the gateway: the next one knows them, and tells them to list again', async () => {
    const { sessions, table } = openHouse()
    const { id } = await sessions.open({ ...draft, capabilities: { roots: {} }, protocolVersion: '2025-06-18' })
    sessions.close()
    const { find, sessions: next } = openHouse(table)
    expect(next.find(id, 'c2', 'other', null)).toBeUndefined()
    const woken = find(id)
    expect(woken?.record).toMatchObject({ protocol_version: '2025-06-18', capabilities: { roots: {} } })
    expect([...(woken?.untold ?? [])]).toEqual(['tools', 'prompts', 'resources'].map((list) => `notifications/${list}/list_changed`))
    expect(find(id)).toBe(woken)
  })

  it('give no id twice, not even after a restart: an old answer or stream never meets a new question', async () => {
    const { sessions, table } = openHouse()
    const first = await sessions.open(draft)
    const listener = { lost: () => undefined, abandoned: () => undefined }
    const before = [first.nextId(), first.nextId(), first.openStream(listener).name]
    sessions.close()
    const again = openHouse(table).find(first.id)
    const after = [again?.nextId(), again?.nextId(), again?.openStream(listener).name]
    expect(new Set([...before, ...after]).size).toBe(6)
  })

  it('end for good: an ended one is unknown also to the next gateway', async () => {
    const { sessions, table, find, closed } = openHouse()
    const session = await sessions.open(draft)
    await sessions.end(session)
    expect([find(session.id), closed, session.over.aborted]).toEqual([undefined, [session.id], true])
    sessions.close()
    expect(openHouse(table).find(session.id)).toBeUndefined()
  })

  it('of one client end together when its access is taken away', async () => {
    const { sessions, find } = openHouse()
    const ids = [(await sessions.open(draft)).id, (await sessions.open(draft)).id]
    const other = await sessions.open({ ...draft, clientId: 'c2' })
    await sessions.endClient('c1')
    expect(ids.map(find)).toEqual([undefined, undefined])
    expect(sessions.find(other.id, 'c2', 'agent', null)).toBe(other)
  })
})

describe('the limits of sessions', () => {
  it(`are ${maxSessions} in memory: the one that was silent longest falls asleep, and wakes when it is called`, async () => {
    const { sessions, closed, find } = openHouse()
    const first = await sessions.open(draft)
    await vi.advanceTimersByTimeAsync(10)
    const second = await sessions.open(draft)
    await vi.advanceTimersByTimeAsync(10)
    find(first.id)
    for (let n = 2; n <= maxSessions; n++) await sessions.open(draft)
    expect([sessions.count(), closed]).toEqual([maxSessions, [second.id]])
    expect(find(second.id)?.id).toBe(second.id)
    expect(sessions.count()).toBe(maxSessions)
  })

  it('refuse a new one when all of them are busy', async () => {
    const { sessions } = openHouse()
    for (let n = 0; n < maxSessions; n++) (await sessions.open(draft)).running.add({ id: 1, call: new AbortController() })
    await expect(sessions.open(draft)).rejects.toMatchObject({ code: 'limit.sessions' })
  })

  it(`let one sleep after ${sleepAfterMs / 60_000} minutes of silence, and give back what it held`, async () => {
    const { sessions, closed, find } = openHouse()
    const session = await sessions.open(draft)
    const close = vi.fn(async () => undefined)
    session.links.set('s1', Promise.resolve({ close } as never))
    await vi.advanceTimersByTimeAsync(sleepAfterMs - houseMs)
    expect(closed).toEqual([])
    await vi.advanceTimersByTimeAsync(2 * houseMs)
    expect([closed, close.mock.calls.length]).toEqual([[session.id], 1])
    expect(find(session.id)?.links.size).toBe(0)
  })

  it('let none sleep that has a call under way or listens', async () => {
    const { sessions, closed } = openHouse()
    ;(await sessions.open(draft)).running.add({ id: 1, call: new AbortController() })
    ;(await sessions.open(draft)).direct = () => undefined
    await vi.advanceTimersByTimeAsync(2 * sleepAfterMs)
    expect(closed).toEqual([])
  })

  it(`forget one that was silent for ${forgetAfterMs / 86_400_000} days`, async () => {
    const { sessions, table } = openHouse()
    const { id } = await sessions.open(draft)
    sessions.close()
    vi.setSystemTime(Date.now() + forgetAfterMs - 1_000)
    const { sessions: next, find } = openHouse(table)
    expect(find(id)?.id).toBe(id)
    next.close()
    vi.setSystemTime(Date.now() + forgetAfterMs + 1_000)
    const { find: findLater } = openHouse(table)
    expect(findLater(id)).toBeUndefined()
    expect(table.get(id)).toBeUndefined()
  })
})

describe('the streams of a session', () => {
  const aSession = () => new Session({ id: 's', group: null, capabilities: {} } as never, 'agent')
  const listener = () => ({ lost: vi.fn(), abandoned: vi.fn() })

  it(`that nobody came back for within ${resumeGraceMs / 1_000} s are given up, and so are their calls`, () => {
    const session = aSession()
    const heard = listener()
    const stream = session.openStream(heard)
    stream.lostAt = Date.now()
    session.tend(Date.now() + resumeGraceMs)
    expect(heard.abandoned).not.toHaveBeenCalled()
    session.tend(Date.now() + resumeGraceMs + 1)
    expect([heard.abandoned.mock.calls.length, session.streams.size]).toEqual([1, 0])
  })

  it('that have ended are forgotten, except those that a client may still come back for', () => {
    const session = aSession()
    const [done, lost] = [session.openStream(listener()), session.openStream(listener())]
    done.end()
    lost.end()
    lost.lostAt = Date.now()
    session.tend(Date.now() + 1)
    expect([...session.streams.keys()]).toEqual([lost.name])
  })

  it(`are ${maxStreams} at most: the oldest that have ended go first`, () => {
    const session = aSession()
    const first = session.openStream(listener())
    for (let n = 0; n < 2 * maxStreams; n++) session.openStream(listener()).end()
    expect(session.streams.size).toBeLessThanOrEqual(maxStreams + 1)
    expect(session.streams.get(first.name)).toBe(first)
  })
})
