import type { IncomingMessage, ServerResponse } from 'node:http'
import { withTheTest, type Ending } from './gateway-rig'
import { answer, initialize, openHttpUpstream, type Got, type HttpUpstream, type Script } from './http-upstream'

/** One call of a scripted tool: whoever scripts it answers, or does not. */
export interface ScriptedCall {
  readonly got: Got
  readonly res: ServerResponse
  readonly req: IncomingMessage
  readonly arguments: Readonly<Record<string, unknown>>
  /** Answers with one text. */
  text(value: string): void
}
export type ToolScript = (call: ScriptedCall) => void

export interface ToolServer extends HttpUpstream {
  /** Requests of this method, in their order. */
  asked(method: string): Got[]
}

export interface ToolServerOptions extends Script {
  /** What `tools/list` answers besides the scripted tools. */
  readonly tools?: readonly unknown[]
  readonly ending?: Ending
}

/** A raw HTTP upstream whose tools do what a test says; every connection has a session of its own. */
export async function openToolServer(
  scripts: Readonly<Record<string, ToolScript>>,
  { ending = withTheTest, ...script }: ToolServerOptions = {},
): Promise<ToolServer> {
  let sessions = 0
  const listed = [...Object.keys(scripts).map((name) => ({ name, inputSchema: { type: 'object' } })), ...(script.tools ?? [])]
  const upstream = await openHttpUpstream({
    onInitialize: (got, res, req) => initialize({ ...script, sessionId: `session-${++sessions}` })(got, res, req),
    onRequest: (got, res, req) => {
      const { method, params } = got.message
      const tool = method === 'tools/call' ? scripts[String(params?.name)] : undefined
      const args = (params?.arguments ?? {}) as Record<string, unknown>
      if (method === 'tools/list') answer(res, got, { tools: listed })
      else if (tool)
        tool({ got, res, req, arguments: args, text: (value) => answer(res, got, { content: [{ type: 'text', text: value }] }) })
      else answer(res, got, {})
    },
    ...script,
  })
  ending(() => upstream.close())
  return { ...upstream, asked: (method) => upstream.got.filter(({ message }) => message.method === method) }
}

/** Calls that wait until the test lets them go on. */
export interface Gate {
  readonly script: ToolScript
  readonly waiting: readonly ScriptedCall[]
  arrived(count: number): Promise<void>
  /** Answers `done` to what waits, and to whatever comes from now on. */
  open(): void
}

export function gate(): Gate {
  const waiting: ScriptedCall[] = []
  const watchers = new Set<() => void>()
  let isOpen = false
  return {
    waiting,
    script(call) {
      waiting.push(call)
      if (isOpen) call.text('done')
      for (const look of watchers) look()
    },
    arrived: (count) =>
      new Promise((resolve) => {
        const look = () => waiting.length >= count && resolve()
        watchers.add(look)
        look()
      }),
    open() {
      isOpen = true
      for (const call of waiting) call.text('done')
    },
  }
}

/** What a server of resources answers: a list of these URIs, which can be read and subscribed to. */
export const resourceServer =
  (uris: readonly string[]): NonNullable<Script['onRequest']> =>
  (got, res) => {
    const { method, params } = got.message
    if (method === 'resources/list') answer(res, got, { resources: uris.map((uri) => ({ uri, name: uri })) })
    else if (method === 'resources/templates/list') answer(res, got, { resourceTemplates: [] })
    else if (method === 'resources/read') answer(res, got, { contents: [{ uri: params?.uri, text: 'content' }] })
    else answer(res, got, {})
  }
