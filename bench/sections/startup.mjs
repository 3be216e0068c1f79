/*
 * From the start of the process to the first complete `tools/list`, answered from the stored catalogue; the upstreams are there and
 * are connected in the background meanwhile. The load knocks on the port until it opens, as a client would.
 */
import { createServer, connect } from 'node:net'
import { stop } from '../children.mjs'
import { McpSession, openPool } from '../client.mjs'
import { median } from '../figures.mjs'
import { prepareHome, removeHome, startServe } from '../gateway.mjs'
import { withFixture } from '../lanes.mjs'

const counts = [10, 100]
const tools = 50
const knockMs = 2

/** @param {import('../plan.mjs').Plan} plan */
export const startup = ({ mode = 'raw', starts }) =>
  withFixture({ mode, tools, count: 100 }, async (upstreams) => {
    const homes = []
    try {
      for (const count of counts) homes.push(await prepareHome(upstreams.slice(0, count)))
      /** @type {number[][]} */
      const times = counts.map(() => [])
      for (let round = 0; round <= starts; round++) {
        for (const [i, home] of homes.entries()) {
          const ms = await timeToList(home, Number(counts[i]) * tools)
          if (round > 0) times[i]?.push(ms)
        }
      }
      const [ten = [], hundred = []] = times
      return { figures: { startup_ms_10: median(ten), startup_ms_100: median(hundred) }, samples: {} }
    } finally {
      homes.forEach(removeHome)
    }
  })

/** @param {import('../gateway.mjs').Home} home @param {number} expected tools */
async function timeToList(home, expected) {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}/mcp`
  const started = performance.now()
  const child = startServe(home.folder, '--port', String(port))
  const pool = openPool(endpoint)
  try {
    while (!(await isOpen(port))) await new Promise((resolve) => setTimeout(resolve, knockMs))
    const list = await (await new McpSession(pool, home.token).open()).listTools()
    const ms = performance.now() - started
    const theirs = list.filter(({ name }) => /^u\d+_/.test(name))
    if (theirs.length !== expected) throw new Error(`The first list has ${theirs.length} tools of upstreams instead of ${expected}.`)
    return ms
  } finally {
    await pool.destroy()
    await stop(child)
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (/** @type {boolean} */ open) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}
