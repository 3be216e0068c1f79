import type { JsonText } from '../hooks'
import type { Answer } from './caller'
import { revisions, welcome, type DownstreamParts } from './downstream'
import type { Params, RpcError, RpcId } from './link'
import { parseJson } from './message'
import type { JSONRPCMessage, Transport } from './sdk'
import type { Session } from './session'

/** An MCP client in the same process: an SDK transport whose other end is a session of the gateway's. */
export function createInProcessTransport(
  parts: DownstreamParts,
  who: { readonly client: string; readonly group: string | null },
): Transport {
  let session: Session | undefined
  let stopped = false
  const transport: Transport = {
    start: () => Promise.resolve(),
    async send(message) {
      if ('method' in message && message.method === 'initialize' && 'id' in message) {
        session = await openSession(parts, who, message.params ?? {})
        session.direct = deliver
        deliver(`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${JSON.stringify(welcome(parts, session))}}`)
        return
      }
      if (session) hear(session, message)
    },
    async close() {
      if (stopped) return
      stopped = true
      if (session) await parts.sessions.end(session)
      transport.onclose?.()
    },
  }

  const deliver = (text: string) => {
    if (!stopped) transport.onmessage?.(JSON.parse(text) as JSONRPCMessage)
  }

  function hear(open: Session, message: JSONRPCMessage): void {
    if ('method' in message && 'id' in message)
      void parts.relay.request(
        open,
        { id: message.id, method: message.method, params: (message.params ?? {}) as Params },
        answerTo(message.id, deliver),
        {},
      )
    else if ('method' in message) parts.relay.notification(open, message.method, (message.params ?? {}) as Params)
    else if (message.id !== undefined)
      parts.relay.response(open, message.id, 'result' in message ? { result: message.result } : { error: message.error })
  }

  return transport
}

function openSession(parts: DownstreamParts, who: { client: string; group: string | null }, params: Params): Promise<Session> {
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
  const prefix = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},`
  return {
    held: false,
    open: () => undefined,
    send: (message) => {
      deliver(message)
      return true
    },
    reply: (result: JsonText) => deliver(`${prefix}"result":${JSON.stringify(parseJson(result))}}`),
    fail: (error: RpcError) => deliver(`${prefix}"error":${JSON.stringify(error)}}`),
  }
}
