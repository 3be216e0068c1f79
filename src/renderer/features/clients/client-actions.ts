import type { ClientDraft, ClientView } from '../../../shared/records'
import { api, read } from '../../gateway'
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

/** Its token and sessions end; a new one of this name gets another token, so this is asked before. @throws GatewayProblem */
export async function removeClient({ id, name }: ClientView): Promise<void> {
  await api.admin.clients[':id'].$delete({ param: { id } })
  forgetToken(id)
  await refresh('clients')
  toast(`${name} can no longer connect`)
}
