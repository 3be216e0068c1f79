// Our gateway, as people run it: the built `fast-gateway serve` on a folder of its own, set up over its admin API.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printed, startNode, stop } from './children.mjs'

const cli = fileURLToPath(new URL('../out/main/cli.js', import.meta.url))
const adminToken = 'admin-token-of-the-benchmark'
const approverToken = 'approver-of-the-benchmark'
const readyMs = 60_000

/**
 * @typedef {object} Home
 * @property {string} folder
 * @property {string} token opens /mcp
 */

/** @typedef {import('./children.mjs').Child} Child */

/** Variables that a gateway is started with to be set up by us. */
export const credentials = { FAST_GATEWAY_ADMIN_TOKEN: adminToken, FAST_GATEWAY_APPROVER_TOKEN: approverToken }

const configOf = (/** @type {string} */ folder) => join(folder, 'gateway.json')

/** @param {string} folder @param {readonly string[]} args */
export const startServe = (folder, ...args) =>
  startNode(cli, ['serve', '--config', configOf(folder), '--log-level', 'error', ...args], {
    env: { ...process.env, ...credentials },
  })

/** @param {Child} child @returns {Promise<string>} its MCP endpoint */
export async function endpointOf(child) {
  const [, endpoint = ''] = await printed(child, /^MCP endpoint +: (\S+)$/m)
  return endpoint
}

/**
 * A folder with these upstreams registered and their catalogues stored. Tokens on; the default policy but for what is said here.
 * @param {readonly string[]} upstreams endpoints, named `u0`, `u1`, …
 * @param {{ audit?: boolean, confirm?: readonly string[] }} [policy]
 * @returns {Promise<Home>}
 */
export async function prepareHome(upstreams, policy = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-bench-'))
  writeFileSync(configOf(folder), JSON.stringify({ policy: { audit: true, ...policy } }))
  const child = startServe(folder, '--port', '0')
  try {
    const admin = adminOf(await endpointOf(child))
    for (const { id } of await admin('GET', '/servers')) await admin('DELETE', `/servers/${id}`)
    for (const [i, url] of upstreams.entries()) await admin('POST', '/servers', { name: `u${i}`, transport: 'http', url })
    await untilReady(admin)
    const { token } = await admin('POST', '/clients', { name: 'bench' })
    return { folder, token }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  } finally {
    await stop(child)
  }
}

/** The gateway on a prepared folder. Its admin API is left alone, as it is in most of a gateway's life. @param {Home} home */
export async function startGateway({ folder }) {
  const child = startServe(folder, '--port', '0')
  try {
    return { child, endpoint: await endpointOf(child) }
  } catch (error) {
    await stop(child)
    throw error
  }
}

export const removeHome = (/** @type {Home} */ { folder }) => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })

/** @typedef {(method: string, path: string, body?: object) => Promise<any>} Admin */

/** @param {string} endpoint @param {string} [token] @returns {Admin} */
const adminOf =
  (endpoint, token = adminToken) =>
  async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(new URL(`/admin${path}`, endpoint), { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }

/** What a person may do who has the approver credential. @param {string} endpoint */
export const approverOf = (endpoint) => adminOf(endpoint, approverToken)

/** Every upstream is connected and listed. @param {Admin} admin */
async function untilReady(admin) {
  for (const end = Date.now() + readyMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const servers = await admin('GET', '/servers')
    const waiting = servers.filter((/** @type {{ state: string }} */ { state }) => state !== 'ready')
    if (waiting.length === 0) return
    if (Date.now() > end) throw new Error(`Not ready: ${JSON.stringify(waiting[0])}`)
  }
}
