import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ClientView } from '../../src/shared/records'
import { built, buildTimeoutMs } from '../support/cli-runner'
import { connectClient } from '../support/gateway-client'
import { openRawSession } from '../support/gateway-http'
import { gate, openToolServer } from '../support/gateway-upstream'
import { openRealGateway, type RealGateway } from '../support/real-gateway'

beforeAll(built, buildTimeoutMs)

const agents = 16
const enough = 400

function integrity({ place }: RealGateway, file: string): unknown {
  const database = new Database(join(place.folder, file), { readonly: true })
  try {
    return database.pragma('integrity_check', { simple: true })
  } finally {
    database.close()
  }
}
const whole = (gateway: RealGateway) => [integrity(gateway, 'gateway.db'), integrity(gateway, 'gateway.audit.db')]
const missing = <T>(wanted: readonly T[], there: ReadonlySet<T>) => wanted.filter((one) => !there.has(one))

/** What was acknowledged before the end. */
interface Acknowledged {
  readonly calls: readonly number[]
  readonly clients: readonly string[]
}

/** 16 agents that call without pause, a person who adds clients, and in the midst of it the end. */
async function workUntilKilled(gateway: RealGateway, token: string): Promise<Acknowledged> {
  const calls: number[] = []
  const clients: string[] = []
  let last = 0
  let onPlenty: (() => void) | undefined
  const agent = async () => {
    const session = await openRawSession(gateway.endpoint, { token })
    for (;;) {
      const n = ++last
      const answer = await session.call('up_echo', { n }).catch(() => undefined)
      if (!answer) return
      if (calls.push(n) === enough) onPlenty?.()
    }
  }
  const person = async () => {
    for (let made = 0; ; made++) {
      const name = `client-${made}`
      if ((await gateway.token(name).catch(() => undefined)) === undefined) return
      clients.push(name)
    }
  }
  const plenty = new Promise<void>((resolve) => (onPlenty = resolve))
  const working = [...Array.from({ length: agents }, agent), person()]
  await plenty
  await gateway.end('SIGKILL')
  await Promise.all(working)
  return { calls, clients }
}

describe('a gateway that is killed under load', () => {
  it('has a row of every call, calls `interrupted` what it did not end, and has lost no client and no server', async () => {
    const held = gate()
    const upstream = await openToolServer({ echo: ({ text, arguments: { n } }) => text(String(n)), hold: held.script })
    const gateway = await openRealGateway()
    await gateway.add({ name: 'up', url: upstream.url })
    const token = await gateway.token('agent')
    const session = await openRawSession(gateway.endpoint, { token })
    const holding = session.call('up_hold').catch(() => 'gone')
    await held.arrived(1)
    const acknowledged = await workUntilKilled(gateway, token)
    expect(await holding).toBe('gone')
    expect(whole(gateway)).toEqual(['ok', 'ok'])

    await gateway.again()
    const rows = await gateway.audit()
    const echoes = rows.filter(({ tool }) => tool === 'echo')
    const written = new Set(echoes.map((row) => (JSON.parse(row.arguments) as { readonly n: number }).n))
    const asked = upstream.asked('tools/call').filter(({ message }) => message.params?.name === 'echo')
    expect(missing(acknowledged.calls, written)).toEqual([])
    // Never a call without its row, also of those that nobody heard the end of.
    const reached = asked.map(({ message }) => (message.params?.arguments as { readonly n: number }).n)
    expect(missing(reached, written)).toEqual([])
    expect(echoes.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'interrupted')).toEqual([])
    expect(rows.find(({ tool }) => tool === 'hold')).toMatchObject({ outcome: 'interrupted', client: 'agent', session_id: session.id })
    const clients = (await gateway.admin('GET', '/clients')).body as ClientView[]
    expect(acknowledged.clients.length).toBeGreaterThan(0)
    expect(missing(acknowledged.clients, new Set(clients.map(({ name }) => name)))).toEqual([])

    await gateway.reaches('up', 'ready')
    const after = await connectClient(gateway.endpoint, { token })
    expect(await after.text('up_echo', { n: 'after' })).toBe('after')
    expect(await gateway.end()).toBe(0)
    expect(whole(gateway)).toEqual(['ok', 'ok'])
  })
})
