import type { ToolRow } from '../../../shared/catalog-rows'

/** What one server's tools take of an agent's context. */
interface ServerCost {
  readonly server: string
  /** Of the exposed tools; where none is exposed, what all would cost. */
  readonly tokens: number
  readonly exposed: number
}

/** Tokens of each server's tools, the dearest first. */
export function costByServer(tools: readonly ToolRow[]): readonly ServerCost[] {
  const servers = [...new Set(tools.map(({ server }) => server))]
  const rows = servers.map((server) =>
    costOf(
      server,
      tools.filter((tool) => tool.server === server),
    ),
  )
  return rows.sort((a, b) => b.tokens - a.tokens)
}

function costOf(server: string, tools: readonly ToolRow[]): ServerCost {
  const exposed = tools.filter(({ hidden_by }) => hidden_by === null)
  const counted = exposed.length > 0 ? exposed : tools
  return { server, tokens: counted.reduce((sum, { tokens }) => sum + tokens, 0), exposed: exposed.length }
}
