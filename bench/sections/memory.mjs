// Resident memory of the gateway: idle with 10 upstreams, and after many calls.
import { McpSession, openPool } from '../client.mjs'
import { stop } from '../children.mjs'
import { prepareHome, removeHome, startGateway } from '../gateway.mjs'
import { withFixture } from '../lanes.mjs'
import { usageOf } from '../usage.mjs'

const upstreamCount = 10
const concurrency = 16

/** @param {import('../plan.mjs').Plan} plan */
export const memory = ({ mode = 'raw', memoryCalls, idleMs }) =>
  withFixture({ mode, tools: 50, count: upstreamCount }, async (upstreams) => {
    const home = await prepareHome(upstreams)
    const { child, endpoint } = await startGateway(home)
    const pool = openPool(endpoint)
    try {
      await pause(idleMs)
      const idle = await usageOf(child)
      const session = await new McpSession(pool, home.token).open()
      await callMany(session, memoryCalls)
      const busy = await usageOf(child)
      await pause(idleMs)
      const rested = await usageOf(child)
      return { figures: { rss_idle_mb: idle.rssMb, rss_busy_mb: Math.max(busy.rssMb, rested.rssMb) }, samples: {} }
    } finally {
      await pool.destroy()
      await stop(child)
      removeHome(home)
    }
  })

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** @param {McpSession} session @param {number} count */
async function callMany(session, count) {
  let begun = 0
  const work = async () => {
    while (begun < count) {
      const turn = begun++
      await session.call(`u${turn % upstreamCount}_echo_${turn % 40}`, `call number ${turn}`)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
}
