import * as z from 'zod'
import { Approval, CatalogTool, UpstreamState } from './records'

const time = z.iso.datetime()

/** Everything that a person needs to decide one pending approval. */
export const ApprovalReview = z.object({
  approval: Approval.extend({ waiting: z.number().int() }),
  /** When the asking session began; null outside of one. */
  session_started_at: time.nullable(),
  /** The tool as its server defines it now; null when it is gone. */
  tool: CatalogTool.nullable(),
  /** The gateway's own knowledge of the server, never the server's words. */
  server: z.object({ id: z.string(), transport: z.string(), state: UpstreamState, trusted: z.boolean() }).nullable(),
  /** Whether the rule that asked lets a notification approve; never for destructive tools. */
  notify_approve: z.boolean(),
  /** Arguments (redacted as stored) of this client's approved calls of this tool, newest first, at most 20. */
  earlier: z.array(z.object({ arguments: z.record(z.string(), z.unknown()), decided_at: time })),
})
export type ApprovalReview = z.infer<typeof ApprovalReview>
