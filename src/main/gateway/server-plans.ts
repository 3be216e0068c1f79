import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../shared/errors'
import type { ServerDraft, ServerPatch, ServerRecord, TrustedCommand } from '../../shared/records'
import type { TrustHash } from './mcp/upstream'
import type { NamedRows } from './named-rows'
import { newServer, patchServer, serverLimits } from './server-record'

/** What each change would store, checked as the change itself is: nothing is changed yet. Every change is made of its plan. */
export interface ServerPlans {
  /** @throws GatewayError `input.invalid`, `server.name_taken` */
  create(draft: ServerDraft): ServerRecord
  /** @throws GatewayError `server.not_found`, `input.invalid`, `server.name_taken` */
  patch(id: string, patch: ServerPatch): ServerRecord
  /** @throws GatewayError `server.not_found`, `server.trust_stale`, `input.invalid` for a server that starts nothing */
  trust(id: string, hash: string): ServerRecord
}

export function createServerPlans(rows: NamedRows<ServerRecord>, trustHash: TrustHash): ServerPlans {
  return {
    create(draft) {
      if (rows.all().length >= serverLimits.servers)
        throw new GatewayError(
          'input.invalid',
          `There are ${serverLimits.servers} servers, which is the most there can be; remove one first.`,
        )
      return distinct(rows, newServer(draft, randomUUID().replaceAll('-', ''), now()))
    },
    patch(id, patch) {
      const after = distinct(rows, patchServer(requireServer(rows, id), patch, now()))
      return trustHash(after) === after.trusted_hash ? after : { ...after, trusted_hash: null }
    },
    trust(id, hash) {
      const record = requireServer(rows, id)
      const present = trustHash(record)
      const command = commandOf(record)
      if (present === null || command === null)
        throw new GatewayError('input.invalid', `"${record.name}" starts no command, so there is nothing to trust.`)
      if (hash !== present)
        throw new GatewayError(
          'server.trust_stale',
          `The command of "${record.name}" is not the one that was confirmed; look at it again and confirm that.`,
        )
      return { ...record, trusted_hash: present, trusted_command: command, updated_at: now() }
    },
  }
}

/** What a server starts; null when it starts nothing. */
export const commandOf = ({ command, args, env, cwd }: Omit<TrustedCommand, 'command'> & { readonly command: string | null }) =>
  command === null ? null : ({ command, args, env, cwd } satisfies TrustedCommand)

/** @throws GatewayError `server.not_found` */
export function requireServer(rows: NamedRows<ServerRecord>, id: string): ServerRecord {
  const record = rows.get(id)
  if (!record)
    throw new GatewayError(
      'server.not_found',
      `There is no server with the id ${JSON.stringify(id.slice(0, 64))}; list the servers to see which there are.`,
    )
  return record
}

function distinct(rows: NamedRows<ServerRecord>, record: ServerRecord): ServerRecord {
  const other = rows.alike(record.name, record.id)
  if (other) throw new GatewayError('server.name_taken', `There is a server "${other.name}" already; choose another name.`)
  return record
}

const now = () => new Date().toISOString()
