import type { IncomingMessage, ServerResponse } from 'node:http'
import { codes, GatewayError, toGatewayError } from '../../../shared/errors'
import type { Log } from '../log'
import { parsedBody } from '../parsed-body'
import { EventStream, readEventId, requestOfStream, type EventId } from './event-stream'
import { HttpAnswer, writeJson } from './http-answer'
import type { Params, RpcError } from './link'
import { errorText, parseMessage, type ClientMessage } from './message'
import type { Relay } from './relay'
import type { Session } from './session'
import type { Sessions } from './sessions'

/** MCP revisions that are spoken to clients, the newest first. */
export const revisions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']
const newest = '2025-11-25'

/** Who is at the door: the guards have made sure. */
export interface Visitor {
  readonly clientId: string
  readonly client: string
  readonly group: string | null
}

export interface DownstreamParts {
  readonly sessions: Sessions
  readonly relay: Relay
  readonly serverInfo: () => Params
  /** Told once a session is open. */
  onOpened(session: Session): void
  /** What an initializing client is told, from the cached catalogue; never waits for an upstream. */
  instructions(): string | undefined
  readonly maxBodyBytes: () => number
  readonly log: Log
}

/** The Streamable HTTP server leg of `/mcp` and `/mcp/g/{group}` (MCP 2025-11-25, basic/transports). */
export interface Downstream {
  handle(req: IncomingMessage, res: ServerResponse, visitor: Visitor): void
}

export function createDownstream(parts: DownstreamParts): Downstream {
  return {
    handle(req, res, visitor) {
      const failed = (thrown: unknown) => refuse(res, thrown, parts.log)
      try {
        if (req.method === 'POST') void post(parts, req, res, visitor).catch(failed)
        else if (req.method === 'GET') openEvents(parts, req, res, visitor)
        else if (req.method === 'DELETE') void endSession(parts, req, res, visitor).catch(failed)
        else failed(new GatewayError('method.not_allowed', 'The MCP endpoint takes POST, GET and DELETE.'))
      } catch (thrown) {
        failed(thrown)
      }
    },
  }
}

async function post(parts: DownstreamParts, req: IncomingMessage, res: ServerResponse, visitor: Visitor): Promise<void> {
  requireJson(req)
  const message = parseMessage(await readBody(req, parts.maxBodyBytes()))
  if (message.kind === 'request' && message.method === 'initialize') return initialize(parts, res, visitor, message)
  const session = findSession(parts, req, visitor)
  if (message.kind === 'request') return parts.relay.request(session, message, new HttpAnswer(res, session, message.id), req.headers)
  if (message.kind === 'notification') parts.relay.notification(session, message.method, message.params)
  else parts.relay.response(session, message.id, message.answer)
  res.writeHead(202).end()
}

