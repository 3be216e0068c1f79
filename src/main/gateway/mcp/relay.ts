import type { IncomingHttpHeaders } from 'node:http'
import { codes, GatewayError, toGatewayError } from '../../../shared/errors'
import type { ListMethod } from '../catalog'
import type { Arguments, JsonText, ToolOutcome } from '../hooks'
import type { Log } from '../log'
import { Slots } from '../slots'
import { answerUpstream } from './bridge'
import { callFromMcp, toolCaller, type ToolCaller } from './call-tool'
import { Asker, Caller, type Answer } from './caller'
import { complete, getPrompt, listPage, onResource, setLevel, subscribe, unsubscribe } from './forward'
import type { Params, RpcError, RpcId } from './link'
import { maxInFlight, type Session } from './session'
import type { ClientRequest, RelayParts, Turn } from './turn'

type Handler = (turn: Turn) => Promise<JsonText> | JsonText

/** A request or call that is being handled, and where its answer goes, if a session waits for it. */
interface UnderWay {
  readonly call: AbortController
  readonly answer: Answer | undefined
}

/** Moves messages between sessions and upstreams; parses what it must change and passes the rest. */
export class Relay {
  private readonly underWay = new Slots<UnderWay>()
  private readonly runTool: ToolCaller
  private readonly handlers: Readonly<Record<string, Handler>>

  constructor(private readonly parts: RelayParts) {
    this.runTool = toolCaller(parts)
    this.handlers = methodTable(parts, this.runTool)
  }

  /** Answers exactly once, whatever happens; never rejects. */
  async request(session: Session, request: ClientRequest, answer: Answer, headers: IncomingHttpHeaders): Promise<void> {
    const refused = cannotTake(session, request)
    if (refused) return answer.fail(refused)
    const call = new AbortController()
    const entry = { id: request.id, call, answer }
    const [running, underWay] = [session.running.add(entry), this.underWay.add(entry)]
    // Not `answer.onGone = () => …`: V8 puts a function that is born into a property among the long-lived, with all that it leads to.
    const onGone = () => call.abort('The client went away.')
    answer.onGone = onGone
    try {
      answer.reply(await this.handle(session, request, answer, headers, call.signal))
    } catch (thrown) {
      refuse(answer, request, thrown, this.parts.log)
    } finally {
      this.underWay.remove(underWay, entry)
      session.running.remove(running, entry)
    }
  }

  notification(session: Session, method: string, params: Params): void {
    hearClient(session, method, params)
  }

  response(session: Session, id: RpcId, answer: { readonly result: unknown } | { readonly error: RpcError }): void {
    answerUpstream(session, id, answer)
  }

  /** A tool call of any door, through the pipeline. @throws GatewayError */
  async callTool(asker: Asker, name: string, args: Arguments, signal: AbortSignal): Promise<ToolOutcome> {
    const call = new AbortController()
    const entry = { call, answer: undefined }
    const underWay = this.underWay.add(entry)
    try {
      return await this.runTool(asker, name, args, AbortSignal.any([signal, call.signal]))
    } finally {
      this.underWay.remove(underWay, entry)
    }
  }

  callsInFlight(): number {
    return this.underWay.size
  }

  /** Ends every call that waits for a person; nothing of theirs runs. */
  giveUpHeld(): void {
    const why = new GatewayError('gateway.closing', 'The gateway is closing.')
    for (const { call, answer } of this.underWay.all()) if (answer?.held) call.abort(why)
  }

  private refusalOf(method: string): GatewayError | undefined {
    return this.parts.refusal() ?? (harmless.has(method) ? undefined : this.parts.paused())
  }

  private async handle(
    session: Session,
    { method, params }: ClientRequest,
    answer: Answer,
    headers: IncomingHttpHeaders,
    signal: AbortSignal,
  ): Promise<JsonText> {
    const handler = this.handlers[method]
    if (!handler) throw new GatewayError('method.not_found', `The gateway does not speak ${method.slice(0, 100)}.`)
    // A refused tool call is still a call: it goes on to where it is written down.
    const refused = method === 'ping' || method === 'tools/call' ? undefined : this.refusalOf(method)
    if (refused) throw refused
    const asker = new Asker(session.client, session.group, 'mcp', session, new Caller(answer, params._meta as Params | undefined), headers)
    return handler({ session, asker, params, signal })
  }
}

/** What has an upstream neither run nor read anything: it goes on while calls are paused. */
const harmless: ReadonlySet<string> = new Set([
  ...['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'],
  ...['resources/unsubscribe', 'logging/setLevel'],
])

function cannotTake(session: Session, request: ClientRequest): RpcError | undefined {
  if (session.running.find(({ id }) => id === request.id))
    return { code: -32600, message: `A request with the id ${JSON.stringify(request.id)} is still running; use another id.` }
  if (session.running.size < maxInFlight) return undefined
  return { code: -32603, message: `This session has ${maxInFlight} requests under way; wait for some to end.` }
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
    session.running
      .find(({ id }) => id === params.requestId)
      ?.call.abort(typeof params.reason === 'string' ? params.reason : 'The client cancelled.')
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
