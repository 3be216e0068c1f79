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

/** Claude Code: a command, or the same for a project's .mcp.json. */
function claudeCode(entry: Entry): string {
  const header = entry.open ? '' : ` --header "Authorization: ${bearer(entry)}"`
  return [
    `claude mcp add --transport http ${entry.name} ${entry.url}${header}`,
    '',
    'or in .mcp.json:',
    pretty({ mcpServers: { [entry.name]: { type: 'http', url: entry.url, ...headersOf(entry) } } }),
  ].join('\n')
}

/** Claude Desktop starts commands only: mcp-remote speaks HTTP for it. The header stands in a variable because of its space. */
function claudeDesktop(entry: Entry): string {
  const remote = ['-y', 'mcp-remote', entry.url, '--transport', 'http-only']
  const server = entry.open
    ? { command: 'npx', args: remote }
    : { command: 'npx', args: [...remote, '--header', 'Authorization:${AUTHORIZATION}'], env: { AUTHORIZATION: bearer(entry) } }
  return ['In claude_desktop_config.json:', pretty({ mcpServers: { [entry.name]: server } })].join('\n')
}

const cursor = (entry: Entry) =>
  ['In ~/.cursor/mcp.json:', pretty({ mcpServers: { [entry.name]: { url: entry.url, ...headersOf(entry) } } })].join('\n')

const vscode = (entry: Entry) =>
  ['In .vscode/mcp.json:', pretty({ servers: { [entry.name]: { type: 'http', url: entry.url, ...headersOf(entry) } } })].join('\n')

/** TOML; its basic strings are written as JSON writes them. */
function codex(entry: Entry): string {
  const auth = entry.open
    ? []
    : entry.token === null
      ? ['bearer_token_env_var = "FAST_GATEWAY_TOKEN"']
      : [`http_headers = { "Authorization" = ${JSON.stringify(bearer(entry))} }`]
  return ['In ~/.codex/config.toml:', `[mcp_servers.${entry.name}]`, `url = ${JSON.stringify(entry.url)}`, ...auth].join('\n')
}

const json = (entry: Entry) => pretty({ [entry.name]: { type: 'http', url: entry.url, ...headersOf(entry) } })

/** The forms that agents want, by the name of the agent; the first is the default. */
export const agents = { 'claude-code': claudeCode, 'claude-desktop': claudeDesktop, cursor, vscode, codex, json }
export type Agent = keyof typeof agents

/** What to paste where. */
export const snippetFor = (agent: Agent, entry: Entry): string => agents[agent](entry)
