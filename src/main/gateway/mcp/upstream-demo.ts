import type { Arguments, CallToolResult } from '../hooks'
import { demoTools, failed, type Notebook, openNotebook, whyInvalid } from './demo-tools'
import { FloodGate } from './flood'
import type { OpenLink, Params, RpcError, RpcId } from './link'
import { RpcLink, type Wire } from './rpc-link'

/*
 * The bundled `demo` upstream (`builtin:demo`), in process: so that a new endpoint is not empty, and a first call, a first
 * question to a person and a first progress bar can be seen. It speaks JSON-RPC like any other upstream.
 */

/** What a demo server answers to `initialize`, apart from the protocol version, which is the client's. */
const introduction = {
  capabilities: { tools: {}, prompts: {}, resources: {} },
  serverInfo: { name: 'fast-gateway-demo', title: 'Fast Gateway demo', version: '1.0.0' },
  instructions: 'A small server to try the gateway with: echo, add, time, countdown, and a notebook. Remove it when you no longer need it.',
}

const welcome = {
  uri: 'demo://welcome',
  name: 'welcome',
  title: 'Welcome',
  description: 'What this demo server is for.',
  mimeType: 'text/markdown',
}
const welcomeText = `# Welcome to Fast Gateway

This text comes from the bundled demo server, through the gateway, like everything your other servers will offer.

- \`echo\`, \`add\`, \`time\` and \`list_notes\` just run.
- \`delete_note\` asks a person first, because it destroys something.
- \`countdown\` reports its progress.

When you have seen enough: \`fast-gateway remove demo\`.
`

const tour = {
  name: 'tour',
  title: 'A tour of the gateway',
  description: 'Lets the model show what the gateway does, step by step.',
  arguments: [{ name: 'name', description: 'How to address you.', required: false }],
}

type Answer = { readonly result: unknown } | { readonly error: RpcError }
const refuse = (code: number, message: string): Answer => ({ error: { code, message } })

/** @returns opens links to one demo server; they share its notes */
export function createDemoConnector(): OpenLink {
  const notebook = openNotebook()
  return async (target, handshake, events, signal) => {
    const wire = new DemoWire(notebook)
    const link = new RpcLink(target.name, wire, events, new FloodGate())
    wire.say = (message) => link.receive(Buffer.from(JSON.stringify(message)))
    await link.greet(handshake, target.handshakeTimeoutMs, signal)
    return link
  }
}

interface Asked {
  readonly id?: RpcId
  readonly method: string
  readonly params?: Params
}

/** One connection to the demo: answers what is sent to it, never in the same turn. */
class DemoWire implements Wire {
  private readonly running = new Map<unknown, AbortController>()
  say: (message: object) => void = () => undefined

  constructor(private readonly notebook: Notebook) {}

  async send(text: string): Promise<void> {
    const asked = JSON.parse(text) as Asked
    if (asked.id !== undefined) setImmediate(() => void this.answer(asked))
    else if (asked.method === 'notifications/cancelled') this.running.get(asked.params?.requestId)?.abort()
  }

  async end(): Promise<void> {
    for (const call of this.running.values()) call.abort()
  }

  private async answer({ id, method, params = {} }: Asked): Promise<void> {
    const abort = new AbortController()
    this.running.set(id, abort)
    const answer = await this.decide(method, params, abort.signal).catch(() => undefined)
    this.running.delete(id)
    // MCP, "Cancellation": no answer to what was cancelled.
    if (answer && !abort.signal.aborted) this.say({ jsonrpc: '2.0', id, ...answer })
  }

  private async decide(method: string, params: Params, signal: AbortSignal): Promise<Answer> {
    switch (method) {
      case 'initialize':
        return { result: { protocolVersion: params.protocolVersion, ...introduction } }
      case 'tools/list':
        return { result: { tools: demoTools.map((tool) => tool.definition) } }
      case 'tools/call':
        return this.callTool(params, signal)
      default:
        return answerRest(method, params)
    }
  }

  private async callTool(params: Params, signal: AbortSignal): Promise<Answer> {
    const tool = demoTools.find(({ definition }) => definition.name === params.name)
    if (!tool) return refuse(-32602, `There is no tool ${JSON.stringify(params.name)} here.`)
    const args = (params.arguments ?? {}) as Arguments
    const invalid = whyInvalid(tool.definition.inputSchema, args)
    const token = (params._meta as Params | undefined)?.progressToken
    const progress = (done: number, total: number, message: string) => {
      if (token !== undefined) this.say(progressed(token, done, total, message))
    }
    const result: CallToolResult = invalid ? failed(invalid) : await tool.run({ arguments: args, signal, progress }, this.notebook)
    return { result }
  }
}

const progressed = (progressToken: unknown, progress: number, total: number, message: string) => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken, progress, total, message },
})

function answerRest(method: string, params: Params): Answer {
  switch (method) {
    case 'ping':
      return { result: {} }
    case 'prompts/list':
      return { result: { prompts: [tour] } }
    case 'prompts/get':
      return params.name === tour.name
        ? { result: tourFor(params.arguments) }
        : refuse(-32602, 'There is no such prompt here; see prompts/list.')
    case 'resources/list':
      return { result: { resources: [welcome] } }
    case 'resources/templates/list':
      return { result: { resourceTemplates: [] } }
    case 'resources/read':
      return params.uri === welcome.uri
        ? { result: { contents: [{ uri: welcome.uri, mimeType: welcome.mimeType, text: welcomeText }] } }
        : refuse(-32002, 'There is no such resource here; see resources/list.')
    default:
      return refuse(-32601, `The demo server does not know ${method}.`)
  }
}

function tourFor(args: unknown): object {
  const name = (args as { name?: unknown } | undefined)?.name
  const you = typeof name === 'string' && name !== '' ? ` Address me as ${name}.` : ''
  const text = `Show me what this gateway does, one step at a time.${you} List the demo notes, add one, then try to delete note 2 and tell me what happened.`
  return { description: tour.description, messages: [{ role: 'user', content: { type: 'text', text } }] }
}
