import { afterEach, describe, expect, it, vi } from 'vitest'
import { maxSubscriptions } from '../../src/main/gateway/mcp/session'
import { forgetAfterMs, longestHello, maxRemembered, maxSessions, Sessions } from '../../src/main/gateway/mcp/sessions'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import type { SessionTable } from '../../src/main/gateway/store/store'
import { bearer, openRawSession, postMcp } from '../support/gateway-http'
import { openRig, withTheTest } from '../support/gateway-rig'
import { answer, openHttpUpstream } from '../support/http-upstream'

afterEach(() => void vi.useRealTimers())

const draft = { clientId: 'c1', client: 'agent', group: null, protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} }

/** A table that counts what it keeps. */
function counted(): { readonly table: SessionTable; readonly kept: Set<string> } {
  const kept = new Set<string>()
  const { sessions } = createMemoryStore()
  const put: SessionTable['put'] = async (session) => void kept.add(session.id)
  const remove: SessionTable['remove'] = async (id) => void kept.delete(id)
  return { kept, table: { ...sessions, put, remove, touch: () => undefined } }
}

function housed(table: SessionTable): Sessions {
  const sessions = new Sessions(table, () => undefined)
  withTheTest(async () => sessions.close())
  return sessions
}

describe('law 9: a client that opens sessions and leaves them', () => {
  it('fills neither memory nor disk: the oldest are forgotten', async () => {
    const { table, kept } = counted()
    const sessions = housed(table)
    for (let n = 0; n < maxRemembered + 50; n++) await sessions.open(draft)
    expect([kept.size, sessions.count()]).toEqual([maxRemembered, maxSessions])
  })

  it('and those that nobody comes back for are forgotten while the gateway runs, whatever the store says to it', () => {
    vi.useFakeTimers()
    const pruned: string[] = []
    const prune = (before: string) => {
      pruned.push(before)
      throw new Error('disk full')
    }
    const { table } = counted()
    const sessions = new Sessions(
      { ...table, prune: (before) => (pruned.length === 0 ? pruned.push(before) : prune(before)) },
      () => undefined,
    )
    vi.advanceTimersByTime(3 * 60 * 60_000)
    expect(pruned.length).toBeGreaterThanOrEqual(3)
    expect(Date.now() - Date.parse(pruned.at(-1) ?? '')).toBeGreaterThanOrEqual(forgetAfterMs)
    sessions.close()
  })

  it('keeps nobody else out, though all of its sessions are busy', async () => {
    const sessions = housed(counted().table)
    for (let n = 0; n < maxSessions; n++) (await sessions.open(draft)).running.add({ id: 1, call: new AbortController() })
    await expect(sessions.open(draft)).rejects.toMatchObject({ code: 'limit.sessions' })
    expect(await sessions.open({ ...draft, clientId: 'c2' })).toBeDefined()
    expect(sessions.count()).toBe(maxSessions)
  })

  it('cannot make the gateway keep a book about it', async () => {
    const { gateway, listening } = await openRig()
    const { token } = gateway.clients.create({ name: 'agent' })
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x'.repeat(longestHello), version: '1' } }
    const reply = await postMcp(listening.endpoint, { jsonrpc: '2.0', id: 1, method: 'initialize', params }, bearer(token))
    expect([reply.status, gateway.status().sessions]).toEqual([413, 0])
  })
})

describe('law 9: a client that subscribes to everything', () => {
  it('is told when it has enough', async () => {
    const upstream = await openHttpUpstream({
      capabilities: { resources: { subscribe: true } },
      onRequest: (got, res) => {
        const { method } = got.message
        if (method === 'resources/list') answer(res, got, { resources: [] })
        else if (method === 'resources/templates/list') answer(res, got, { resourceTemplates: [{ name: 'any', uriTemplate: 'any://{n}' }] })
        else answer(res, got, {})
      },
    })
    withTheTest(() => upstream.close())
    const rig = await openRig()
    await rig.add({ name: 'any', url: upstream.url })
    const agent = await openRawSession(rig.listening.endpoint, { token: rig.gateway.clients.create({ name: 'agent' }).token })
    for (let n = 0; n < maxSubscriptions; n++) await agent.request('resources/subscribe', { uri: `any://${n}` })
    expect(await agent.request('resources/subscribe', { uri: 'any://more' })).toMatchObject({
      error: { data: { code: 'limit.in_flight' } },
    })
    expect(await agent.request('resources/subscribe', { uri: 'any://1' })).toMatchObject({ result: {} })
    await agent.request('resources/unsubscribe', { uri: 'any://1' })
    expect(await agent.request('resources/subscribe', { uri: 'any://more' })).toMatchObject({ result: {} })
  })
})
