import { nearest } from '../../shared/nearest'
import type { CatalogTool, ClientView, GroupRecord, ServerView } from '../../shared/records'
import { read, type GatewayClient } from './client'
import { Failure } from './failure'
import { visible } from './text'

/*
 * Names that people type -> the things they mean. An unknown name is answered with the nearest known one.
 */

export const findServer = async (gateway: GatewayClient, name: string): Promise<ServerView> =>
  find('server', name, await read(gateway.admin.servers.$get()), 'fast-gateway list')

export const findGroup = async (gateway: GatewayClient, name: string): Promise<GroupRecord> =>
  find('group', name, await read(gateway.admin.groups.$get()), 'fast-gateway group list')

export const findClient = async (gateway: GatewayClient, name: string): Promise<ClientView> =>
  find('client', name, await read(gateway.admin.clients.$get()), 'fast-gateway client list')

/** As this group, or everybody, sees it. */
export async function findTool(gateway: GatewayClient, name: string, group: string | undefined): Promise<CatalogTool> {
  const tools = await read(gateway.tools.index.$get({ query: group === undefined ? {} : { group } }))
  const command = group === undefined ? 'fast-gateway tools list' : `fast-gateway tools list --group ${group}`
  return find(
    'tool',
    name,
    tools.map((tool) => ({ ...tool, id: tool.name })),
    command,
  )
}

function find<Thing extends { readonly id: string; readonly name: string }>(
  kind: string,
  given: string,
  things: readonly Thing[],
  listing: string,
): Thing {
  const found = things.find((thing) => thing.name === given) ?? things.find((thing) => thing.id === given)
  if (found) return found
  const near = nearest(
    given,
    things.map((thing) => thing.name),
  )
  const advice = near === null ? `"${listing}" shows which there are.` : `Did you mean "${near}"?`
  throw new Failure(`There is no ${kind} "${visible(given.slice(0, 128))}". ${advice}`, `${kind}.not_found`)
}
