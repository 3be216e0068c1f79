import type { AgentId } from './agents'

/** What an agent is told of the gateway. */
export interface Entry {
  readonly name: string
  readonly url: string
  /** Null: a placeholder stands for it. */
  readonly token: string | null
  /** Nobody needs a token (`mcp_auth: none`). */
  readonly open: boolean
}

/** The value of its Authorization header. */
export const bearer = ({ token }: Entry): string => `Bearer ${token ?? '<TOKEN>'}`
const headersOf = (entry: Entry) => (entry.open ? {} : { headers: { Authorization: bearer(entry) } })
const pretty = (value: unknown) => JSON.stringify(value, null, 2)

const typed = (entry: Entry) => ({ type: 'http', url: entry.url, ...headersOf(entry) })

/** Claude Desktop starts commands only: mcp-remote speaks HTTP for it. The header stands in a variable because of its space. */
function throughCommand(entry: Entry) {
  const remote = ['-y', 'mcp-remote', entry.url, '--transport', 'http-only']
  return entry.open
    ? { command: 'npx', args: remote }
    : { command: 'npx', args: [...remote, '--header', 'Authorization:${AUTHORIZATION}'], env: { AUTHORIZATION: bearer(entry) } }
}

/** The server's entry as it stands in the agent's config file, below the gateway's name. */
export const configEntries = {
  'claude-code': typed,
  'claude-desktop': throughCommand,
  cursor: (entry) => ({ url: entry.url, ...headersOf(entry) }),
  vscode: typed,
  codex: (entry) => ({ url: entry.url, ...(entry.open ? {} : { http_headers: { Authorization: bearer(entry) } }) }),
} as const satisfies Record<AgentId, (entry: Entry) => Readonly<Record<string, unknown>>>

/** Claude Code: a command, or the same for a project's .mcp.json. */
function claudeCode(entry: Entry): string {
  const header = entry.open ? '' : ` --header "Authorization: ${bearer(entry)}"`
  return [
    `claude mcp add --transport http ${entry.name} ${entry.url}${header}`,
    '',
    'or in .mcp.json:',
    pretty({ mcpServers: { [entry.name]: typed(entry) } }),
  ].join('\n')
}

const claudeDesktop = (entry: Entry) =>
  ['In claude_desktop_config.json:', pretty({ mcpServers: { [entry.name]: throughCommand(entry) } })].join('\n')

const cursor = (entry: Entry) =>
  ['In ~/.cursor/mcp.json:', pretty({ mcpServers: { [entry.name]: configEntries.cursor(entry) } })].join('\n')

const vscode = (entry: Entry) => ['In .vscode/mcp.json:', pretty({ servers: { [entry.name]: typed(entry) } })].join('\n')

/** TOML; its basic strings are written as JSON writes them. */
function codex(entry: Entry): string {
  const auth = entry.open
    ? []
    : entry.token === null
      ? ['bearer_token_env_var = "FAST_GATEWAY_TOKEN"']
      : [`http_headers = { "Authorization" = ${JSON.stringify(bearer(entry))} }`]
  return ['In ~/.codex/config.toml:', `[mcp_servers.${entry.name}]`, `url = ${JSON.stringify(entry.url)}`, ...auth].join('\n')
}

const json = (entry: Entry) => pretty({ [entry.name]: typed(entry) })

/** The forms that agents want, by the name of the agent; the first is the default. */
export const agents = { 'claude-code': claudeCode, 'claude-desktop': claudeDesktop, cursor, vscode, codex, json }
export type Agent = keyof typeof agents

/** What to paste where. */
export const snippetFor = (agent: Agent, entry: Entry): string => agents[agent](entry)
