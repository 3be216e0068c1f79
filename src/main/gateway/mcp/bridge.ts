import { GatewayError } from '../../../shared/errors'
import type { Caller } from './caller'
import type { Incoming, Link, Params, RpcError, RpcId } from './link'
import { notificationText, requestText } from './message'
import { maxAsked, type Session } from './session'

/*
 * What upstreams say to a client: notifications and requests (sampling, elicitation, roots), over the stream of the call that
 * they belong to, else over the client's own GET stream. Only a connection that belongs to one session gets here.
 */

/** RFC 5424 severities as MCP names them, the least severe first. */
const severities = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** Which capability of the client each request of a server needs. */
const needs: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
}

const refusal = (message: string): { error: RpcError } => ({ error: { code: -32601, message } })

/** Hands one message of an upstream's to the client of this session. `caller` is the call that it belongs to, if it said so. */
export function passToClient(session: Session, link: Link, incoming: Incoming, caller?: Caller): void {
  if (incoming.kind === 'request') return askClient(session, link, incoming, caller)
  if (incoming.method === 'notifications/progress') return caller?.progress(incoming.params ?? {})
  if (!isWanted(session, incoming)) return
  const params = incoming.method === 'notifications/cancelled' ? ourIdIn(session, link, incoming.params) : incoming.params
  if (incoming.method === 'notifications/cancelled' && !params) return
  const text = notificationText(incoming.method, params)
  if (caller) caller.answer.send(text)
  else session.tell(text)
}

function isWanted(session: Session, incoming: Incoming & { kind: 'notification' }): boolean {
  if (incoming.method.endsWith('/list_changed')) return false // ours come from the compiled lists
  const { uri, level } = incoming.params ?? {}
  if (incoming.method === 'notifications/resources/updated') return typeof uri === 'string' && session.subscriptions.has(uri)
  if (incoming.method !== 'notifications/message' || session.logLevel === undefined) return true
  return typeof level === 'string' && severities.indexOf(level) >= severities.indexOf(session.logLevel)
}

function askClient(session: Session, link: Link, request: Incoming & { kind: 'request' }, caller: Caller | undefined): void {
  const refused = whyNot(session, request.method)
  if (refused) return void link.respond(request.id, refused).catch(() => undefined)
  const id = session.nextId()
  session.asked.set(id, { link, upstreamId: request.id })
  const text = requestText(id, request.method, request.params)
  const heard = caller ? caller.answer.send(text) : session.tell(text)
  if (heard) return
  session.asked.delete(id)
  void link
    .respond(request.id, { error: { code: -32001, message: 'The client has no open stream to be asked on.' } })
    .catch(() => undefined)
}

function whyNot(session: Session, method: string): { result: unknown } | { error: RpcError } | undefined {
  if (method === 'ping') return { result: {} }
  const capability = needs[method]
  if (capability === undefined || session.record.capabilities[capability] === undefined)
    return refusal(`This client does not offer ${method}.`)
  return session.asked.size >= maxAsked ? refusal('Too many questions to this client are open.') : undefined
}

/** The client knows our id of the question that is withdrawn, not the upstream's. Undefined for one that this upstream never asked. */
function ourIdIn(session: Session, link: Link, params: Params | undefined): Params | undefined {
  for (const [id, asked] of session.asked) {
    if (asked.link !== link || asked.upstreamId !== params?.requestId) continue
    session.asked.delete(id)
    return { ...params, requestId: id }
  }
  return undefined
}

/** Takes a client's answer to a question of an upstream's back to where it belongs. An unknown id is ignored. */
export function answerUpstream(session: Session, id: RpcId, answer: { result: unknown } | { error: RpcError }): void {
  const asked = session.asked.get(String(id))
  if (!asked) return
  session.asked.delete(String(id))
  void asked.link.respond(asked.upstreamId, answer).catch(() => undefined)
}

/** A question that nobody will answer any more must not leave its upstream waiting. */
export function dropQuestions(session: Session, link: Link): void {
  for (const [id, asked] of session.asked) if (asked.link === link) session.asked.delete(id)
}

/** @throws GatewayError `input.invalid` */
export function requireLogLevel(level: unknown): string {
  if (typeof level === 'string' && severities.includes(level)) return level
  throw new GatewayError('input.invalid', `The level must be one of ${severities.join(', ')}.`)
}
