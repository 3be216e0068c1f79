import type { ClientDraft, ClientView } from '../../../shared/records'
import { api, messageOf, read } from '../../gateway'
import { refresh } from '../../store'
import { toast } from '../../ui/toast'
import { forgetToken, keepToken } from './fresh-tokens'

/** Its token is kept for this window, to be shown once. @throws GatewayProblem */
export async function createClient(draft: ClientDraft): Promise<ClientView> {
  const { token, ...client } = await read(api.admin.clients.$post({ json: draft }))
  keepToken(client.id, token)
  await refresh('clients')
  return client
}

/** The old token ends with it. @throws GatewayProblem */
export async function rotateToken(id: string): Promise<void> {
  const { token } = await read(api.admin.clients[':id'].rotate.$post({ param: { id } }))
  keepToken(id, token)
  await refresh('clients')
}

/** Its token opens this group from now on (null: everything), with a way back. @throws GatewayProblem */
export async function moveClient(client: ClientView, group: string | null): Promise<void> {
  const move = async (to: string | null) => {
    await read(api.admin.clients[':id'].$patch({ param: { id: client.id }, json: { group: to } }))
    await refresh('clients')
  }
  await move(group)
  const back = () => void move(client.group).catch((thrown: unknown) => toast(messageOf(thrown)))
  toast(group === null ? `${client.name} sees every server` : `${client.name} sees group ${group}`, { run: back })
}

/** Its token and sessions end; a new one of this name gets another token, so this is asked before. @throws GatewayProblem */
export async function removeClient({ id, name }: ClientView): Promise<void> {
  await api.admin.clients[':id'].$delete({ param: { id } })
  forgetToken(id)
  await refresh('clients')
  toast(`${name} can no longer connect`)
}
