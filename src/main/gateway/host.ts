import { GatewayError } from '../../shared/errors'
import { hashCall, hashNamed } from './call-hash'
import type { Catalog } from './catalog'
import type { ClientRegistry } from './clients'
import type { ConfigSource } from './config'
import type { Events } from './events'
import type { Servers } from './gateway'
import type { GroupRegistry } from './groups'
import type { Arguments, CallToolResult, RequestContext, ToolCall } from './hooks'
import type { Log } from './log'
import { Asker } from './mcp/caller'
import { isDeeper } from './mcp/introspect'
import { deepestNesting } from './mcp/json-scan'
import { parseJson } from './mcp/message'
import type { Relay } from './mcp/relay'
import type { PluginHost } from './plugin'
import { resolveSecrets, type Vault } from './secrets'
import type { ServerRegistry } from './servers'
import type { Store } from './store/store'

/** What the host hands out. */
export interface HostParts {
  readonly store: Store
  readonly vault: Vault | null
  readonly servers: Pick<Servers, 'list' | 'create' | 'remove' | 'refresh'> & Pick<ServerRegistry, 'byName'>
  readonly clients: Pick<ClientRegistry, 'find'>
  readonly log: Log
  readonly source: ConfigSource
  readonly events: Events
  readonly groups: GroupRegistry
  readonly catalog: Catalog
  readonly relay: Relay
  readonly policyVersion: () => number
  /** Folder that a relative `${file:}` starts from. */
  readonly folder: string
  /** Allow and deny lists that decide about this call. */
  rulesFor(call: ToolCall): unknown
  invalidate(): void
  onConfigChange(listener: () => void): () => void
}

/** What plugins may use of the gateway. */
export function createHost(parts: HostParts): PluginHost {
  return {
    store: parts.store,
    vault: parts.vault,
    servers: parts.servers,
    resolveSecret: (text, field) => resolveSecrets(text, { env: process.env, vars: {}, vault: parts.vault, folder: parts.folder }, field),
    log: parts.log,
    config: () => parts.source.current(),
    policy: () => parts.source.policy(),
    savePolicy: (policy) => parts.source.savePolicy(policy),
    onConfigChange: (listener) => parts.onConfigChange(listener),
    invalidate: () => parts.invalidate(),
    policyVersion: () => parts.policyVersion(),
    callHash: (call) =>
      hashCall(call, {
        definitionHash: parts.catalog.tool(call.exposedName)?.definition_hash,
        policy: parts.source.policy(),
        rules: parts.rulesFor(call),
      }),
    nameHash: ({ client, group, server }) =>
      hashNamed({
        client: parts.clients.find(client),
        group: group === null ? undefined : parts.groups.find(group),
        server: parts.servers.byName(server),
      }),
    onEvent: (listener) => parts.events.on(listener),
    emit: (event, data) => parts.events.emit(event, data),
    catalogTools: () => parts.catalog.tools(),
    async listTools(context) {
      return (await parts.catalog.view(context)).tools
    },
    callTool: (name, args, context, options) => callFor(parts.relay, name, args, context, options),
    requireGroup: (name) => requireGroup(parts.groups, name),
  }
}

/** @throws GatewayError `group.not_found` */
export function requireGroup(groups: Pick<GroupRegistry, 'find'>, name: string): void {
  if (!groups.find(name))
    throw new GatewayError(
      'group.not_found',
      `There is no group ${JSON.stringify(name.slice(0, 64))}; "fast-gateway group list" shows which there are.`,
    )
}

/** A tool call that did not come as MCP, its result parsed. @throws GatewayError */
export async function callFor(
  relay: Relay,
  name: string,
  args: Arguments,
  context: RequestContext,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<CallToolResult> {
  // Deeper ones can be neither hashed nor written down; over MCP they do not come so far.
  if (isDeeper(args, deepestNesting))
    throw new GatewayError('input.too_deep', `Arguments may be nested ${deepestNesting} levels deep at most.`)
  const outcome = await relay.callTool(askerOf(context), name, args, signalOf(options))
  return parseJson(outcome.result) as CallToolResult
}

/** Only MCP has a tool behind a tool; from the other doors a meta-tool is the same door. */
function askerOf(context: RequestContext): Asker {
  if (!(context instanceof Asker)) return new Asker(context.client, context.group, context.door, undefined, undefined, context.headers)
  return context.door === 'mcp' ? context.through('meta') : context
}

function signalOf({ signal, timeoutMs }: { readonly signal?: AbortSignal; readonly timeoutMs?: number }): AbortSignal {
  const signals = [...(signal ? [signal] : []), ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)])]
  return signals.length === 0 ? new AbortController().signal : AbortSignal.any(signals)
}
