import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { McpError, ResultSchema } from '@modelcontextprotocol/sdk/types.js'
import type { ServerDraft } from '../../src/shared/records'
import { withTheTest, type Ending } from './gateway-rig'

/** The SDK's own client at an upstream, with no gateway between them. */
export async function connectDirect(draft: ServerDraft, ending: Ending = withTheTest): Promise<Client> {
  const client = new Client({ name: 'real', version: '1' }, { capabilities: {} })
  ending(() => client.close())
  await client.connect(transportOf(draft))
  return client
}

function transportOf({ command, args = [], env = {}, url, transport }: ServerDraft): Transport {
  if (command) return new StdioClientTransport({ command, args, stderr: 'ignore', env: { ...getDefaultEnvironment(), ...env } })
  const at = new URL(url ?? '')
  return transport === 'sse' ? new SSEClientTransport(at) : new StreamableHTTPClientTransport(at)
}

/** What a server answers, with every field that it sent; or its error. */
export async function answerOf(client: Client, method: string, params: Record<string, unknown>): Promise<unknown> {
  try {
    return await client.request({ method, params }, ResultSchema)
  } catch (thrown) {
    if (!(thrown instanceof McpError)) throw thrown
    const { code, message, data } = thrown
    // Every hop that is made of the SDK adds these words.
    return { code, message: message.replace(/^(MCP error -?\d+: )+/, ''), data }
  }
}
