/*
 * Upstream MCP servers to measure with: `node bench/fixture.mjs --mode raw --count 10 --tools 50`, each on a free port of 127.0.0.1.
 * raw: JSON-RPC by hand, the fastest upstream there can be. json, sse: the SDK's server, answering with JSON or with events.
 * Prints `ready PORT,PORT,…`. Tools `echo_0`, `echo_1`, … return their text; the last one, `big`, returns 1 MiB.
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { listenAll, readBody, sendJson } from './program.mjs'

export const bigLength = 1024 * 1024 - 64 + '"quoted"\n'.length
const bigText = 'x'.repeat(1024 * 1024 - 64) + '"quoted"\n'

/** @typedef {{ name: string, arguments?: { text?: unknown } }} CallParams */

/** @param {number} count */
export const fixtureTools = (count) => Array.from({ length: count }, (_, i) => tool(i === count - 1 ? 'big' : `echo_${i}`, i))

const tool = (/** @type {string} */ name, /** @type {number} */ i) => ({
  name,
  description: `Echo tool number ${i}. Returns the text that it was given, unchanged, as one text block; used for measuring gateways under load.`,
  inputSchema: {
    type: 'object',
    properties: {
      text: { type: 'string', description: 'The text to echo back to the caller', maxLength: 100_000 },
      count: { type: 'integer', description: 'How many times to repeat the text', minimum: 1, maximum: 10 },
      mode: { type: 'string', enum: ['plain', 'upper', 'lower'], description: 'How to change the text before it is returned' },
    },
    required: ['text'],
  },
  annotations: { readOnlyHint: true, idempotentHint: true },
})

const callTool = (/** @type {CallParams} */ params) => ({
  content: [{ type: 'text', text: params.name === 'big' ? bigText : String(params.arguments?.text ?? '') }],
})

/** Answers to each method, as JSON text; made once for what never changes. @param {number} toolCount */
function rawMethods(toolCount) {
  const list = JSON.stringify({ tools: fixtureTools(toolCount) })
  /** @type {Record<string, (params: any) => string>} */
  const methods = {
    initialize: ({ protocolVersion }) =>
      JSON.stringify({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'fixture', version: '1.0.0' } }),
    'tools/list': () => list,
    'tools/call': (params) => JSON.stringify(callTool(params)),
    ping: () => '{}',
  }
  return methods
}

/** @param {number} toolCount @returns {import('node:http').RequestListener} */
export function rawServer(toolCount) {
  const methods = rawMethods(toolCount)
  return async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(request.method === 'DELETE' ? 200 : 405).end()
    const { id, method, params } = JSON.parse(await readBody(request))
    if (id === undefined) return void response.writeHead(202).end()
    const answer = methods[method]
    const body = answer ? `"result":${answer(params)}` : '"error":{"code":-32601,"message":"Method not found"}'
    sendJson(
      response,
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${body}}`,
      method === 'initialize' ? { 'mcp-session-id': randomUUID() } : {},
    )
  }
}

/** @param {number} toolCount @param {boolean} enableJsonResponse @returns {Promise<import('node:http').RequestListener>} */
async function sdkServer(toolCount, enableJsonResponse) {
  const { sdkListener } = await import('./sdk-listener.mjs')
  const tools = fixtureTools(toolCount)
  return sdkListener('fixture', enableJsonResponse, {
    list: async () => ({ tools }),
    call: async (params) => callTool(/** @type {CallParams} */ (params)),
  })
}

async function main() {
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', default: 'raw' },
      count: { type: 'string', default: '1' },
      tools: { type: 'string', default: '50' },
    },
  })
  if (!['raw', 'json', 'sse'].includes(values.mode)) throw new Error(`--mode is raw, json or sse, not ${values.mode}.`)
  const tools = Number(values.tools)
  const listener = values.mode === 'raw' ? rawServer(tools) : await sdkServer(tools, values.mode === 'json')
  await listenAll(Array.from({ length: Number(values.count) }, () => listener))
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) await main()
