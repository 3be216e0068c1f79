import { createHash } from 'node:crypto'
import { canonicalJson } from '../../shared/canonical-json'
import type { ToolCall } from './hooks'

/**
 * What an approval is bound to: SHA-256 (hex) over client, group, server, tool, canonical arguments, definition and policy version.
 * @param definitionHash of the tool as the catalogue has it now, undefined when it is gone
 */
export function hashCall(call: ToolCall, definitionHash: string | undefined, policyVersion: number): string {
  const { client, group } = call.context
  const bound = [client, group, call.server, call.tool, call.arguments, definitionHash ?? null, policyVersion]
  return createHash('sha256').update(canonicalJson(bound)).digest('hex')
}