async function initialize(
  parts: DownstreamParts,
  res: ServerResponse,
  visitor: Visitor,
  message: ClientMessage & { kind: 'request' },
): Promise<void> {
  const asked = message.params.protocolVersion
  if (typeof asked !== 'string')
    throw new GatewayError('input.invalid', 'initialize needs a protocolVersion.', { details: { id: message.id } })
  const session = await parts.sessions.open({
    ...visitor,
    protocolVersion: revisions.includes(asked) ? asked : newest,
    capabilities: objectOr(message.params.capabilities),
    clientInfo: objectOr(message.params.clientInfo),
  })
  parts.onOpened(session)
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${JSON.stringify(welcome(parts, session))}}`
  writeJson(res, 200, text, { 'content-type': 'application/json', 'mcp-session-id': session.id })
}

/** Everything is offered always: servers come and go while the session stays. */
export function welcome(parts: Pick<DownstreamParts, 'serverInfo' | 'instructions'>, session: Session): Params {
  const instructions = parts.instructions()
  return {
    protocolVersion: session.record.protocol_version,
    capabilities: {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      completions: {},
      logging: {},
    },
    serverInfo: parts.serverInfo(),
    ...(instructions === undefined ? {} : { instructions }),
  }
}

const objectOr = (value: unknown): Params => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Params) : {})

function openEvents(parts: DownstreamParts, req: IncomingMessage, res: ServerResponse, visitor: Visitor): void {
  const session = findSession(parts, req, visitor)
  const accept = req.headers.accept ?? '*/*'
  if (!/text\/event-stream|\*\/\*|text\/\*/.test(accept))
    throw new GatewayError('input.not_acceptable', 'A GET opens a stream of events: accept text/event-stream.')
  const last = req.headers['last-event-id']
  const resumed = typeof last === 'string' ? readEventId(last) : undefined
  const isOwn = resumed === undefined || resumed.name === 'g'
  const { stream, after } = isOwn ? { stream: session.openStandalone(), after: resumed?.seq } : takenUp(session, resumed)
  stream.attach(res, {}, after)
  if (stream.name !== 'g') return
  for (const method of session.untold) session.tell(`{"jsonrpc":"2.0","method":${JSON.stringify(method)}}`)
  session.untold.clear()
}

/** A call whose answer nobody kept, as after a restart, fails at once and not when its caller has lost patience. @throws GatewayError `session.not_found` */
function takenUp(session: Session, { name, seq }: EventId): { readonly stream: EventStream; readonly after: number } {
  const known = session.streams.get(name)
  if (known) return { stream: known, after: seq }
  const id = requestOfStream(name)
  if (id === undefined) throw new GatewayError('session.not_found', 'That stream is gone; open a new one without Last-Event-ID.')
  const stream = new EventStream(name)
  stream.send(errorText(id, lostCall))
  stream.end()
  return { stream, after: 0 }
}

const lostCall: RpcError = {
  code: codes['call.lost'].rpc,
  message: 'The gateway has no answer to this call any more, as after a restart; it may have run. Look before you call again.',
  data: { code: 'call.lost' },
}

async function endSession(parts: DownstreamParts, req: IncomingMessage, res: ServerResponse, visitor: Visitor): Promise<void> {
  await parts.sessions.end(findSession(parts, req, visitor))
  res.writeHead(200).end()
}

function findSession(parts: DownstreamParts, req: IncomingMessage, visitor: Visitor): Session {
  const id = req.headers['mcp-session-id']
  if (typeof id !== 'string') throw new GatewayError('session.required', 'Send the Mcp-Session-Id that initialize answered with.')
  requireRevision(req)
  const session = parts.sessions.find(id, visitor.clientId, visitor.client, visitor.group)
  if (!session) throw new GatewayError('session.not_found', 'That session is not known here; initialize again.')
  return session
}

function requireRevision(req: IncomingMessage): void {
  const revision = req.headers['mcp-protocol-version']
  if (revision === undefined || (typeof revision === 'string' && revisions.includes(revision))) return
  throw new GatewayError('input.malformed', `MCP-Protocol-Version must be one of ${revisions.join(', ')}.`)
}

function requireJson(req: IncomingMessage): void {
  const type = req.headers['content-type']
  if (type !== 'application/json' && !/^application\/json\s*(;|$)/i.test(type ?? ''))
    throw new GatewayError('input.content_type', 'Send the message as content type application/json.')
}

/** @throws GatewayError `input.too_large` as soon as the limit is passed, without reading on */
function readBody(req: IncomingMessage, limit: number): Promise<Buffer> {
  const parsed = parsedBody(req)
  return new Promise((resolve, reject) => {
    const tooLarge = () => reject(new GatewayError('input.too_large', `A message may have ${limit} bytes at most.`))
    if (parsed) return parsed.length > limit ? tooLarge() : resolve(parsed)
    if (Number(req.headers['content-length'] ?? 0) > limit) return tooLarge()
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) tooLarge()
      else chunks.push(chunk)
    })
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    req.on('error', reject)
    req.on('aborted', () => reject(new GatewayError('input.malformed', 'The connection ended before the message did.')))
  })
}

/** What is wrong with the message itself is told as JSON-RPC, with the HTTP status beside it. */
function refuse(res: ServerResponse, thrown: unknown, log: Log): void {
  const error = toGatewayError(thrown)
  if (error.code === 'internal') log.error('A message failed inside the gateway.', { cause: error.context.cause })
  const id = (error.context.details as { id?: string | number } | undefined)?.id ?? null
  const close = error.code === 'input.too_large' ? { connection: 'close' } : {}
  const allow = error.code === 'method.not_allowed' ? { allow: 'GET, POST, DELETE' } : {}
  const status = error.code === 'input.invalid' ? 400 : codes[error.code].status
  writeJson(res, status, errorText(id, { code: codes[error.code].rpc, message: error.message, data: { code: error.code } }), {
    'content-type': 'application/json',
    ...close,
    ...allow,
  })
}
