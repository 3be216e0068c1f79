import { hash } from 'node:crypto'
import { canonicalJson } from '../../../shared/canonical-json'
import type { ErrorCode, GatewayError } from '../../../shared/errors'
import type { AuditEntry, AuditOutcome } from '../../../shared/records'
import { redactedJson, redactText } from '../../../shared/redact'
import type { Decision, JsonText, ToolCall } from '../../gateway/hooks'
import type { AuditDraft } from '../../gateway/store/store'

/** Published sizes of what one row keeps: bytes of JSON, UTF-16 units of text. */
const auditLimits = { argumentsBytes: 8 * 1024, errorChars: 1000, toolChars: 200 } as const

/** The row of a call that is about to reach its upstream. */
export const intentOf = (call: ToolCall, decision: Decision): AuditDraft => draftOf(call, decision.effect, decision.by, 'running', null)

/** The whole row of a call that never reached its upstream. */
export function refusalOf(error: GatewayError, call: ToolCall): AuditDraft {
  const decision = unconfirmed.has(error.code) ? 'unconfirmed' : 'deny'
  return draftOf(call, decision, decidedBy(error), outcomeOf(error), errorText(error))
}

/** The message as the caller read it, with secrets masked; of a long one only what is kept is looked at, and as far as a secret there may go on. */
export const errorText = (error: GatewayError) =>
  redactText(error.message.slice(0, auditLimits.errorChars + 1024)).slice(0, auditLimits.errorChars)

export const byteLength = (text: JsonText) => (typeof text === 'string' ? Buffer.byteLength(text) : text.length)

function draftOf(
  call: ToolCall,
  decision: AuditEntry['decision'],
  decided_by: string,
  outcome: AuditOutcome,
  error: string | null,
): AuditDraft {
  const text = canonicalJson(call.arguments)
  return {
    at: new Date().toISOString(),
    client: call.context.client,
    session_id: call.context.sessionId,
    group: call.context.group,
    server: call.server,
    tool: call.server === '' ? madeUp(call.tool) : call.tool,
    door: call.context.door,
    arguments: redactedJson(call.arguments, auditLimits.argumentsBytes),
    arguments_hash: hash('sha256', text, 'hex'),
    decision,
    decided_by,
    outcome,
    duration_ms: null,
    request_bytes: Buffer.byteLength(text),
    result_bytes: null,
    error,
  }
}

/** The name of a tool that no server has is whatever the caller wrote. */
const madeUp = (name: string) => redactText(name.slice(0, auditLimits.toolChars))

/** Nobody said yes: refused for want of a person, or given up before one had answered. */
const unconfirmed: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['tool.unconfirmed', 'limit.approvals', 'call.cancelled'])

function outcomeOf({ code }: GatewayError): AuditOutcome {
  if (code === 'call.cancelled') return 'cancelled'
  return code === 'internal' || code.startsWith('upstream.') || code.startsWith('secret.') ? 'error' : 'denied'
}

/** Whoever refuses may name the rule or the approval in the error's details; else its code stands. */
function decidedBy(error: GatewayError): string {
  const details: unknown = error.context.details
  if (typeof details !== 'object' || details === null) return error.code
  if ('rule' in details && typeof details.rule === 'string') return details.rule
  if ('approval_id' in details && typeof details.approval_id === 'string') return `approval:${details.approval_id}`
  return error.code
}
