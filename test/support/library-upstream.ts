import type { ServerResponse } from 'node:http'
import { answer, events, openHttpUpstream, sse, type Got, type HttpUpstream } from './http-upstream'

const question = {
  message: 'Which colour?',
  requestedSchema: { type: 'object', properties: {} },
  messages: [{ role: 'user', content: { type: 'text', text: 'Which colour?' } }],
  maxTokens: 10,
}

/** An upstream whose one tool, `ask`, asks its client by the method that it is given, and answers with the client's answer. */
export function openAskingUpstream(): Promise<HttpUpstream> {
  const waiting: { res: ServerResponse; got: Got }[] = []
  return openHttpUpstream({
    onRequest(got, res) {
      if (got.message.method !== 'tools/call') return void answer(res, got, { tools: [{ name: 'ask', inputSchema: { type: 'object' } }] })
      const { method } = got.message.params?.arguments as { method: string }
      waiting.push({ res, got })
      res.writeHead(200, events).write(sse({ jsonrpc: '2.0', id: 'question', method, params: question }))
    },
    onNotification({ message }, res) {
      res.writeHead(202).end()
      const asked = message.id === undefined ? undefined : waiting.pop()
      const result = { content: [{ type: 'text', text: JSON.stringify(message.result ?? message.error) }] }
      asked?.res.end(sse({ jsonrpc: '2.0', id: asked.got.message.id, result }))
    },
  })
}
