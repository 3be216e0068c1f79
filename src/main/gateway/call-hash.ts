import { createHash } from 'node:crypto'
import { canonicalJson } from '../../shared/canonical-json'
import type { ToolCall } from './hooks'

/** What decides about a call besides the call itself, as it is in force now. */
export interface Governing {
  /** Of the tool as the catalogue has it now, undefined when it is gone. */
  readonly definitionHash: string | undefined
  readonly policy: unknown
  /** Rules of the server, and of the group that was opened; and where the server is. */
  readonly rules: unknown
}

/**
 * What an approval is bound to: SHA-256 (hex) over client, group, server, tool, canonical arguments, definition, policy and rules.
 * It holds through a restart as long as all of them stay the same.
 */
export function hashCall(call: ToolCall, { definitionHash, policy, rules }: Governing): string {
  const { client, group } = call.context
  const bound = [client, group, call.server, call.tool, call.arguments, definitionHash ?? null, policy, rules]
  return createHash('sha256').update(canonicalJson(bound)).digest('hex')
}
