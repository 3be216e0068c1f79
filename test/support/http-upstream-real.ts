import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { closeServer, listen } from './http-upstream'
import { freePort } from './free-port'

export interface RealUpstream {
  readonly url: string
  close(): Promise<void>
}

/** The SDK's own server transport; its one tool answers with its arguments and says so on the way. */
export async function openSdkUpstream({ enableJsonResponse }: { enableJsonResponse: boolean }): Promise<RealUpstream> {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => randomUUID(), enableJsonResponse })
  const mcp = new Server({ name: 'sdk', version: '1' }, { capabilities: { tools: { listChanged: true }, logging: {} } })
  mcp.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification }) => {
    if (!enableJsonResponse) await sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'working' } })
    if (params.name === 'shout') await mcp.sendToolListChanged()
    return { content: [{ type: 'text', text: JSON.stringify(params.arguments) }] }
  })
  await mcp.connect(transport)
  const server = createServer((req, res) => void transport.handleRequest(req, res))
  const host = await listen(server)
  return {
    url: `http://${host}/mcp`,
    close: async () => {
      await mcp.close()
      await closeServer(server)
    },
  }
}

/** `@modelcontextprotocol/server-everything` as a process of its own. */
export async function openEverything(): Promise<RealUpstream> {
  const port = await freePort()
  const entry = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js')
  const child = spawn(process.execPath, [entry, 'streamableHttp'], {
    env: { PORT: String(port), PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => (text.includes('listening') ? resolve() : undefined))
    child.on('exit', () => reject(new Error('server-everything ended before it listened')))
  })
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
