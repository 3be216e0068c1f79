import type { GroupDraft, GroupPatch, GroupRecord } from '../../../shared/records'
import { api, messageOf, read } from '../../gateway'
import { refresh } from '../../store'
import { toast } from '../../ui/toast'

/** In force at once. @throws GatewayProblem */
export async function createGroup(draft: GroupDraft): Promise<GroupRecord> {
  const group = await read(api.admin.groups.$post({ json: draft }))
  await refresh('groups')
  return group
}

/** In force at once. @throws GatewayProblem */
export async function changeGroup(id: string, patch: GroupPatch): Promise<void> {
  await read(api.admin.groups[':id'].$patch({ param: { id }, json: patch }))
  await refresh('groups')
}

/** Takes it away, with a way back. @throws GatewayProblem */
export async function removeGroup({ id, ...draft }: GroupRecord): Promise<void> {
  await api.admin.groups[':id'].$delete({ param: { id } })
  await refresh('groups')
  const back = () => void createGroup(draft).catch((thrown: unknown) => toast(`It did not come back. ${messageOf(thrown)}`))
  toast(`Group ${draft.name} removed`, { run: back })
}
