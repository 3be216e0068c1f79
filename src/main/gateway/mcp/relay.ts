import type { IncomingHttpHeaders } from 'node:http'
import { codes, GatewayError, toGatewayError } from '../../../shared/errors'
import type { ListMethod } from '../catalog'
import type { Arguments, JsonText, ToolOutcome } from '../hooks'
import type { Log } from '../log'
import { answerUpstream } from './bridge'
import { callFromMcp, toolCaller, type ToolCaller } from './call-tool'
import { Asker, Caller, type Answer } from './caller'
import { complete, getPrompt, listPage, onResource, setLevel, subscribe, unsubscribe } from './forward'
import type { Params, RpcError, RpcId } from './link'
import { maxInFlight, type Session } from './session'
import type { ClientRequest, RelayParts, Turn } from './turn'

export interface Relay {
  /** Answers exactly once, whatever happens; never rejects. */
  request(session: Session, request: ClientRequest, answer: Answer, headers: IncomingHttpHeaders): Promise<void>
  notification(session: Session, method: string, params: Params): void
  response(session: Session, id: RpcId, answer: { result: unknown } | { error: RpcError }): void
  /** A tool call of any door, through the pipeline. @throws GatewayError */
  callTool(asker: Asker, name: string, args: Arguments, signal: AbortSignal): Promise<ToolOutcome>
  callsInFlight(): number
  /** Ends every call that waits for a person; nothing of theirs runs. */
  giveUpHeld(): void
}

type Handler = (turn: Turn) => Promise<JsonText> | JsonText

/** Moves messages between sessions and upstreams; parses what it must change and passes the rest. */
export function createRelay(parts: RelayParts): Relay {
  const underWay = new Map<AbortController, Answer | undefined>()
  const callTool = toolCaller(parts)
  const handlers = methodTable(parts, callTool)

  async function answerRequest(
    session: Session,
    request: ClientRequest,
    answer: Answer,
    headers: IncomingHttpHeaders,
    call: AbortController,
  ): Promise<void> {
    const asker = new Asker(
      session.client,
      session.group,
      'mcp',
      session,
      new Caller(answer, request.params._meta as Params | undefined),
      headers,
    )
    const handler = handlers[request.method]
    if (!handler) throw new GatewayError('method.not_found', `The gateway does not speak ${request.method.slice(0, 100)}.`)
    const refused = request.method === 'ping' ? undefined : parts.refusal()
    if (refused) throw refused
    answer.reply(await handler({ session, asker, params: request.params, signal: call.signal }))
  }

  return {
    async request(session, request, answer, headers) {
      if (session.running.has(request.id))
        return answer.fail({
          code: -32600,
          message: `A request with the id ${JSON.stringify(request.id)} is still running; use another id.`,
        })
      if (session.running.size >= maxInFlight)
        return answer.fail({ code: -32603, message: `This session has ${maxInFlight} requests under way; wait for some to end.` })
      const call = new AbortController()
      session.running.set(request.id, call)
      underWay.set(call, answer)
      answer.onGone = () => call.abort('The client went away.')
      try {
        await answerRequest(session, request, answer, headers, call)
      } catch (thrown) {
        refuse(answer, request, thrown, parts.log)
      } finally {
        underWay.delete(call)
        session.running.delete(request.id)
      }
    },
    notification: (session, method, params) => hearClient(session, method, params),
    response: answerUpstream,
    async callTool(asker, name, args, signal) {
      const call = new AbortController()
      underWay.set(call, undefined)
      try {
        return await callTool(asker, name, args, AbortSignal.any([signal, call.signal]))
      } finally {
        underWay.delete(call)
      }
    },
    callsInFlight: () => underWay.size,
    giveUpHeld() {
      for (const [call, answer] of underWay) if (answer?.held) call.abort('The gateway is closing.')
    },
  }
}

function methodTable(parts: RelayParts, callTool: ToolCaller): Readonly<Record<string, Handler>> {
  const list =
    (method: ListMethod): Handler =>
    (turn) =>
      listPage(parts.catalog, method, turn)
  return Object.assign(Object.create(null) as Record<string, Handler>, {
    ping: () => '{}',
    'tools/list': list('tools/list'),
    'prompts/list': list('prompts/list'),
    'resources/list': list('resources/list'),
    'resources/templates/list': list('resources/templates/list'),
    'tools/call': (turn: Turn) => callFromMcp(callTool, turn),
    'prompts/get': (turn: Turn) => getPrompt(parts, turn),
    'resources/read': (turn: Turn) => onResource(parts, 'resources/read', turn),
    'resources/subscribe': (turn: Turn) => subscribe(parts, turn),
    'resources/unsubscribe': (turn: Turn) => unsubscribe(parts, turn),
    'completion/complete': (turn: Turn) => complete(parts, turn),
    'logging/setLevel': (turn: Turn) => setLevel(turn),
  })
}

/** What a client says without waiting for an answer. */
function hearClient(session: Session, method: string, params: Params): void {
  if (method === 'notifications/cancelled') {
    session.running.get(params.requestId as RpcId)?.abort(typeof params.reason === 'string' ? params.reason : 'The client cancelled.')
    return
  }
  if (method !== 'notifications/roots/list_changed') return
  for (const opened of session.links.values()) void opened.then((link) => link.notify(method, params)).catch(() => undefined)
}

/** A refused or failed tool call is a result that the model can read; everything else is a JSON-RPC error. */
function refuse(answer: Answer, request: ClientRequest, thrown: unknown, log: Log): void {
  const error = toGatewayError(thrown)
  if (error.code === 'internal') log.error('A request failed inside the gateway.', { method: request.method, cause: error.context.cause })
  if (error.code === 'upstream.error') return answer.fail(error.context.details as RpcError)
  if (request.method === 'tools/call' && error.code !== 'input.invalid' && error.code !== 'call.cancelled')
    return answer.reply(JSON.stringify({ content: [{ type: 'text', text: error.message }], isError: true }))
  answer.fail({
    code: codes[error.code].rpc,
    message: error.message,
    data: { code: error.code, ...(error.context.details as object | undefined) },
  })
}
