import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

/** A real MCP server over Streamable HTTP, for the app to be connected to. */
export interface HttpServer {
  readonly url: string
  /** Headers of the last request that it got. */
  lastHeaders(): Readonly<Record<string, string | string[] | undefined>>
  /** How often its tools were asked for. */
  lists(): number
  close(): Promise<void>
}

const definitions = (names: readonly string[]) =>
  names.map((name) => ({ name, description: `Does ${name}.`, inputSchema: { type: 'object', additionalProperties: true } as const }))

/** Its tools answer with their own name. Several sessions at once, each with a server of the SDK. */
export async function startServer(tools: readonly string[] = ['hello']): Promise<HttpServer> {
  let lists = 0
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  let headers: HttpServer['lastHeaders'] extends () => infer Headers ? Headers : never = {}
  const open = async () => {
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    const mcp = new Server({ name: 'e2e', version: '1' }, { capabilities: { tools: {} } })
    mcp.setRequestHandler(ListToolsRequestSchema, () => {
      lists++
      return { tools: definitions(tools) }
    })
    mcp.setRequestHandler(CallToolRequestSchema, ({ params }) => ({ content: [{ type: 'text', text: `${params.name} is done` }] }))
    await mcp.connect(transport)
    return transport
  }
  const server = createServer((request, response) => {
    headers = request.headers
    const known = sessions.get(String(request.headers['mcp-session-id']))
    void Promise.resolve(known ?? open()).then((transport) => transport.handleRequest(request, response))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    lastHeaders: () => headers,
    lists: () => lists,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
