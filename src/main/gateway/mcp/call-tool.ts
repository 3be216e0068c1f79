import { GatewayError } from '../../../shared/errors'
import type { CatalogTool } from '../../../shared/records'
import type { Catalog } from '../catalog'
import type { Arguments, CallTool, JsonText, ToolCall, ToolOutcome } from '../hooks'
import { observeRefusal, runToolCall } from '../pipeline'
import { Asker } from './caller'
import { expectResult, noteTo, timeoutOf } from './forward'
import type { Params } from './link'
import { isErrorResult, parseJson, sizeOf } from './message'
import { run, type Errand } from './session-links'
import type { RelayParts, Turn } from './turn'

/** A tool call of any door, through the pipeline. @throws GatewayError */
export type ToolCaller = (asker: Asker, name: string, args: Arguments, signal: AbortSignal) => Promise<ToolOutcome>

/** `tools/call` of a session. */
export async function callFromMcp(callTool: ToolCaller, { asker, params, signal }: Turn): Promise<JsonText> {
  if (typeof params.name !== 'string') throw new GatewayError('input.invalid', 'tools/call needs the name of a tool.')
  const args = params.arguments ?? {}
  if (typeof args !== 'object' || Array.isArray(args))
    throw new GatewayError('input.invalid', 'The arguments of a tool call are an object.')
  const outcome = await callTool(asker, params.name, args as Arguments, signal)
  return outcome.result
}

/** Resolves and authorises the name in the caller's own view, then runs the pipeline once. */
export function toolCaller(parts: RelayParts): ToolCaller {
  return async (asker, name, args, signal) => {
    const began = performance.now()
    const refused = parts.refusal() ?? parts.paused()
    const view = await parts.catalog.view(asker)
    const tool = view.tool(name)
    const meta = tool || refused ? undefined : parts.metaTool(name)
    if (meta) return asOutcome(await meta.call(args, asker, signal))
    const call = callOf(asker, name, tool, args, signal)
    if (!tool || refused) return refuseCall(parts, refused ?? notAvailable(name), call)
    let isHeld = false
    const hold = () => {
      isHeld = true
      return asker.caller?.hold() ?? nothing
    }
    const outcome = await runToolCall(parts.pipeline(), call, hold)
    if (!isHeld) parts.ownTimes.tellWhole(asker, performance.now() - began)
    return outcome
  }
}

const nothing = () => undefined

function callOf(asker: Asker, name: string, tool: CatalogTool | undefined, args: Arguments, signal: AbortSignal): ToolCall {
  const definition = tool ?? unknownTool(name)
  return Object.freeze({
    server: definition.namespace,
    tool: definition.bare_name,
    exposedName: name,
    definition,
    arguments: args,
    context: asker,
    signal,
    tellsProgress: asker.caller?.progressToken !== undefined,
  })
}

/** Denied and unknown answer alike: whether a hidden tool exists is not told. */
const notAvailable = (name: string) =>
  new GatewayError('tool.not_found', `There is no tool ${JSON.stringify(name.slice(0, 200))} here; list the tools again.`)

async function refuseCall(parts: RelayParts, error: GatewayError, call: ToolCall): Promise<never> {
  await observeRefusal(parts.pipeline().hooks, error, call)
  throw error
}

const asOutcome = (result: { isError?: boolean }): ToolOutcome => ({ result: JSON.stringify(result), isError: result.isError === true })

const unknownTool = (name: string): CatalogTool => ({
  server_id: '',
  namespace: '',
  name,
  bare_name: name,
  title: null,
  description: null,
  tags: [],
  parameters: {},
  output_schema: null,
  annotations: null,
  definition_hash: '',
})

/** The last step of a tool call, below every plugin's `around`. */
export function upstreamCaller(parts: Pick<RelayParts, 'catalog' | 'upstream' | 'paused' | 'ownTimes' | 'log'>): CallTool {
  // It may have been let in before the pause and have waited for hooks or a retry since.
  const refusal = () => parts.paused()
  return async (call) => {
    const upstream = parts.upstream(call.definition.server_id)
    if (!upstream || !(call.context instanceof Asker)) throw notAvailable(call.exposedName)
    const params = forwarded(call)
    const errand: Errand = { upstream, method: 'tools/call', params, signal: call.signal, timeoutMs: timeoutOf(upstream), refusal }
    const began = performance.now()
    const result = expectResult(await run(errand, call.context, noteTo(parts.log, upstream)))
    parts.ownTimes.tellUpstream(call.context, performance.now() - began)
    learnLinks(parts.catalog, call, result)
    return { result, isError: isErrorResult(result) }
  }
}

/** What the person approved is what goes: the arguments as hooks left them, under the upstream's own name. */
function forwarded(call: ToolCall): Params {
  const meta = call.context instanceof Asker ? call.context.caller?.meta : undefined
  return meta === undefined ? { name: call.tool, arguments: call.arguments } : { name: call.tool, arguments: call.arguments, _meta: meta }
}

/** A result may bring links to resources that no list names; only then is it parsed. */
function learnLinks(catalog: Catalog, call: ToolCall, result: JsonText): void {
  if (sizeOf(result) > 1024 * 1024 || !result.includes('"resource_link"')) return
  const { content } = parseJson(result) as { readonly content?: unknown }
  const owner = { serverId: call.definition.server_id, server: call.server }
  for (const block of Array.isArray(content) ? (content as readonly unknown[]) : []) {
    const uri = linkedUri(block)
    if (uri !== undefined) catalog.learnResource(uri, { ...owner, bareName: uri })
  }
}

function linkedUri(block: unknown): string | undefined {
  const { type, uri } = (block ?? {}) as { readonly type?: unknown; readonly uri?: unknown }
  return type === 'resource_link' && typeof uri === 'string' ? uri : undefined
}
