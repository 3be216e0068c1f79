import type { Pool } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { printed, startNode, startProgram, stop, type Child } from '../../bench/children.mjs'
import { McpSession, openPool } from '../../bench/client.mjs'
import { bigLength, fixtureTools } from '../../bench/fixture.mjs'
import { interleave, measure } from '../../bench/lanes.mjs'
import { askProbe, usageOf } from '../../bench/usage.mjs'

const children: Child[] = []
const pools: Pool[] = []
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.destroy()))
  await Promise.all(children.splice(0).map(stop))
})

async function start(name: string, ...args: string[]) {
  const { child, endpoints } = await startProgram(name, args)
  children.push(child)
  return { child, endpoints, endpoint: endpoints[0] ?? '' }
}

async function open(endpoint: string) {
  const pool = openPool(endpoint)
  pools.push(pool)
  return new McpSession(pool).open()
}

describe.each(['raw', 'json', 'sse'])('the fixture, %s', (mode) => {
  it('lists its tools, returns the text of a call and 1 MiB of its big one, on as many ports as asked for', async () => {
    const { endpoints } = await start('fixture', '--mode', mode, '--tools', '5', '--count', '2')
    expect(new Set(endpoints).size).toBe(2)
    for (const endpoint of endpoints) {
      const session = await open(endpoint)
      expect((await session.listTools()).map(({ name }) => name)).toEqual(fixtureTools(5).map(({ name }) => name))
      await session.call('echo_0', 'a "quoted" text\nof two lines')
      await session.call('big', '', bigLength)
      await session.close()
    }
  })
})

describe.each(['relay', 'sdk-gateway'])('the %s', (gateway) => {
  it('lists and calls the tools of every upstream under its prefix', async () => {
    const { endpoints } = await start('fixture', '--tools', '3', '--count', '2')
    const session = await open((await start(gateway, '--upstreams', endpoints.join(','))).endpoint)
    const names = (await session.listTools()).map(({ name }) => name)
    expect(names).toEqual(['u0_echo_0', 'u0_echo_1', 'u0_big', 'u1_echo_0', 'u1_echo_1', 'u1_big'])
    await session.call('u0_echo_1', 'one')
    await session.call('u1_big', '', bigLength)
  })
})

describe('the load', () => {
  it('takes no wrong answer for a fast one', async () => {
    const session = await open((await start('fixture', '--tools', '2')).endpoint)
    await expect(session.call('big', 'short')).rejects.toThrow(/^big: /)
    await expect(session.request('tools/none')).rejects.toThrow(/Method not found/)
  })

  it('measures each way once in a round, and leaves out the rounds for warming up', async () => {
    const { endpoint, child } = await start('fixture')
    const session = await open(endpoint)
    const lane = (name: string) => ({ name, endpoint, child, pool: session.pool, toolName: () => 'echo_0', close: async () => undefined })
    const order: string[] = []
    const samples = await interleave({ a: lane('a'), b: lane('b') }, { warmUps: 1, rounds: 2 }, async (way) => {
      order.push(way.name)
      return measure(way, () => session.call('echo_0', 'text'), { concurrency: 4, ms: 30 })
    })
    expect(order.join('')).toBe('abbaab')
    expect([samples.a.length, samples.b.length]).toEqual([2, 2])
    for (const { calls, p50, p95, cpuUs } of [...samples.a, ...samples.b]) {
      expect(calls).toBeGreaterThan(4)
      expect(p95).toBeGreaterThanOrEqual(p50)
      expect(cpuUs).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('a process', () => {
  it('has used what the kernel says, and says so itself', async () => {
    const busy = startNode('-e', ['let n = 0; while (performance.now() < 400) n++; console.log("done"); setInterval(() => n, 1000)'], {
      probed: true,
    })
    children.push(busy)
    await new Promise((resolve) => busy.stdout?.once('data', resolve))
    const [seen, told] = [await usageOf(busy), await askProbe(busy)]
    expect(told.cpuMs).toBeGreaterThan(50)
    expect(Math.abs(seen.cpuMs - told.cpuMs)).toBeLessThan(0.3 * told.cpuMs)
    expect(Math.abs(seen.rssMb - told.rssMb)).toBeLessThan(0.3 * told.rssMb)
  })

  it('ends with its program', async () => {
    const { child } = await start('fixture')
    await stop(child)
    expect(child.exitCode ?? child.signalCode).not.toBeNull()
  })

  it('that ends before it is ready is a failure, not a wait', async () => {
    await expect(printed(startNode('-e', ['process.exit(3)']), /ready/)).rejects.toThrow(/Ended with 3/)
  })
})
