import { areListsStricter } from '../../../../shared/policy-strictness'
import { GroupDraft, GroupPatch, type GroupRecord, type PolicyDocument } from '../../../../shared/records'
import * as z from 'zod'
import type { Groups, Servers } from '../../gateway'
import { checkInput, present } from '../../input'
import type { ChangeDraft, ChangeRequest, HoldRule } from '../../plugin'
import { idOf } from '../route'
import { differences, listed, listedOrEverything, type Line } from './details'

/** What the rules for groups look at. */
export interface GroupSources {
  readonly groups: Pick<Groups, 'list' | 'get'>
  readonly servers: Pick<Servers, 'list'>
  policy(): PolicyDocument
}

type Fields = Omit<GroupRecord, 'id'>

/** A group that lets through what it did not before. A new one narrows what there is, unless the policy has rules for groups. */
export const groupHolds = (sources: GroupSources): HoldRule[] => {
  const before = ({ params }: ChangeRequest) => sources.groups.get(idOf(sources.groups.list(), params.id ?? ''))
  return [
    { method: 'POST', path: '/groups', describe: ({ body }) => created(sources, checkInput(GroupDraft, body)) },
    {
      method: 'PATCH',
      path: '/groups/{id}',
      describe: (request) => changed(sources, before(request), present(checkInput(GroupPatch, request.body))),
    },
    {
      method: 'PUT',
      path: '/groups/{id}/servers',
      describe: (request) => changed(sources, before(request), { member_server_ids: checkInput(z.array(z.string()), request.body) }),
    },
    { method: 'DELETE', path: '/groups/{id}', passes: 'Takes a view away; refused while clients are bound to it.' },
  ]
}

function created(sources: GroupSources, draft: GroupDraft): ChangeDraft | undefined {
  if (sources.policy().rules.every(({ group }) => group === undefined)) return undefined
  const after = { member_server_ids: [], allow: [], deny: [], ...present(draft), name: draft.name }
  const title = `Create the group "${draft.name}"; the policy has rules for groups`
  return { kind: 'group.loosen', title, details: differences(lines(sources), null, after) }
}

function changed(sources: GroupSources, before: GroupRecord, patch: Partial<Fields>): ChangeDraft | undefined {
  const after = { ...before, ...patch }
  const known = new Set(before.member_server_ids)
  // Rules of the policy go by the name.
  const isSame = after.name === before.name && after.member_server_ids.every((id) => known.has(id))
  if (isSame && areListsStricter(before, after)) return undefined
  const title = `Let the group "${before.name}" see or be more than before`
  return { kind: 'group.loosen', title, details: differences(lines(sources), before, after), about: before.id }
}

const lines = ({ servers }: GroupSources): readonly Line<Fields>[] => {
  const nameOf = (id: string) => servers.list().find((server) => server.id === id)?.name ?? id
  return [
    ['Name', ({ name }) => name],
    ['Servers', ({ member_server_ids }) => listed(member_server_ids.map(nameOf))],
    ['Allowed', ({ allow }) => listedOrEverything(allow)],
    ['Denied', ({ deny }) => listed(deny)],
  ]
}
