import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { prompts, readResource, resources, resourceTemplates, type ConformanceTool } from './conformance-offers'
import { closeServer, listen } from './http-upstream'

export interface ConformanceUpstream {
  readonly url: string
  /** How often a client came back for a stream that was closed under it. */
  readonly resumed: () => number
  close(): Promise<void>
}

/** One of the suite's fixture servers, made of the SDK, a session for each connection; its names lack the prefix that the gateway adds. */
export async function openConformanceUpstream(
  tools: Readonly<Record<string, ConformanceTool>>,
  { everything }: { readonly everything: boolean },
): Promise<ConformanceUpstream> {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  let resumed = 0
  const serve = async (req: IncomingMessage, res: ServerResponse) => {
    if (req.headers['last-event-id'] !== undefined) resumed++
    const transport = sessions.get(String(req.headers['mcp-session-id'])) ?? (await openSession(sessions, fixture(tools, everything)))
    await transport.handleRequest(req, res)
  }
  const server = createServer((req, res) => void serve(req, res))
  const host = await listen(server)
  return {
    url: `http://${host}/mcp`,
    resumed: () => resumed,
    async close() {
      await Promise.all([...sessions.values()].map((transport) => transport.close()))
      await closeServer(server)
    },
  }
}

async function openSession(sessions: Map<string, StreamableHTTPServerTransport>, server: Server): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    eventStore: memoryEvents(),
    retryInterval: 50,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  })
  await server.connect(transport)
  return transport
}

/** The JSON server has tools only, the other one everything. */
function fixture(tools: Readonly<Record<string, ConformanceTool>>, everything: boolean): Server {
  const rest = { prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} }
  const server = new Server({ name: 'conformance-fixture', version: '1.0.0' }, { capabilities: { tools: {}, ...(everything ? rest : {}) } })
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(tools).map(([name, { description, inputSchema }]) => ({ name, description, inputSchema })),
  }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = tools[params.name]
    if (!tool) throw new Error(`the fixture has no tool ${params.name}`)
    return tool.run(params.arguments ?? {}, extra)
  })
  if (everything) offerRest(server)
  return server
}

function offerRest(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: Object.entries(prompts).map(([name, prompt]) => ({ name, description: prompt.description, arguments: prompt.arguments })),
  }))
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = prompts[params.name]
    if (!prompt) throw new Error(`the fixture has no prompt ${params.name}`)
    return { messages: prompt.messages(params.arguments ?? {}) }
  })
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources }))
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates }))
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => ({ contents: [readResource(params.uri)] }))
  server.setRequestHandler(CompleteRequestSchema, () => ({ completion: { values: ['test-value'], total: 1, hasMore: false } }))
  for (const schema of [SubscribeRequestSchema, UnsubscribeRequestSchema, SetLevelRequestSchema])
    server.setRequestHandler(schema, () => ({}))
}

/** Keeps every event, so that a client can come back for what it missed (SEP-1699). */
function memoryEvents(): EventStore {
  const events: { readonly id: string; readonly stream: string; readonly message: JSONRPCMessage }[] = []
  return {
    storeEvent: async (stream, message) => {
      const id = `e${events.length}`
      events.push({ id, stream, message })
      return id
    },
    replayEventsAfter: async (last, { send }) => {
      const at = events.findIndex((event) => event.id === last)
      const stream = events[at]?.stream ?? ''
      for (const event of events.slice(at + 1))
        if (event.stream === stream && 'jsonrpc' in event.message) await send(event.id, event.message)
      return stream
    },
  }
}
