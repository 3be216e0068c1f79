import * as z from 'zod'

/** What came of connecting to a server that is not stored. Nothing in it is a secret. */
export const DraftTest = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    tool_count: z.number().int(),
    /** The first 200 names, in the server's order. */
    tools: z.array(z.string()),
    server_info: z.object({ name: z.string(), version: z.string() }),
    protocol_version: z.string(),
    /** Milliseconds until the connection stood. */
    latency_ms: z.number().int(),
  }),
  z.object({
    ok: z.literal(false),
    /** `upstream.unreachable`, `upstream.login_required`, `secret.unresolved`… */
    code: z.string(),
    error: z.string(),
    /** What to do next. */
    remedy: z.string(),
  }),
])
export type DraftTest = z.infer<typeof DraftTest>
