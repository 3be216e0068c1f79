import * as z from 'zod'
import { AuditOutcome } from './records'

/** What passed through the gateway lately. Durations in milliseconds, of the upstream's part of a call; null: no call. */
export const GatewayStats = z.object({
  /** Calls in each of the last 60 minutes, oldest first. */
  calls_per_minute: z.array(z.number().int()),
  /** Since the `since` that was asked for, by default the last 24 hours. */
  calls: z.number().int(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  /** The gateway's own part of a call, median. */
  gateway_ms: z.number().nullable(),
  /** Median of each of the last 30 minutes that had calls, oldest first. */
  latency: z.array(z.number()),
  servers: z.array(
    z.object({
      server: z.string(),
      calls: z.number().int(),
      errors: z.number().int(),
      p50_ms: z.number().nullable(),
      latency: z.array(z.number()),
    }),
  ),
  clients: z.array(z.object({ client: z.string(), calls: z.number().int(), last_call_at: z.iso.datetime() })),
})
export type GatewayStats = z.infer<typeof GatewayStats>

/** The calls that fit a filter, counted; the most first. */
export const AuditSummary = z.object({
  calls: z.number().int(),
  /** False: there were more calls than are looked at. */
  complete: z.boolean(),
  outcomes: z.array(z.object({ outcome: AuditOutcome, calls: z.number().int() })),
  servers: z.array(z.object({ server: z.string(), calls: z.number().int() })),
  clients: z.array(z.object({ client: z.string(), calls: z.number().int() })),
})
export type AuditSummary = z.infer<typeof AuditSummary>

/** What a policy would have decided over the recorded calls. */
export const PolicyReplay = z.object({
  since: z.iso.datetime(),
  /** Calls that were looked at, and whether there were more than are looked at. */
  calls: z.number().int(),
  complete: z.boolean(),
  /** One for each rule that decided something; `rule` as in a decision (`rules[2]`, `default`…). `days`: counts, oldest first, ending today. */
  rules: z.array(
    z.object({
      rule: z.string(),
      effect: z.enum(['deny', 'ask', 'allow']),
      count: z.number().int(),
      days: z.array(z.number().int()),
      clients: z.record(z.string(), z.number().int()),
    }),
  ),
  /** How many calls would be decided differently than under the policy in force, and the newest 100 of them. */
  changed: z.number().int(),
  changes: z.array(
    z.object({
      id: z.number().int(),
      at: z.iso.datetime(),
      client: z.string(),
      server: z.string(),
      tool: z.string(),
      before: z.enum(['deny', 'ask', 'allow']),
      after: z.enum(['deny', 'ask', 'allow']),
      rule: z.string(),
    }),
  ),
})
export type PolicyReplay = z.infer<typeof PolicyReplay>
