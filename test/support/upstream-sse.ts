import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { npmServer } from './upstream-rig'
import { freePort } from './free-port'

/** One message that a client posted. */
export interface Posted {
  readonly id?: string | number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly [field: string]: unknown
}

/** A legacy SSE server by hand: a test decides how it answers. */
export class SseUpstream {
  readonly gets: IncomingMessage[] = []
  readonly posts: { readonly headers: IncomingMessage['headers']; readonly message: Posted }[] = []
  /** Runs for each post; the default greets and echoes. */
  onPost: (message: Posted, response: ServerResponse) => void = (message, response) => this.answer(message, response)
  onGet: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => this.openStream(response)
  stream: ServerResponse | undefined
  private readonly server: Server = createServer((request, response) => void this.serve(request, response))

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/sse`
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    this.server.close()
    await once(this.server, 'close')
  }

  say(message: object): void {
    this.raw(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`)
  }

  raw(text: string): void {
    this.stream?.write(text)
  }

  openStream(response: ServerResponse): void {
    this.stream = response
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: endpoint\ndata: /message?session=1\n\n')
  }

  answer(message: Posted, response: ServerResponse): void {
    response.writeHead(202).end('Accepted')
    if (message.method === 'initialize') {
      this.say({
        id: message.id,
        result: { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo: { name: 'legacy' }, later: true },
      })
    } else if (message.id !== undefined)
      this.say({ id: message.id, result: { echo: message.params, 'x-later': [{ deep: null }], _meta: { a: 1 } } })
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      this.gets.push(request)
      return this.onGet(request, response)
    }
    const body = Buffer.concat((await request.toArray()) as Buffer[]).toString()
    const message = JSON.parse(body) as Posted
    this.posts.push({ headers: request.headers, message })
    this.onPost(message, response)
  }
}

/** The real thing from npm in its legacy mode. */
export async function startEverythingSse(): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const port = await freePort()
  const child = spawn(process.execPath, [npmServer('everything'), 'sse'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // The pipe stays open: a server whose complaints nobody reads would die of the next one.
  await new Promise<void>((resolve) => child.stderr.on('data', (chunk) => String(chunk).includes('running on port') && resolve()))
  return { url: `http://127.0.0.1:${port}/sse`, process: child }
}
