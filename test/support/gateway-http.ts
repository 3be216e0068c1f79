import { request } from 'node:http'
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'

/** One HTTP answer, read to its end. */
export interface HttpReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Sending {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Buffer
}

/** One request by node:http, which sends whatever Host, Origin and other headers it is told to. */
export function send(url: string, sending: Sending = {}): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const asked = begin(url, sending)
    asked.on('error', reject)
    asked.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }),
      )
      response.on('error', reject)
    })
    asked.end(sending.body)
  })
}

/** A request of which the caller writes, or never writes, the body. */
export const begin = (url: string, { method = 'POST', headers = {} }: Sending = {}): ClientRequest =>
  request(url, { method, headers, agent: false })

/** Bytes as they are on a connection of their own, and everything that comes back until the other side closes it. */
export function sendBytes(port: number, bytes: string): { readonly socket: Socket; readonly answered: Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  const answered = new Promise<string>((resolve) => {
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
  })
  socket.write(bytes)
  return { socket, answered }
}

/** A JSON-RPC message. */
export interface Message {
  readonly jsonrpc?: string
  readonly id?: string | number | null
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** The JSON-RPC messages of an answer, plain or as events. */
export function messagesIn({ headers, text }: Pick<HttpReply, 'headers' | 'text'>): Message[] {
  if (text === '') return []
  if (!headers['content-type']?.includes('text/event-stream')) return [JSON.parse(text) as Message]
  return eventsIn(text).flatMap(({ data }) => (data === '' ? [] : [JSON.parse(data) as Message]))
}

export interface ServerEvent {
  readonly id: string | undefined
  readonly data: string
}

export function eventsIn(text: string): ServerEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const lines = block.split('\n')
    const data = lines.flatMap((line) => (line.startsWith('data:') ? [line.slice(5).replace(/^ /, '')] : []))
    return data.length === 0
      ? []
      : [
          {
            id: lines
              .find((line) => line.startsWith('id:'))
              ?.slice(3)
              .trim(),
            data: data.join('\n'),
          },
        ]
  })
}

const mcp = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
export const bearer = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

/** The headers of a message of a client's. */
export const mcpHeaders = (token?: string): Record<string, string> => ({ ...mcp, ...bearer(token) })

export const postMcp = (url: string, message: unknown, headers: Readonly<Record<string, string>> = {}): Promise<HttpReply> =>
  send(url, {
    headers: { ...mcp, ...headers },
    body: typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
  })

export const initializeMessage = (capabilities: object = {}, protocolVersion = '2025-11-25') => ({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion, capabilities, clientInfo: { name: 'raw', version: '1' } },
})

/** A session by hand, for what no honest client does. */
export interface RawSession {
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  /** Posts any message and gives what came of it. */
  post(message: unknown, headers?: Readonly<Record<string, string>>): Promise<HttpReply>
  /** One request. @returns the message that answers it */
  request(method: string, params?: object, id?: string | number): Promise<Message>
  call(name: string, args?: object, id?: string | number): Promise<Message>
  /** DELETE. */
  end(): Promise<HttpReply>
}

export async function openRawSession(
  endpoint: string,
  { token, capabilities = {}, headers = {} }: { token?: string; capabilities?: object; headers?: Readonly<Record<string, string>> } = {},
): Promise<RawSession> {
  const opened = await postMcp(endpoint, initializeMessage(capabilities), { ...bearer(token), ...headers })
  const id = String(opened.headers['mcp-session-id'])
  if (opened.status !== 200) throw new Error(`no session: HTTP ${opened.status} ${opened.text}`)
  return rawSession(endpoint, id, { ...bearer(token), ...headers })
}

/** A session whose id is known already. */
export function rawSession(endpoint: string, id: string, more: Readonly<Record<string, string>> = {}): RawSession {
  const own = { ...more, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' }
  let last = 0
  const post: RawSession['post'] = (message, headers = {}) => postMcp(endpoint, message, { ...own, ...headers })
  const request: RawSession['request'] = async (method, params = {}, requestId = ++last) => {
    const messages = messagesIn(await post({ jsonrpc: '2.0', id: requestId, method, params }))
    const answer = messages.find((message) => message.id === requestId && message.method === undefined)
    if (!answer) throw new Error(`no answer to ${method}: ${JSON.stringify(messages)}`)
    return answer
  }
  return {
    id,
    headers: own,
    post,
    request,
    call: (name, args = {}, requestId) => request('tools/call', { name, arguments: args }, requestId ?? ++last),
    end: () => send(endpoint, { method: 'DELETE', headers: own }),
  }
}

/** A stream of events that stays open. */
export interface OpenEvents {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Everything heard so far, in its order. */
  messages(): Message[]
  readonly events: () => ServerEvent[]
  /** All that came, comments included. */
  readonly text: () => string
  /** Resolves with the first message like this one; rejects when the stream ends before. */
  hears(like: (message: Message) => boolean): Promise<Message>
  readonly ended: Promise<void>
  close(): void
}

/** Opens a GET stream, or with a body a POST that is answered by one. Resolves with the headers of the answer. */
export function openEvents(url: string, headers: Readonly<Record<string, string>>, body?: unknown): Promise<OpenEvents> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const accept = body === undefined ? 'text/event-stream' : mcp.accept
    const asked = begin(url, {
      method,
      headers: { accept, ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    })
    asked.on('error', reject)
    asked.on('response', (response) => resolve(listening(asked, response)))
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function listening(asked: ClientRequest, response: IncomingMessage): OpenEvents {
  let text = ''
  const watchers = new Set<() => void>()
  const wake = () => {
    for (const look of [...watchers]) look()
  }
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    wake()
  })
  response.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => response.on('close', resolve))
  const messages = () => messagesIn({ headers: { 'content-type': 'text/event-stream' }, text: text.slice(0, text.lastIndexOf('\n\n') + 2) })
  return {
    ...{ status: response.statusCode ?? 0, headers: response.headers, ended, messages },
    events: () => eventsIn(text),
    text: () => text,
    hears: (like) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = messages().find(like)
          if (!found) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
        void ended.then(() => reject(new Error(`the stream ended without it: ${text}`)))
      }),
    close: () => void asked.destroy(),
  }
}
