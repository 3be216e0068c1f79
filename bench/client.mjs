// The load: raw JSON-RPC over undici, with nothing of an MCP client in the way of what is measured.
import { Pool } from 'undici'

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
export const protocolVersion = '2025-06-18'

/** @typedef {{ id?: number, result?: any, error?: unknown }} Reply */

/** @param {string} endpoint such as `http://127.0.0.1:7411/mcp` @param {number} [connections] */
export const openPool = (endpoint, connections = 64) =>
  new Pool(new URL(endpoint).origin, { connections, pipelining: 1, keepAliveTimeout: 20_000, headersTimeout: 30_000, bodyTimeout: 30_000 })

/** The data of every event of a finished stream. @param {string} text @returns {Reply[]} */
function messagesIn(text) {
  return text.split(/\r?\n\r?\n/).flatMap((event) => {
    const data = event
      .split(/\r?\n/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
      .join('\n')
    return data.trim() === '' ? [] : [JSON.parse(data)]
  })
}

/** One session of one client. Every answer is parsed and looked at: what is fast but wrong is not fast. */
export class McpSession {
  #lastId = 0
  /** @type {Record<string, string>} */
  #headers

  /** @param {Pool} pool @param {string} [token] */
  constructor(pool, token) {
    this.pool = pool
    this.#headers = token === undefined ? json : { ...json, authorization: `Bearer ${token}` }
  }

  /** Shakes hands, both messages. */
  async open() {
    const clientInfo = { name: 'bench', version: '1' }
    const result = await this.request('initialize', { protocolVersion, capabilities: {}, clientInfo })
    this.#headers = { ...this.#headers, 'mcp-protocol-version': result.protocolVersion }
    await this.#post({ jsonrpc: '2.0', method: 'notifications/initialized' })
    return this
  }

  /** @param {string} method @param {object} [params] @returns {Promise<any>} the result */
  async request(method, params = {}) {
    const id = ++this.#lastId
    const reply = await this.#post({ jsonrpc: '2.0', id, method, params })
    if (reply?.id !== id || reply.error) throw new Error(`${method}: ${JSON.stringify(reply).slice(0, 300)}`)
    return reply.result
  }

  /** Calls a tool that has to return a text of this length, by default the very one that it was given. */
  async call(/** @type {string} */ name, /** @type {string} */ text, /** @type {number} */ length = 0) {
    const result = await this.request('tools/call', { name, arguments: { text } })
    const answer = result.content?.[0]?.text
    if (length > 0 ? answer?.length !== length : answer !== text) throw new Error(`${name}: ${JSON.stringify(result).slice(0, 300)}`)
  }

  /** Every page of the list. @returns {Promise<{ name: string }[]>} */
  async listTools() {
    const tools = []
    for (let cursor; ;) {
      const page = await this.request('tools/list', cursor === undefined ? {} : { cursor })
      tools.push(...page.tools)
      cursor = page.nextCursor
      if (cursor === undefined) return tools
    }
  }

  async close() {
    const { body } = await this.pool.request({ path: '/mcp', method: 'DELETE', headers: this.#headers })
    await body.dump()
  }

  /** @param {{ jsonrpc: '2.0', method: string, id?: number, params?: object }} message @returns {Promise<Reply | undefined>} */
  async #post(message) {
    const answer = await this.pool.request({ path: '/mcp', method: 'POST', headers: this.#headers, body: JSON.stringify(message) })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${message.method}: HTTP ${answer.statusCode} ${text.slice(0, 300)}`)
    const session = answer.headers['mcp-session-id']
    if (message.method === 'initialize' && typeof session === 'string') this.#headers = { ...this.#headers, 'mcp-session-id': session }
    if (message.id === undefined) return undefined
    const isStream = String(answer.headers['content-type']).includes('event-stream')
    return isStream ? messagesIn(text).find((reply) => reply.id === message.id) : JSON.parse(text)
  }
}
