import { redactKnown } from './known-secrets'

/**
 * Every failure that a door may report: its HTTP status and its JSON-RPC code. Adding a code is adding a line.
 * -32600 to -32603, -32700: JSON-RPC 2.0; -32002: MCP "resource not found"; -32001: refused at the door.
 */
export const codes = {
  'input.invalid': { status: 422, rpc: -32602 },
  'input.malformed': { status: 400, rpc: -32700 },
  'input.batch': { status: 400, rpc: -32600 },
  'input.too_large': { status: 413, rpc: -32600 },
  'input.too_deep': { status: 400, rpc: -32600 },
  'input.content_type': { status: 415, rpc: -32600 },
  'input.not_acceptable': { status: 406, rpc: -32600 },
  'input.duplicate_id': { status: 400, rpc: -32600 },
  'auth.required': { status: 401, rpc: -32001 },
  'auth.throttled': { status: 429, rpc: -32001 },
  'auth.forbidden': { status: 403, rpc: -32001 },
  'auth.approver_required': { status: 403, rpc: -32001 },
  'host.forbidden': { status: 403, rpc: -32001 },
  'origin.forbidden': { status: 403, rpc: -32001 },
  'limit.sessions': { status: 429, rpc: -32603 },
  'limit.in_flight': { status: 429, rpc: -32603 },
  'limit.approvals': { status: 429, rpc: -32603 },
  'limit.changes': { status: 429, rpc: -32603 },
  'method.not_found': { status: 404, rpc: -32601 },
  'method.not_allowed': { status: 405, rpc: -32601 },
  'route.not_found': { status: 404, rpc: -32601 },
  'session.required': { status: 400, rpc: -32600 },
  'session.not_found': { status: 404, rpc: -32001 },
  'group.not_found': { status: 404, rpc: -32602 },
  'group.name_taken': { status: 409, rpc: -32602 },
  'group.in_use': { status: 409, rpc: -32602 },
  'server.not_found': { status: 404, rpc: -32602 },
  'server.name_taken': { status: 409, rpc: -32602 },
  'server.untrusted': { status: 409, rpc: -32603 },
  'server.trust_stale': { status: 409, rpc: -32603 },
  'server.disabled': { status: 409, rpc: -32603 },
  'client.not_found': { status: 404, rpc: -32602 },
  'client.name_taken': { status: 409, rpc: -32602 },
  'change.not_found': { status: 404, rpc: -32602 },
  'change.rejected': { status: 403, rpc: -32602 },
  'change.unanswered': { status: 409, rpc: -32602 },
  'change.stale': { status: 409, rpc: -32602 },
  'approval.not_found': { status: 404, rpc: -32602 },
  'tool.not_found': { status: 404, rpc: -32602 },
  'tool.denied': { status: 403, rpc: -32602 },
  'tool.unconfirmed': { status: 403, rpc: -32602 },
  'call.cancelled': { status: 499, rpc: -32800 },
  'call.lost': { status: 410, rpc: -32603 },
  'resource.not_found': { status: 404, rpc: -32002 },
  'prompt.not_found': { status: 404, rpc: -32602 },
  'gateway.paused': { status: 503, rpc: -32603 },
  'secret.not_found': { status: 404, rpc: -32602 },
  'login.not_found': { status: 404, rpc: -32602 },
  'vault.unavailable': { status: 503, rpc: -32603 },
  'agent.not_found': { status: 404, rpc: -32602 },
  'agent.unreadable': { status: 409, rpc: -32602 },
  'agent.changed': { status: 409, rpc: -32602 },
  'secret.unresolved': { status: 409, rpc: -32603 },
  'config.invalid': { status: 422, rpc: -32603 },
  'config.safe_mode': { status: 503, rpc: -32603 },
  'store.unavailable': { status: 503, rpc: -32603 },
  'store.locked': { status: 503, rpc: -32603 },
  'store.newer': { status: 503, rpc: -32603 },
  'upstream.unreachable': { status: 502, rpc: -32603 },
  'upstream.timeout': { status: 504, rpc: -32603 },
  'upstream.closed': { status: 502, rpc: -32603 },
  'upstream.session_lost': { status: 502, rpc: -32603 },
  'upstream.garbage': { status: 502, rpc: -32603 },
  'upstream.login_required': { status: 502, rpc: -32603 },
  'upstream.refused': { status: 502, rpc: -32603 },
  'upstream.error': { status: 502, rpc: -32603 },
  'gateway.closing': { status: 503, rpc: -32603 },
  'listen.port_taken': { status: 503, rpc: -32603 },
  internal: { status: 500, rpc: -32603 },
} as const

/** What went wrong, for programs: `tool.denied`, `upstream.timeout`… The table says its HTTP status and JSON-RPC code. */
export type ErrorCode = keyof typeof codes

/** What may accompany an error: `cause` is for the log only, `details` is safe to show to whoever asked. */
export interface ErrorContext {
  readonly cause?: unknown
  readonly details?: unknown
}

/** The one error of the product. `message` says what to do next and holds no secret: values of known ones are masked, whoever wrote it. */
export class GatewayError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly context: ErrorContext = {},
  ) {
    super(redactKnown(message), { cause: context.cause })
    this.name = 'GatewayError'
  }
}

/** Anything thrown becomes a GatewayError; what we did not expect becomes `internal`, its text kept for the log only. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  return new GatewayError('internal', 'Something went wrong inside the gateway; see its log.', { cause: thrown })
}
