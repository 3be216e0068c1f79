import { randomUUID } from 'node:crypto'
import { GatewayError } from '../../shared/errors'
import { GroupDraft, GroupPatch, type GroupRecord } from '../../shared/records'
import { compileRules } from './access'
import type { Events } from './events'
import type { Groups } from './gateway'
import { checkInput, present } from './input'
import { createNamedRows, type NamedRows } from './named-rows'
import type { Store } from './store/store'

/** Published limits: groups of one gateway, patterns in one list. */
export const groupLimits = { groups: 1000, patterns: 500 } as const

/** What groups need of the gateway. */
export interface GroupParts {
  readonly store: Pick<Store, 'groups'>
  readonly servers: { list(): readonly { readonly id: string }[] }
  /** Clients that may open one group only: a group that one is bound to stays, a new name is carried over to them. */
  readonly clients: { boundTo(group: string): readonly string[]; regroup(from: string, to: string): void }
  readonly emit: Events['emit']
  /** What lists and decisions are compiled from has changed. */
  onChange(): void
}

/** The groups, with what the rest of the core asks of them. */
export interface GroupRegistry extends Groups {
  /** By exact name, from memory. The record is the registry's own: read it, do not change it. */
  find(name: string): Readonly<GroupRecord> | undefined
  /** A server is gone: no group names it any more. */
  forgetServer(serverId: string): void
}

/** Every change is checked, written, then in force; `groups.changed` tells of it. */
export function createGroups(parts: GroupParts): GroupRegistry {
  const rows = createNamedRows(parts.store.groups)
  const announce = (...ids: string[]) => {
    parts.onChange()
    parts.emit('groups.changed', { ids })
  }
  const save = (group: GroupRecord): GroupRecord => {
    const before = rows.get(group.id)
    checkGroup(group, rows, parts.servers.list())
    rows.put(group)
    if (before && before.name !== group.name) parts.clients.regroup(before.name, group.name)
    announce(group.id)
    return structuredClone(group)
  }
  const patch = (id: string, input: GroupPatch) => {
    const changes = present(checkInput(GroupPatch, input))
    return save(distinct({ ...withoutGone(requireGroup(rows, id), parts.servers.list()), ...changes }))
  }
  return {
    list: () => structuredClone([...rows.all()]),
    get: (id) => structuredClone(requireGroup(rows, id)),
    find: (name) => rows.named(name),
    create: (draft) => save(newGroup(draft, rows.all().length)),
    patch,
    setServers: (id, serverIds) => patch(id, { member_server_ids: [...serverIds] }),
    remove(id) {
      refuseBound(requireGroup(rows, id), parts.clients)
      rows.remove(id)
      announce(id)
    },
    forgetServer(serverId) {
      const touched = rows.all().filter((group) => group.member_server_ids.includes(serverId))
      for (const group of touched)
        rows.put({ ...group, member_server_ids: group.member_server_ids.filter((member) => member !== serverId) })
      if (touched.length > 0) announce(...touched.map((group) => group.id))
    },
  }
}

function newGroup(input: GroupDraft, count: number): GroupRecord {
  const draft = checkInput(GroupDraft, input)
  if (count >= groupLimits.groups)
    throw new GatewayError('input.invalid', `There are ${count} groups, which is the most there can be; remove one first.`)
  return distinct({ member_server_ids: [], allow: [], deny: [], ...present(draft), name: draft.name, id: randomUUID().replaceAll('-', '') })
}

const distinct = (group: GroupRecord): GroupRecord => ({
  ...group,
  member_server_ids: [...new Set(group.member_server_ids)],
  allow: [...new Set(group.allow)],
  deny: [...new Set(group.deny)],
})

/** A crash between removing a server and forgetting it here must not lock the group against every edit. */
function withoutGone(group: GroupRecord, servers: readonly { readonly id: string }[]): GroupRecord {
  const known = new Set(servers.map((server) => server.id))
  return { ...group, member_server_ids: group.member_server_ids.filter((id) => known.has(id)) }
}

function requireGroup(rows: NamedRows<GroupRecord>, id: string): GroupRecord {
  const group = rows.get(id)
  if (!group)
    throw new GatewayError(
      'group.not_found',
      `There is no group with the id ${JSON.stringify(id.slice(0, 64))}; list the groups to see which there are.`,
    )
  return group
}

function checkGroup(group: GroupRecord, rows: NamedRows<GroupRecord>, servers: readonly { readonly id: string }[]): void {
  const other = rows.alike(group.name, group.id)
  if (other) throw new GatewayError('group.name_taken', `There is a group "${other.name}" already; choose another name.`)
  refuseUnknownMembers(group, servers)
  if (Math.max(group.allow.length, group.deny.length) > groupLimits.patterns) {
    throw new GatewayError(
      'input.invalid',
      `A list of allow or deny holds at most ${groupLimits.patterns} patterns; join some with "*" or "{a,b}".`,
    )
  }
  compileRules(group)
}

const mostIdsTold = 5

function refuseUnknownMembers(group: GroupRecord, servers: readonly { readonly id: string }[]): void {
  const known = new Set(servers.map((server) => server.id))
  const unknown = group.member_server_ids.filter((id) => !known.has(id))
  if (unknown.length === 0) return
  const named = unknown.slice(0, mostIdsTold).map((id) => JSON.stringify(id.slice(0, 64)))
  const rest = unknown.length > mostIdsTold ? ` and ${unknown.length - mostIdsTold} more` : ''
  throw new GatewayError(
    'input.invalid',
    `No server has the id ${named.join(', ')}${rest}; members are given by the ids of registered servers.`,
  )
}

function refuseBound(group: GroupRecord, clients: GroupParts['clients']): void {
  const bound = clients.boundTo(group.name)
  if (bound.length === 0) return
  const named = bound.slice(0, mostIdsTold).map((name) => JSON.stringify(name))
  const rest = bound.length > mostIdsTold ? ` and ${bound.length - mostIdsTold} more` : ''
  throw new GatewayError(
    'group.in_use',
    `The group "${group.name}" is all that ${named.join(', ')}${rest} may open; remove those clients first.`,
  )
}
