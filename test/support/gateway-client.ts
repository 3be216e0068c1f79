import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { ClientCapabilities } from '@modelcontextprotocol/sdk/types.js'
import { bearer } from './gateway-http'
import { withTheTest, type Ending } from './gateway-rig'

export interface ClientOptions {
  readonly token?: string
  readonly capabilities?: ClientCapabilities
  readonly headers?: Readonly<Record<string, string>>
  readonly ending?: Ending
  /** Before it connects: handlers of what it will be asked. */
  readonly prepare?: (client: Client) => void
}

/** The SDK's own client with what it was told. */
export interface RealClient {
  readonly client: Client
  readonly transport: StreamableHTTPClientTransport
  /** Methods and parameters of notifications, in their order. */
  readonly heard: readonly Heard[]
  /** Resolves with the first notification like this one. */
  hears(method: string, like?: (params: Params) => boolean): Promise<Heard>
  names(): Promise<string[]>
  /** The text of a tool's first content block. */
  text(name: string, args?: Record<string, unknown>): Promise<string>
}
type Params = Readonly<Record<string, unknown>>
export interface Heard {
  readonly method: string
  readonly params: Params
}

export async function connectClient(endpoint: string, options: ClientOptions = {}): Promise<RealClient> {
  const { token, capabilities = {}, headers = {}, ending = withTheTest, prepare } = options
  const client = new Client({ name: 'real', version: '1' }, { capabilities })
  const transport = new StreamableHTTPClientTransport(new URL(endpoint), { requestInit: { headers: { ...bearer(token), ...headers } } })
  const heard: Heard[] = []
  const waiting = new Set<() => void>()
  client.fallbackNotificationHandler = async ({ method, params }) => {
    heard.push({ method, params: params ?? {} })
    for (const look of waiting) look()
  }
  prepare?.(client)
  ending(() => client.close())
  await client.connect(transport)
  return { client, transport, heard, hears: hearing(heard, waiting), names: () => namesOf(client), text: textOf(client) }
}

const hearing =
  (heard: readonly Heard[], waiting: Set<() => void>): RealClient['hears'] =>
  (method, like = () => true) =>
    new Promise((resolve) => {
      const look = () => {
        const found = heard.find((each) => each.method === method && like(each.params))
        if (!found) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })

/** All names, page by page. */
async function namesOf(client: Client): Promise<string[]> {
  const names: string[] = []
  let cursor: string | undefined
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor })
    names.push(...page.tools.map((tool) => tool.name))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return names
}

/** What the model reads: also of a refusal. */
export const firstText = (result: object): string =>
  (result as { readonly content?: readonly { readonly text?: string }[] }).content?.[0]?.text ?? ''

const textOf =
  (client: Client): RealClient['text'] =>
  async (name, args = {}) =>
    firstText(await client.callTool({ name, arguments: args }))
