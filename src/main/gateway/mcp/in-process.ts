import type { JsonText } from '../hooks'
import type { Answer } from './caller'
import { revisions, welcome, type DownstreamParts } from './downstream'
import type { Params, RpcError, RpcId } from './link'
import { errorText, responseText } from './message'
import type { JSONRPCMessage, Transport } from './sdk'
import type { Session } from './session'

/** Under which name and view an in-process client appears. */
export interface InProcessClient {
  readonly client: string
  readonly group: string | null
}

/** An MCP client in the same process: an SDK transport whose other end is a session of the gateway's. */
export class InProcessTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>
  onclose?: () => void
  private session: Session | undefined
  private stopped = false

  constructor(
    private readonly parts: DownstreamParts,
    private readonly who: InProcessClient,
  ) {}

  start(): Promise<void> {
    return Promise.resolve()
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (!('method' in message && message.method === 'initialize' && 'id' in message)) {
      if (this.session) this.hear(this.session, message)
      return
    }
    this.session = await openSession(this.parts, this.who, message.params ?? {})
    this.session.direct = this.deliver
    this.deliver(responseText(message.id, JSON.stringify(welcome(this.parts, this.session))))
  }

  async close(): Promise<void> {
    if (this.stopped) return
    this.stopped = true
    if (this.session) await this.parts.sessions.end(this.session)
    this.onclose?.()
  }

  private readonly deliver = (text: string): void => {
    if (!this.stopped) this.onmessage?.(JSON.parse(text) as JSONRPCMessage)
  }

  private hear(session: Session, message: JSONRPCMessage): void {
    const { relay } = this.parts
    if (!('method' in message)) {
      if (message.id !== undefined)
        relay.response(session, message.id, 'result' in message ? { result: message.result } : { error: message.error })
    } else if ('id' in message) {
      const { id, method, params = {} } = message
      void relay.request(session, { id, method, params }, answerTo(id, this.deliver), {})
    } else relay.notification(session, message.method, message.params ?? {})
  }
}

function openSession(parts: DownstreamParts, who: InProcessClient, params: Params): Promise<Session> {
  const asked = String(params.protocolVersion)
  return parts.sessions.open({
    clientId: `in-process:${who.client}`,
    client: who.client,
    group: who.group,
    protocolVersion: revisions.includes(asked) ? asked : (revisions[0] ?? asked),
    capabilities: params.capabilities as Params,
    clientInfo: params.clientInfo as Params,
  })
}

function answerTo(id: RpcId, deliver: (text: string) => void): Answer {
  return {
    held: false,
    open: () => undefined,
    send: (message) => {
      deliver(message)
      return true
    },
    reply: (result: JsonText) => deliver(responseText(id, typeof result === 'string' ? result : result.toString('utf8'))),
    fail: (error: RpcError) => deliver(errorText(id, error)),
  }
}
