import type { Command } from 'commander'
import { read, type GatewayClient } from './client'
import { findClient, findGroup } from './lookup'
import { examples, onGateway, type GatewayOptions } from './options'
import { hint, print } from './terminal'
import { since, table } from './text'

interface AddOptions {
  readonly group?: string
}

export function defineClient(command: Command): void {
  command.addHelpText('after', examples('client add claude-code', 'client add ci --group readonly', 'client rotate ci'))
  const add = command
    .command('add')
    .description('Let an agent in; its token is shown this once.')
    .argument('<name>', 'what the agent shall be called')
  add
    .option('--group <name>', 'it may open only this group')
    .addHelpText('after', examples('client add claude-code', 'client add ci --group readonly --json'))
  onGateway<AddOptions, [string]>(add, addClient)
  onGateway(command.command('list').alias('ls').description('List the clients.'), listClients).addHelpText(
    'after',
    examples('client list', 'client ls --json'),
  )
  const rotate = command.command('rotate').description('Give a client a new token; the old one and its sessions end at once.')
  onGateway<object, [string]>(rotate.argument('<name>', 'client'), rotateClient).addHelpText('after', examples('client rotate ci'))
  const remove = command.command('rm').alias('remove').description('Take a client its access; its sessions end at once.')
  onGateway<object, [string]>(remove.argument('<name>', 'client'), removeClient).addHelpText('after', examples('client rm ci'))
}

async function addClient(gateway: GatewayClient, options: GatewayOptions & AddOptions, name: string): Promise<void> {
  const { group } = options
  if (group !== undefined) await findGroup(gateway, group)
  const client = await read(gateway.admin.clients.$post({ json: { name, ...(group === undefined ? {} : { group }) } }))
  print(options, client, () => client.token)
  hint(
    options,
    `That is the token of ${name}; it is not shown again. What to paste where: fast-gateway connect${group === undefined ? '' : ` --group ${group}`}`,
  )
}

async function listClients(gateway: GatewayClient, options: GatewayOptions): Promise<void> {
  const clients = await read(gateway.admin.clients.$get())
  const rows = clients.map(({ name, group, created_at: created, last_seen_at: seen }) => [
    name,
    group ?? 'everything',
    since(created),
    since(seen),
  ])
  print(options, clients, () =>
    clients.length === 0 ? 'There are no clients yet.' : table(['NAME', 'MAY OPEN', 'CREATED', 'LAST SEEN'], rows),
  )
  if (clients.length === 0) hint(options, 'Let one in: fast-gateway connect --client claude-code')
}

async function rotateClient(gateway: GatewayClient, options: GatewayOptions, name: string): Promise<void> {
  const { id } = await findClient(gateway, name)
  const client = await read(gateway.admin.clients[':id'].rotate.$post({ param: { id } }))
  print(options, client, () => client.token)
  hint(options, `That is the new token of ${name}; it is not shown again, and the old one is worth nothing now.`)
}

async function removeClient(gateway: GatewayClient, options: GatewayOptions, name: string): Promise<void> {
  const { id } = await findClient(gateway, name)
  await gateway.admin.clients[':id'].$delete({ param: { id } })
  print(options, { removed: true, id, name }, () => `Removed the client ${name}; its token opens nothing any more.`)
}
