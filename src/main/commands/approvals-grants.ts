import type { Grant } from '../../shared/records'
import { approverCredential, read, type GatewayClient } from './client'
import { Failure } from './failure'
import type { GatewayOptions } from './options'
import { hint, print } from './terminal'
import { duration, since, table, visible } from './text'

const reach = { once: 'the next identical call', session: 'its session', tool: 'any arguments', arguments: 'these arguments' } as const

export async function listGrants(gateway: GatewayClient, options: GatewayOptions): Promise<void> {
  const grants = await read(gateway.approvals.grants.$get())
  print(options, grants, () => (grants.length === 0 ? 'Nothing runs by a grant.' : grantTable(grants)))
  if (grants.length > 0) hint(options, '\nTake one back: fast-gateway approvals revoke ID')
}

const grantTable = (grants: readonly Grant[]) =>
  table(
    ['ID', 'CLIENT', 'GROUP', 'TOOL', 'FOR', 'GIVEN', 'ENDS IN', 'USES'],
    grants.map((grant) => [
      grant.id.slice(0, 8),
      grant.client,
      grant.group ?? '',
      `${grant.server} ${grant.tool}`,
      reach[grant.scope],
      since(grant.created_at),
      duration((Date.parse(grant.expires_at) - Date.now()) / 1000),
      String(grant.uses ?? (grant.used_at === null ? 0 : 1)),
    ]),
  )

export async function revokeGrant(gateway: GatewayClient, options: GatewayOptions, id: string): Promise<void> {
  const found = findGrant(await read(gateway.approvals.grants.$get()), id)
  const { approvals } = gateway.asApprover(await approverCredential(gateway))
  await approvals.grants[':id'].$delete({ param: { id: found.id } })
  print(
    options,
    { revoked: true, id: found.id },
    () => `Revoked: ${visible(found.client)} asks again for ${found.server} ${visible(found.tool)}.`,
  )
}

/** @throws Failure when no grant begins so, or more than one */
function findGrant(grants: readonly Grant[], id: string): Grant {
  const found = grants.filter((grant) => id !== '' && grant.id.startsWith(id))
  const [first] = found
  if (first && found.length === 1) return first
  const asked = visible(id.slice(0, 64))
  if (first) throw new Failure(`Several grants begin with "${asked}"; give more of the id.`, 'approval.ambiguous')
  throw new Failure(`There is no grant "${asked}"; "fast-gateway approvals grants" shows which there are.`, 'approval.not_found')
}
