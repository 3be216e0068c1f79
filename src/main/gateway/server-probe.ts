import { GatewayError } from '../../shared/errors'
import { mostItems, mostListBytes, mostPages } from './mcp/introspect'
import type { Handshake, InitializeResult, Link, LinkEvents } from './mcp/link'
import { parseJson, sizeOf } from './mcp/message'
import type { Upstream } from './mcp/upstream'

/** The longest that one look at an upstream takes. Milliseconds. */
export const probeDeadlineMs = 90_000

const methodNotFound = -32601
const deaf: LinkEvents = { onMessage: () => undefined, onClosed: () => undefined, onNote: () => undefined }

type RawTool = Readonly<Record<string, unknown>>

/** Tools of an upstream as it says them now, on the connection that it has. @throws GatewayError `upstream.*` */
export async function toolsNow(upstream: Upstream): Promise<readonly RawTool[]> {
  return drainTools(await upstream.sharedLink(), timeoutOf(upstream), AbortSignal.timeout(probeDeadlineMs))
}

/** Connects on a connection of its own, counts, and closes it. @throws GatewayError */
export const countTools = async (upstream: Upstream, handshake: Handshake): Promise<number> =>
  (await probe(upstream, handshake, AbortSignal.timeout(probeDeadlineMs))).tools.length

/** What one look at an upstream found; `latencyMs` until the connection stood. */
export interface Probed {
  readonly initialized: InitializeResult
  readonly tools: readonly RawTool[]
  readonly latencyMs: number
}

/** Connects on a connection of its own, lists the tools, and closes it. @throws GatewayError */
export async function probe(upstream: Upstream, handshake: Handshake, signal: AbortSignal): Promise<Probed> {
  const began = performance.now()
  const link = await upstream.openSessionLink(handshake, deaf, { request: null }, signal)
  const latencyMs = performance.now() - began
  try {
    return { initialized: link.initialized, tools: await drainTools(link, timeoutOf(upstream), signal), latencyMs }
  } finally {
    await link.close()
  }
}

const timeoutOf = (upstream: Upstream) => upstream.record().timeout_seconds * 1000

/** Every page, raw; within the limits of an introspection. */
async function drainTools(link: Link, timeoutMs: number, signal: AbortSignal): Promise<readonly RawTool[]> {
  const tools: RawTool[] = []
  let cursor: string | undefined
  for (let page = 0, bytes = 0; page < mostPages && bytes < mostListBytes && tools.length < mostItems; page++) {
    const reply = await link.request('tools/list', cursor === undefined ? undefined : { cursor }, { timeoutMs, progress: false, signal })
    if ('error' in reply) {
      if (reply.error.code === methodNotFound) return tools
      throw new GatewayError('upstream.refused', `The server refused to list its tools: ${reply.error.message.slice(0, 300)}`)
    }
    bytes += sizeOf(reply.result)
    const { items, next } = readPage(parseJson(reply.result))
    for (const item of items) tools.push(item)
    if (next === undefined || next === cursor) break
    cursor = next
  }
  return tools
}

function readPage(result: unknown): { items: readonly RawTool[]; next: string | undefined } {
  const { tools, nextCursor } = (result ?? {}) as { tools?: unknown; nextCursor?: unknown }
  if (!Array.isArray(tools))
    throw new GatewayError('upstream.garbage', 'The server answered tools/list with something that is no list of tools.')
  return {
    items: tools.filter((item): item is RawTool => typeof item === 'object' && item !== null),
    next: typeof nextCursor === 'string' ? nextCursor : undefined,
  }
}
