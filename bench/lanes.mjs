/*
 * The ways from the load to the fixture that are measured against each other in one run: straight, through the floor, through a
 * gateway made of the SDK, through ours. Every gateway calls its upstreams `u0`, `u1`, …
 */
import { startProgram, stop } from './children.mjs'
import { McpSession, openPool } from './client.mjs'
import { sampleOf } from './figures.mjs'
import { prepareHome, removeHome, startGateway } from './gateway.mjs'
import { usageOf } from './usage.mjs'

/** @typedef {import('./figures.mjs').Sample} Sample */

/**
 * @typedef {object} Lane
 * @property {string} name
 * @property {string} endpoint
 * @property {import('undici').Pool} pool
 * @property {(upstream: number, tool: string) => string} toolName
 * @property {import('./children.mjs').Child} [child] whose CPU time is counted
 * @property {string} [token]
 * @property {() => Promise<void>} close
 */

/** @typedef {'direct' | 'floor' | 'sdk' | 'ours' | 'ours, audit off'} LaneName */

const plain = (/** @type {number} */ _upstream, /** @type {string} */ tool) => tool
const prefixed = (/** @type {number} */ upstream, /** @type {string} */ tool) => `u${upstream}_${tool}`

/** @param {LaneName} name @param {readonly string[]} upstreams @returns {Promise<Lane>} */
async function openLane(name, upstreams) {
  if (name === 'direct') return directLane(String(upstreams[0]))
  if (name === 'floor') return programLane(name, 'relay', upstreams)
  if (name === 'sdk') return programLane(name, 'sdk-gateway', upstreams)
  return ourLane(name, upstreams, name === 'ours')
}

/** @param {string} endpoint @returns {Lane} */
function directLane(endpoint) {
  const pool = openPool(endpoint)
  return { name: 'direct', endpoint, pool, toolName: plain, close: () => pool.destroy() }
}

/** @param {string} name @param {string} program @param {readonly string[]} upstreams @returns {Promise<Lane>} */
async function programLane(name, program, upstreams) {
  const { child, endpoints } = await startProgram(program, ['--upstreams', upstreams.join(',')])
  const endpoint = String(endpoints[0])
  const pool = openPool(endpoint)
  return { name, endpoint, pool, child, toolName: prefixed, close: async () => void (await pool.destroy(), await stop(child)) }
}

/** @param {string} name @param {readonly string[]} upstreams @param {boolean} audit @returns {Promise<Lane>} */
export async function ourLane(name, upstreams, audit = true) {
  const home = await prepareHome(upstreams, { audit })
  const { child, endpoint } = await startGateway(home)
  const pool = openPool(endpoint)
  const close = async () => {
    await pool.destroy()
    await stop(child)
    removeHome(home)
  }
  return { name, endpoint, pool, child, token: home.token, toolName: prefixed, close }
}

/**
 * A fixture and ways to it, for as long as the work takes.
 * @template {LaneName} Name
 * @param {{ mode: string, tools?: number, lanes: readonly Name[] }} setup
 * @param {(lanes: Record<Name, Lane>) => Promise<any>} work
 */
export const withLanes = ({ mode, tools = 50, lanes: names }, work) =>
  withFixture({ mode, tools, count: 1 }, async (upstreams) => {
    /** @type {Record<string, Lane>} */
    const lanes = {}
    try {
      for (const name of names) lanes[name] = await openLane(name, upstreams)
      return await work(/** @type {Record<Name, Lane>} */ (lanes))
    } finally {
      for (const lane of Object.values(lanes)) await lane.close()
    }
  })

/**
 * @template Result
 * @param {{ mode: string, tools: number, count: number }} setup
 * @param {(upstreams: readonly string[]) => Promise<Result>} work
 */
export async function withFixture({ mode, tools, count }, work) {
  const fixture = await startProgram('fixture', ['--mode', mode, '--tools', String(tools), '--count', String(count)])
  try {
    return await work(fixture.endpoints)
  } finally {
    await stop(fixture.child)
  }
}

/** @param {Lane} lane */
export const openSession = (lane) => new McpSession(lane.pool, lane.token).open()

/**
 * Keeps so many calls under way for so long.
 * @param {Lane} lane
 * @param {(worker: number) => Promise<unknown>} call
 * @param {{ concurrency: number, ms: number }} load
 * @returns {Promise<Sample>}
 */
export async function measure({ child }, call, { concurrency, ms }) {
  /** @type {number[]} */
  const latencies = []
  const before = child && (await usageOf(child))
  const started = performance.now()
  const work = async (/** @type {number} */ worker) => {
    for (let at = performance.now(); at - started < ms;) {
      await call(worker)
      const end = performance.now()
      latencies.push(end - at)
      at = end
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, worker) => work(worker)))
  const seconds = (performance.now() - started) / 1000
  const after = child && (await usageOf(child))
  return sampleOf(latencies, seconds, after && before && after.cpuMs - before.cpuMs)
}

/**
 * Every way once in each round, forwards and backwards by turns, so that none is always first.
 * @template {string} Name
 * @param {Record<Name, Lane>} lanes
 * @param {{ warmUps: number, rounds: number }} plan
 * @param {(lane: Lane) => Promise<Sample>} once
 * @returns {Promise<Record<Name, Sample[]>>}
 */
export async function interleave(lanes, { warmUps, rounds }, once) {
  const names = /** @type {Name[]} */ (Object.keys(lanes))
  const samples = /** @type {Record<Name, Sample[]>} */ (Object.fromEntries(names.map((name) => [name, /** @type {Sample[]} */ ([])])))
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const sample = await once(lanes[name])
      if (round >= warmUps) samples[name].push(sample)
    }
  }
  return samples
}
