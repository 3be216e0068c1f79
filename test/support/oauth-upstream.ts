import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { closeServer, listen } from './listening'
import type { OAuthServer } from './oauth-server'

export interface ProtectedOptions {
  /** What the metadata of the resource say otherwise. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** The scope that the 401 asks for. */
  readonly wants?: string
  /** Answers a request before the upstream sees it. @returns whether it did */
  readonly before?: (req: IncomingMessage, res: ServerResponse) => boolean
}

/** An MCP server that wants a token of an authorization server: tools `echo` and `save`, which needs the scope `write`. */
export interface ProtectedUpstream {
  readonly url: string
  /** Values of Authorization, in the order in which they came; empty where there was none. */
  readonly seen: string[]
  readonly calls: () => number
  readonly refusals: () => number
  close(): Promise<void>
}

const resourcePath = '/.well-known/oauth-protected-resource/mcp'

export async function openProtectedUpstream(as: OAuthServer, options: ProtectedOptions = {}): Promise<ProtectedUpstream> {
  const seen: string[] = []
  const counted = { calls: 0, refusals: 0 }
  const live = { origin: '' }
  const refuse = (res: ServerResponse, status: number, more: string) => {
    counted.refusals++
    const wants = options.wants === undefined ? '' : `, scope="${options.wants}"`
    res.writeHead(status, { 'www-authenticate': `Bearer resource_metadata="${live.origin}${resourcePath}"${more}${wants}` }).end()
  }
  const serve = async (req: IncomingMessage, res: ServerResponse) => {
    if (options.before?.(req, res) === true) return
    if (req.url === resourcePath) return sendJson(res, metadataOf(as, live.origin, options))
    if (req.url?.startsWith('/.well-known/')) return void res.writeHead(404).end()
    const authorization = req.headers.authorization ?? ''
    seen.push(authorization)
    const message = await messageIn(req)
    const scope = await as.scopeOf(authorization.replace(/^Bearer /, ''), `${live.origin}/mcp`)
    if (scope === undefined) return refuse(res, 401, '')
    if (message.params?.name === 'save' && !scope.includes('write')) return refuse(res, 403, ', error="insufficient_scope", scope="write"')
    if (message.method === 'tools/call') counted.calls++
    answer(res, message)
  }
  const server = createServer((req, res) => void serve(req, res))
  live.origin = `http://${await listen(server)}`
  return {
    ...{ url: `${live.origin}/mcp`, seen },
    calls: () => counted.calls,
    refusals: () => counted.refusals,
    close: () => closeServer(server),
  }
}

const metadataOf = (as: OAuthServer, origin: string, { metadata }: ProtectedOptions) => ({
  ...{ resource: `${origin}/mcp`, authorization_servers: [as.issuer], scopes_supported: ['read'] },
  ...metadata,
})

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly name?: string; readonly protocolVersion?: string }
}

async function messageIn(req: IncomingMessage): Promise<Message> {
  const chunks: Buffer[] = []
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk)
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Message)
}

function answer(res: ServerResponse, { id, method, params }: Message): void {
  const inputSchema = { type: 'object' }
  const results: Readonly<Record<string, unknown>> = {
    initialize: { protocolVersion: params?.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'protected', version: '1' } },
    'tools/list': { tools: ['echo', 'save'].map((name) => ({ name, inputSchema })) },
    'tools/call': { content: [{ type: 'text', text: `${params?.name ?? ''} was run` }] },
  }
  if (id === undefined) return void res.writeHead(method === undefined ? 405 : 202).end()
  sendJson(res, { jsonrpc: '2.0', id, result: results[method ?? ''] ?? {} })
}

const sendJson = (res: ServerResponse, value: unknown) =>
  void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
