import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange, Handshake, Incoming, Link, Reply, Target } from '../../src/main/gateway/mcp/link'
import { createHttpConnector } from '../../src/main/gateway/mcp/upstream-http'
import type { HttpConnector, HttpConnectorOptions } from '../../src/main/gateway/mcp/upstream-http'
import { closeServer, listen } from './listening'

export { closeServer, listen }

/** One HTTP request as the fixture got it. */
export interface Got {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The parsed body of a POST. */
  readonly message: Message
}
export interface Message {
  readonly id?: string | number
  readonly method?: string
  readonly params?: Record<string, unknown> & { readonly _meta?: Record<string, unknown> }
  readonly result?: unknown
  readonly error?: unknown
}
type Handler = (got: Got, res: ServerResponse, req: IncomingMessage) => void

/** What a fixture does differently from a well-behaved, plain JSON server. */
export interface Script {
  /** Any request that is neither initialize nor a notification or an answer. */
  readonly onRequest?: Handler
  readonly onInitialize?: Handler
  readonly onNotification?: Handler
  readonly onGet?: Handler
  readonly onDelete?: Handler
  readonly capabilities?: Record<string, unknown>
  readonly sessionId?: string | null
}

export interface HttpUpstream {
  readonly url: string
  readonly host: string
  readonly got: Got[]
  /** Resolves once a request like this has come, or at once if it has. */
  saw(wanted: (got: Got) => boolean): Promise<Got>
  /** Ends every connection without a word. */
  cut(): void
  close(): Promise<void>
}

export const json = { 'content-type': 'application/json' }
export const events = { 'content-type': 'text/event-stream' }

/** Answers a request with this result, as JSON. */
export const answer = (res: ServerResponse, got: Got, result: unknown) =>
  res.writeHead(200, json).end(JSON.stringify({ jsonrpc: '2.0', id: got.message.id, result }))

/** One server-sent event around a JSON value. */
export const sse = (value: unknown, id?: string) => `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`

/** A raw Streamable HTTP server on a free port, scripted where a test wants it to misbehave. */
export async function openHttpUpstream(script: Script = {}): Promise<HttpUpstream> {
  const got: Got[] = []
  const watchers = new Set<(seen: Got) => void>()
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const seen: Got = {
        method: req.method ?? '',
        path: req.url ?? '',
        headers: req.headers,
        message: (text === '' ? {} : JSON.parse(text)) as Message,
      }
      got.push(seen)
      for (const watch of watchers) watch(seen)
      handlerOf(script, seen)(seen, res, req)
    })
  })
  const host = await listen(server)
  return {
    url: `http://${host}/mcp`,
    host,
    got,
    saw: (wanted) => {
      const before = got.find(wanted)
      if (before) return Promise.resolve(before)
      return new Promise((resolve) => {
        const watch = (seen: Got) => {
          if (!wanted(seen)) return
          watchers.delete(watch)
          resolve(seen)
        }
        watchers.add(watch)
      })
    },
    cut: () => server.closeAllConnections(),
    close: () => closeServer(server),
  }
}

function handlerOf(script: Script, { method, message }: Got): Handler {
  if (method === 'GET') return script.onGet ?? ((_got, res) => res.writeHead(405).end())
  if (method === 'DELETE') return script.onDelete ?? ((_got, res) => res.writeHead(200).end())
  if (message.method === 'initialize') return script.onInitialize ?? initialize(script)
  if (message.id === undefined || message.method === undefined) return script.onNotification ?? ((_got, res) => res.writeHead(202).end())
  return script.onRequest ?? ((got, res) => answer(res, got, { echo: got.message.params ?? null }))
}

export const initialize =
  ({ capabilities = { tools: { listChanged: true } }, sessionId = 'session-1' }: Script): Handler =>
  (got, res) => {
    const session = sessionId === null ? {} : { 'mcp-session-id': sessionId }
    const result = { protocolVersion: got.message.params?.protocolVersion, capabilities, serverInfo: { name: 'fixture', version: '1' } }
    res.writeHead(200, { ...json, ...session }).end(JSON.stringify({ jsonrpc: '2.0', id: got.message.id, result }))
  }

export const target = (url: string, more: Partial<Target> = {}): Target => ({
  transport: 'http',
  name: 'fixture',
  url,
  headers: {},
  command: null,
  args: [],
  env: {},
  cwd: null,
  handshakeTimeoutMs: 5_000,
  ...more,
})

export const handshake: Handshake = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }

/** A link with everything that it told its owner. */
export interface Opened {
  readonly link: Link
  readonly messages: Incoming[]
  readonly notes: string[]
  readonly closedBy: string[]
  readonly connector: HttpConnector
  call(name: string, more?: Partial<Exchange>, params?: Record<string, unknown>): Promise<Reply>
  /** Resolves once the owner was told of such a message. */
  heard(method: string): Promise<Incoming>
}

export interface OpenOptions extends HttpConnectorOptions {
  readonly target?: Partial<Target>
  readonly handshake?: Partial<Handshake>
  readonly signal?: AbortSignal
  readonly connector?: HttpConnector
}

export async function openLink(url: string, options: OpenOptions = {}): Promise<Opened> {
  const messages: Incoming[] = []
  const notes: string[] = []
  const closedBy: string[] = []
  const watchers = new Set<() => void>()
  const connector = options.connector ?? createHttpConnector({ random: () => 0, ...options })
  const told = {
    onMessage: (message: Incoming) => {
      messages.push(message)
      for (const watch of watchers) watch()
    },
    onClosed: (reason: string) => void closedBy.push(reason),
    onNote: (note: string) => void notes.push(note),
  }
  const signal = options.signal ?? new AbortController().signal
  const link = await connector.openLink(target(url, options.target), { ...handshake, ...options.handshake }, told, signal)
  return {
    link,
    messages,
    notes,
    closedBy,
    connector,
    call: (name, more = {}, params = {}) => link.request('tools/call', { name, ...params }, { timeoutMs: 5_000, progress: false, ...more }),
    heard: (method) =>
      new Promise((resolve) => {
        const look = () => {
          const found = messages.find((message) => message.method === method)
          if (!found) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
  }
}

/** The result of a reply, parsed. */
export function resultOf(reply: Reply): unknown {
  if ('error' in reply) throw new Error(`an error where a result was due: ${reply.error.message}`)
  return JSON.parse(reply.result.toString())
}
