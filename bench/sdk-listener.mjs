// An MCP server as everybody writes it: the SDK's Server and its Streamable HTTP transport, one pair for each session.
import { randomUUID } from 'node:crypto'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { CallToolRequestSchema, isInitializeRequest, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { readBody } from './program.mjs'

/**
 * @typedef {object} Handlers
 * @property {() => Promise<{ tools: any[] }>} list
 * @property {(params: { name: string, arguments?: Record<string, unknown> | undefined }, signal: AbortSignal) => Promise<any>} call
 */

/** @param {string} name @param {Handlers} handlers */
function createServer(name, handlers) {
  const server = new Server({ name, version: '1.0.0' }, { capabilities: { tools: {} } })
  server.setRequestHandler(ListToolsRequestSchema, () => handlers.list())
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => handlers.call(params, signal))
  return server
}

/** @param {string} name @param {boolean} enableJsonResponse @param {Handlers} handlers @returns {import('node:http').RequestListener} */
export function sdkListener(name, enableJsonResponse, handlers) {
  /** @type {Map<string, StreamableHTTPServerTransport>} */
  const sessions = new Map()
  const open = async () => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      enableJsonResponse,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    await createServer(name, handlers).connect(/** @type {import('@modelcontextprotocol/sdk/shared/transport.js').Transport} */ (transport))
    return transport
  }
  return async (request, response) => {
    const message = request.method === 'POST' ? JSON.parse(await readBody(request)) : undefined
    const id = String(request.headers['mcp-session-id'])
    const transport = sessions.get(id) ?? (isInitializeRequest(message) ? await open() : undefined)
    if (!transport) return void response.writeHead(404).end()
    if (request.method === 'DELETE') sessions.delete(id)
    await transport.handleRequest(request, response, message)
  }
}
