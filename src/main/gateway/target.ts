import type { ServerRecord } from '../../shared/records'
import type { GatewayConfig } from './config'
import type { ConnectContext, ConnectSettings, HookList } from './hooks'
import type { Target } from './mcp/link'
import { resolveEnv, resolveHeaders, resolveUrl, varsFromHeaders, type Vault } from './secrets'

/** Longest time for connect and initialize: a remote server, and a command that may first have to be fetched (`npx`). */
export const handshakeMs = { remote: 30_000, command: 60_000 } as const

/** What a target is made from. */
export interface TargetParts {
  readonly hooks: HookList
  config(): GatewayConfig
  readonly vault: Vault | null
  /** Folder that a relative `${file:}` starts from. */
  readonly folder: string
}

/**
 * A server's connection settings of this moment: hooks asked, references resolved. Held in memory for one connection only.
 * @throws GatewayError `secret.unresolved`, or what a hook threw
 */
export async function resolveTarget(parts: TargetParts, record: ServerRecord, context: ConnectContext): Promise<Target> {
  const settings = await askHooks(parts.hooks, record, context)
  const vars = varsFromHeaders(context.request?.headers ?? {}, parts.config().header_vars)
  const sources = { env: process.env, vars, vault: parts.vault, folder: parts.folder }
  const usual = record.transport === 'stdio' ? handshakeMs.command : handshakeMs.remote
  return {
    transport: record.transport,
    name: record.name,
    url: record.url === null ? null : await resolveUrl(record.url, sources),
    headers: { ...(await resolveHeaders(record.static_headers, sources)), ...settings.headers },
    command: record.command,
    args: record.args,
    env: { ...(await resolveEnv(record.env, sources)), ...settings.env },
    cwd: record.cwd,
    handshakeTimeoutMs: settings.timeoutMs ?? usual,
    ...(settings.credential ? { credential: settings.credential } : {}),
  }
}

async function askHooks(hooks: HookList, record: ServerRecord, context: ConnectContext): Promise<ConnectSettings> {
  let merged: ConnectSettings = {}
  for (const hook of hooks.preMcpConnect) {
    const settings = await hook(record, context)
    if (settings)
      merged = { ...merged, ...settings, headers: { ...merged.headers, ...settings.headers }, env: { ...merged.env, ...settings.env } }
  }
  return merged
}
