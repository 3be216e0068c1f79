import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { askApp, mainPage, type Desktop } from './desktop'

/** A real MCP client with a token of its own. */
export interface Agent {
  readonly name: string
  readonly token: string
  /** Names of the tools that it sees. */
  tools(): Promise<string[]>
  call(tool: string, args?: Record<string, unknown>): Promise<Answer>
  close(): Promise<void>
}

/** What the model gets to read. */
export interface Answer {
  readonly text: string
  readonly isError: boolean
}

/** Adds a client in the app's window and connects with its token. */
export async function connectAgent(desktop: Pick<Desktop, 'app' | 'endpoint'>, name: string): Promise<Agent> {
  const { token } = await askApp<{ token: string }>(await mainPage(desktop), 'POST', '/clients', { name })
  return connectWith(desktop.endpoint, name, token)
}

/** Connects with a token that was handed out before. */
export async function connectWith(endpoint: string, name: string, token: string): Promise<Agent> {
  const client = new Client({ name, version: '1' })
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit }))
  return {
    ...{ name, token, close: () => client.close() },
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    async call(tool, args = {}) {
      const answer = await client.callTool({ name: tool, arguments: args }).catch((error: unknown) => ({
        content: [{ type: 'text', text: error instanceof Error ? error.message : String(error) }],
        isError: true,
      }))
      const texts = (answer.content as { readonly text?: string }[]).map(({ text }) => text ?? '')
      return { text: texts.join('\n'), isError: answer.isError === true }
    },
  }
}
