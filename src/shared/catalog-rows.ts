import * as z from 'zod'
import { CatalogTool, PolicyDecision } from './records'

/** What a tool says of itself; null where it says nothing. */
export const ToolHints = z.object({
  read_only: z.boolean().nullable(),
  destructive: z.boolean().nullable(),
  idempotent: z.boolean().nullable(),
  open_world: z.boolean().nullable(),
})

/** Why a tool is not in the list: the server's or group's rules, the policy, or the server itself. Null: clients see it. */
export const HiddenBy = z.enum(['server', 'group', 'policy', 'disabled']).nullable()

/** One tool in a list of thousands: no schema. */
export const ToolRow = z.object({
  name: z.string(),
  server_id: z.string(),
  server: z.string(),
  bare_name: z.string(),
  title: z.string().nullable(),
  /** At most 200 characters. */
  description: z.string().nullable(),
  hints: ToolHints,
  /** What its definition costs in an agent's context: characters of the listed JSON / 4, rounded up. An estimate. */
  tokens: z.number().int(),
  hidden_by: HiddenBy,
  decision: PolicyDecision,
})
export type ToolRow = z.infer<typeof ToolRow>

/** The catalogue as one client and group see it; what is hidden is listed too and says why. */
export const ToolRows = z.object({ tools: z.array(ToolRow), exposed: z.number().int(), tokens: z.number().int() })
export type ToolRows = z.infer<typeof ToolRows>

/** One tool whole. */
export const ToolDetail = z.object({
  row: ToolRow,
  tool: CatalogTool,
  /** Groups in which it is visible. */
  groups: z.array(z.string()),
  /** Of the last seven days. */
  history: z.object({ calls: z.number().int(), approved: z.number().int(), granted: z.number().int(), denied: z.number().int() }),
})
export type ToolDetail = z.infer<typeof ToolDetail>
