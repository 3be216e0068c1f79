import { gatewayName } from '../../shared/agents'
import { snippetFor } from '../../shared/connect-snippets'
import type { Gateway } from '../gateway/gateway'

/** What the agent is called. */
const agentName = 'Claude Code'

/** A command to paste into a terminal, and the client that was made for it. */
export interface ConnectCommand {
  readonly command: string
  /** Null where nobody needs a token. */
  readonly client: string | null
}

/**
 * The command that connects Claude Code. A token is shown only once, so each command brings a client of its own: one that is connected
 * already stays so. @param open nobody needs a token (`mcp_auth: none`)
 */
export function connectClaudeCode({ clients }: Pick<Gateway, 'clients'>, endpoint: string, open: boolean): ConnectCommand {
  const entry = { name: gatewayName, url: endpoint }
  const made = open ? undefined : clients.create({ name: freeName(clients.list().map(({ name }) => name)) })
  // What follows the first line is for a file.
  const [command = ''] = snippetFor('claude-code', { ...entry, token: made?.token ?? null, open }).split('\n')
  return { command, client: made?.name ?? null }
}

/** `Claude Code`, `Claude Code 2`… */
export function freeName(taken: readonly string[], wanted = agentName): string {
  const names = new Set(taken.map((name) => name.toLowerCase()))
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted} ${number}`
    if (!names.has(name.toLowerCase())) return name
  }
}
