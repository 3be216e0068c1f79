import { GatewayError } from '../../../../shared/errors'
import { ClientDraft, ClientPatch, type ClientView } from '../../../../shared/records'
import type { Clients } from '../../gateway'
import { checkInput } from '../../input'
import type { ChangeDraft, ChangeRequest, HoldRule } from '../../plugin'
import { idOf } from '../route'
import { detail } from './details'

const viewOf = (group: string | null | undefined) => group ?? 'every server'

/** Whoever holds a client's token may call: each new one is confirmed. */
export const clientHolds = (clients: Pick<Clients, 'list'>): HoldRule[] => [
  { method: 'POST', path: '/clients', describe: ({ body }) => created(checkInput(ClientDraft, body)) },
  { method: 'POST', path: '/clients/{id}/rotate', describe: (request) => rotated(clients, request) },
  { method: 'PATCH', path: '/clients/{id}', describe: (request) => moved(clients, request) },
  { method: 'DELETE', path: '/clients/{id}', passes: 'Ends its token and its sessions.' },
]

const created = ({ name, group }: ClientDraft): ChangeDraft => ({
  kind: 'client.create',
  title: `Give a new agent ${JSON.stringify(name)} a token that opens the gateway`,
  details: [detail('Name', null, name), detail('May open', null, viewOf(group))],
})

function rotated(clients: Pick<Clients, 'list'>, { params }: ChangeRequest): ChangeDraft {
  const client = required(clients, params)
  return {
    kind: 'client.rotate',
    title: `Give the agent ${JSON.stringify(client.name)} a new token; its present one ends`,
    details: [detail('Name', client.name, client.name), detail('May open', viewOf(client.group), viewOf(client.group))],
    about: client.id,
  }
}

function moved(clients: Pick<Clients, 'list'>, { params, body }: ChangeRequest): ChangeDraft {
  const client = required(clients, params)
  const { group } = checkInput(ClientPatch, body)
  return {
    kind: 'client.move',
    title: `Let the agent ${JSON.stringify(client.name)} open ${group === null ? 'every server' : `group ${group}`}`,
    details: [detail('Name', client.name, client.name), detail('May open', viewOf(client.group), viewOf(group))],
    about: client.id,
  }
}

/** One that there is not could be there when its route looks. @throws GatewayError `client.not_found` */
function required(clients: Pick<Clients, 'list'>, { id = '' }: ChangeRequest['params']): ClientView {
  const all = clients.list()
  const found = all.find((client) => client.id === idOf(all, id))
  if (found) return found
  throw new GatewayError('client.not_found', 'There is no such client; "fast-gateway client list" shows which there are.')
}
