import { createHash } from 'node:crypto'
import { canonicalJson } from '../../shared/canonical-json'
import type { ClientRecord, GroupRecord, ServerRecord } from '../../shared/records'
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
  return sha256(bound)
}

/** Where a call goes belongs to it: an approval must not follow a server's name to somewhere else. */
export const placeOf = ({ id, transport, url, command, args, env, cwd }: ServerRecord): unknown => [
  ...[id, transport, url, command, args, env, cwd],
]

/** Who and what stand behind the names of a client, a group and a server; undefined where nobody of that name is registered. */
export interface Named {
  readonly client: Readonly<ClientRecord> | undefined
  readonly group: Readonly<GroupRecord> | undefined
  readonly server: ServerRecord | undefined
}

/**
 * What a standing permission is bound to besides its names: SHA-256 (hex) over the client and its token, the group, and the server
 * and its place. Another of the same name has another; so has a client with a new token, since somebody else may have had the old one.
 */
export const hashNamed = ({ client, group, server }: Named): string =>
  sha256([client?.id ?? null, client?.token_hash ?? null, group?.id ?? null, server ? placeOf(server) : null])

const sha256 = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex')
