import type { Command } from 'commander'
import type { GroupRecord, ServerView } from '../../shared/records'
import { read, type GatewayClient } from './client'
import { misuse } from './failure'
import { findGroup, findServer } from './lookup'
import { collect, examples, onGateway, type GatewayOptions } from './options'
import { hint, print } from './terminal'
import { count, table, visible } from './text'

interface ListChange {
  readonly add?: string[]
  readonly remove?: string[]
  readonly clear?: boolean
}
interface Members {
  readonly server?: string[]
  readonly add?: string[]
  readonly remove?: string[]
}

export function defineGroup(command: Command): void {
  command.addHelpText(
    'after',
    examples(
      'group create readonly --server files --server git',
      'group deny readonly "*_write_*" "*_delete_*"',
      'connect --client claude-code --group readonly',
    ),
  )
  defineCreate(command.command('create').description('Create a group.'))
  onGateway(command.command('list').alias('ls').description('List the groups.'), listGroups).addHelpText(
    'after',
    examples('group list', 'group ls --json'),
  )
  onGateway(command.command('rm').alias('remove').description('Remove a group.').argument('<name>', 'group'), removeGroup).addHelpText(
    'after',
    examples('group rm readonly'),
  )
  defineMembers(command.command('members').description('Show or change the servers of a group.'))
  for (const list of ['allow', 'deny'] as const) defineList(command.command(list), list)
}

function defineCreate(command: Command): void {
  command
    .argument('<name>', 'letters, digits, "-" and "_"; served at /mcp/g/NAME')
    .option('--server <name>', 'member (repeatable)', collect)
    .option('--allow <glob>', 'only tools like this (repeatable)', collect)
    .option('--deny <glob>', 'no tools like this (repeatable)', collect)
    .addHelpText('after', examples('group create readonly --server files --deny "*_write_*"'))
  onGateway<{ server?: string[]; allow?: string[]; deny?: string[] }, [string]>(command, async (gateway, options, name) => {
    const { server = [], allow = [], deny = [] } = options
    const json = { name, member_server_ids: await idsOf(gateway, server), allow, deny }
    const group = await read(gateway.admin.groups.$post({ json }))
    print(options, group, () => `Created the group ${name} with ${count(server.length, 'server')}.`)
    if (server.length === 0) hint(options, `Give it servers: fast-gateway group members ${name} --server NAME`)
    else hint(options, `Use it: fast-gateway connect --group ${name}`)
  })
}

function defineMembers(command: Command): void {
  command
    .argument('<name>', 'group')
    .option('--server <name>', 'exactly these servers (repeatable)', collect)
    .option('--add <name>', 'this server too (repeatable)', collect)
    .option('--remove <name>', 'no longer this server (repeatable)', collect)
    .addHelpText(
      'after',
      examples(
        'group members readonly',
        'group members readonly --server files --server git',
        'group members readonly --add memory --remove git',
      ),
    )
  onGateway<Members, [string]>(command, async (gateway, options, name) => {
    const group = await findGroup(gateway, name)
    const ids = await membersAfter(gateway, group, options)
    const changed = ids ? await read(gateway.admin.groups[':id'].servers.$put({ param: { id: group.id }, json: ids })) : group
    const names = memberNames(changed, await read(gateway.admin.servers.$get()))
    print(options, changed, () => (names.length === 0 ? `The group ${name} has no servers.` : names.join('\n')))
  })
}

/** @returns null where nothing shall change */
async function membersAfter(gateway: GatewayClient, group: GroupRecord, { server, add, remove }: Members): Promise<string[] | null> {
  if (server && (add ?? remove)) throw misuse('Give either --server, for exactly these, or --add and --remove.')
  if (server) return idsOf(gateway, server)
  if (!add && !remove) return null
  const leaving = new Set(await idsOf(gateway, remove ?? []))
  const ids = [...group.member_server_ids, ...(await idsOf(gateway, add ?? []))]
  return [...new Set(ids)].filter((id) => !leaving.has(id))
}

async function idsOf(gateway: GatewayClient, names: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) ids.push((await findServer(gateway, name)).id)
  return ids
}

const memberNames = (group: GroupRecord, servers: readonly ServerView[]) =>
  group.member_server_ids.map((id) => servers.find((server) => server.id === id)?.name ?? `${id} (removed)`)

function defineList(command: Command, list: 'allow' | 'deny'): void {
  const what = list === 'allow' ? 'only tools like these' : 'no tools like these'
  command
    .description(`Show or set the ${list} list of a group: ${what}; it narrows each server's own.`)
    .argument('<name>', 'group')
    .argument('[globs...]', 'the new list, in place of the old one')
    .option('--add <glob>', 'this one too (repeatable)', collect)
    .option('--remove <glob>', 'no longer this one (repeatable)', collect)
    .option('--clear', 'empty the list')
    .addHelpText(
      'after',
      examples(`group ${list} readonly`, `group ${list} readonly "read_*" "list_*"`, `group ${list} readonly --add "get_*"`),
    )
  onGateway<ListChange, [string, string[]]>(command, async (gateway, options, name, globs) => {
    const group = await findGroup(gateway, name)
    const globsAfter = listAfter(group[list], globs, options)
    const changed = globsAfter
      ? await read(gateway.admin.groups[':id'].$patch({ param: { id: group.id }, json: { [list]: globsAfter } }))
      : group
    const nothing = list === 'allow' ? `The group ${name} allows every tool of its servers.` : `The group ${name} denies nothing.`
    print(options, changed, () => (changed[list].length === 0 ? nothing : changed[list].map(visible).join('\n')))
  })
}

/** @returns null where nothing shall change */
function listAfter(before: readonly string[], globs: readonly string[], { add, remove, clear }: ListChange): string[] | null {
  const edits = add !== undefined || remove !== undefined
  if ([globs.length > 0, edits, clear === true].filter(Boolean).length > 1)
    throw misuse('Give a new list, or --add and --remove, or --clear: one of the three.')
  if (clear) return []
  if (globs.length > 0) return [...globs]
  if (!edits) return null
  return [...new Set([...before, ...(add ?? [])])].filter((glob) => !remove?.includes(glob))
}

async function listGroups(gateway: GatewayClient, options: GatewayOptions): Promise<void> {
  const groups = await read(gateway.admin.groups.$get())
  const servers = options.json ? [] : await read(gateway.admin.servers.$get())
  const row = (group: GroupRecord) => [group.name, group.allow.join(' '), group.deny.join(' '), memberNames(group, servers).join(', ')]
  print(options, groups, () =>
    groups.length === 0 ? 'There are no groups yet.' : table(['NAME', 'ALLOW', 'DENY', 'SERVERS'], groups.map(row)),
  )
  if (groups.length === 0) hint(options, 'Create one: fast-gateway group create NAME --server SERVER')
}

async function removeGroup(gateway: GatewayClient, options: GatewayOptions, name: string): Promise<void> {
  const { id } = await findGroup(gateway, name)
  await gateway.admin.groups[':id'].$delete({ param: { id } })
  print(options, { removed: true, id, name }, () => `Removed the group ${name}.`)
}
