import type { GroupRecord, ServerView } from '../../../shared/records'
import { mayDecide } from '../../door'
import { api, read } from '../../gateway'
import { draftOfView } from './draft'

/** Makes a removed server again: its settings, its groups, and the trust in its command where that is still the very same one. */
export async function restoreServer(server: ServerView, groups: readonly GroupRecord[]): Promise<ServerView> {
  const made = await read(api.admin.servers.$post({ json: draftOfView(server) }))
  for (const { id } of groups) {
    const group = await read(api.admin.groups[':id'].$get({ param: { id } }))
    await read(api.admin.groups[':id'].servers.$put({ param: { id }, json: [...group.member_server_ids, made.id] }))
  }
  const hash = server.trusted && made.trust_hash === server.trust_hash ? made.trust_hash : null
  if (hash === null || !mayDecide()) return made
  return read(api.admin.servers[':id'].trust.$post({ param: { id: made.id }, json: { hash } }))
}
