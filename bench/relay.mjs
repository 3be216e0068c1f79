/*
 * The floor: a gateway that does nothing but what every gateway must. It parses the request, takes the server's name off the tool's,
 * gives the message an id of its own, forwards it, and parses the answer to put the first id back. No tokens, policy or audit.
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import { listenAll, readBody, sendJson } from './program.mjs'

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** @typedef {{ rpc(message: any): Promise<any> }} Upstream */

/** @param {string} text @returns {any} */
function replyIn(text) {
  for (const event of text.split('\n\n')) {
    const at = event.indexOf('data: ')
    const message = at < 0 ? undefined : JSON.parse(event.slice(at + 6))
    if (message?.id !== undefined && !message.method) return message
  }
}

/** @param {string} url @returns {Promise<Upstream>} */
async function connect(url) {
  const pool = new Pool(new URL(url).origin, { connections: 64, pipelining: 1, keepAliveTimeout: 20_000 })
  /** @type {Record<string, string>} */
  const headers = { ...json }
  const rpc = async (/** @type {any} */ message) => {
    const answer = await pool.request({ path: '/mcp', method: 'POST', headers, body: JSON.stringify(message) })
    const text = await answer.body.text()
    const session = answer.headers['mcp-session-id']
    if (typeof session === 'string') headers['mcp-session-id'] = session
    if (message.id === undefined) return
    return String(answer.headers['content-type']).includes('event-stream') ? replyIn(text) : JSON.parse(text)
  }
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'relay', version: '1' } }
  const { result } = await rpc({ jsonrpc: '2.0', id: 'i', method: 'initialize', params })
  headers['mcp-protocol-version'] = result.protocolVersion
  await rpc({ jsonrpc: '2.0', method: 'notifications/initialized' })
  return { rpc }
}

/** @param {readonly Upstream[]} upstreams */
async function toolsOf(upstreams) {
  const lists = upstreams.map(async ({ rpc }, i) => {
    const { result } = await rpc({ jsonrpc: '2.0', id: 'l', method: 'tools/list', params: {} })
    return result.tools.map((/** @type {any} */ tool) => ({ ...tool, name: `u${i}_${tool.name}` }))
  })
  return (await Promise.all(lists)).flat()
}

const { values } = parseArgs({ options: { upstreams: { type: 'string', default: '' } } })
const upstreams = await Promise.all(values.upstreams.split(',').map(connect))
const list = Buffer.from(`"result":${JSON.stringify({ tools: await toolsOf(upstreams) })}}`)
const sessions = new Set()
let lastId = 0

/** @param {any} message */
async function forward(message) {
  const { id } = message
  const { name } = message.params
  const cut = name.indexOf('_')
  message.params.name = name.slice(cut + 1)
  message.id = ++lastId
  const answer = await upstreams[Number(name.slice(1, cut))]?.rpc(message)
  if (!answer) return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":-32602,"message":"Unknown tool"}}`
  answer.id = id
  return JSON.stringify(answer)
}

/** @param {any} message @param {import('node:http').ServerResponse} response */
async function answer(message, response) {
  if (message.method === 'tools/call') return sendJson(response, await forward(message))
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},`
  if (message.method !== 'tools/list') return sendJson(response, `${head}"error":{"code":-32601,"message":"Method not found"}}`)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(head) + list.length })
  response.write(head)
  response.end(list)
}

/** @param {any} message @param {import('node:http').ServerResponse} response */
function initialize(message, response) {
  const session = randomUUID()
  sessions.add(session)
  const { protocolVersion } = message.params
  const result = { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'relay', version: '1' } }
  sendJson(response, JSON.stringify({ jsonrpc: '2.0', id: message.id, result }), { 'mcp-session-id': session })
}

await listenAll([
  async (request, response) => {
    const session = request.headers['mcp-session-id']
    if (request.method === 'DELETE') return void (sessions.delete(session), response.writeHead(200).end())
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const message = JSON.parse(await readBody(request))
    if (message.method === 'initialize') return initialize(message, response)
    if (!sessions.has(session)) return void response.writeHead(404).end()
    if (message.id === undefined) return void response.writeHead(202).end()
    await answer(message, response)
  },
])
