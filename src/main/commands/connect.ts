import { Option, type Command } from 'commander'
import type { GatewayStatus } from '../../shared/records'
import { read, type GatewayClient } from './client'
import { agents, bearer, snippetFor, type Agent, type Entry } from '../../shared/connect-snippets'
import { localUrl } from './door'
import { Failure, misuse } from './failure'
import { findClient, findGroup } from './lookup'
import { examples, onGateway, type GatewayOptions } from './options'
import { hint, print, tell } from './terminal'
import { visible } from './text'

interface ConnectOptions {
  readonly client?: string
  readonly group?: string
  readonly for?: Agent
  readonly name: string
  readonly rotate?: boolean
}

export function defineConnect(command: Command): void {
  command
    .option('--client <name>', 'who connects; a client that is not there yet is made, and its token shown this once')
    .option('--group <name>', 'only this group')
    .addOption(new Option('--for <agent>', 'form of the snippet (default: claude-code)').choices(Object.keys(agents)))
    .option('--name <name>', 'what the agent calls the gateway', 'gateway')
    .option('--rotate', 'give a client that exists a new token; the old one ends')
    .addHelpText(
      'after',
      examples(
        'connect --client claude-code',
        'connect --client cursor --for cursor',
        'connect --client ci --group readonly --for json',
        'connect',
      ),
    )
  onGateway<ConnectOptions, []>(command, connect)
}

async function connect(gateway: GatewayClient, options: GatewayOptions & ConnectOptions): Promise<void> {
  checkUse(options)
  const entry = await entryFor(gateway, options)
  const data = { ...factsOf(entry, options), snippet: snippetFor(options.for ?? 'claude-code', entry) }
  print(options, data, () => data.snippet)
  for (const line of options.json ? [] : hints(options, entry)) hint(options, line)
}

function checkUse({ name, rotate, client }: ConnectOptions): void {
  if (!/^[\w-]{1,64}$/.test(name)) throw misuse('--name takes letters, digits, "-" and "_".')
  if (rotate && client === undefined) throw misuse('--rotate goes with --client.')
}

async function entryFor(gateway: GatewayClient, options: ConnectOptions): Promise<Entry> {
  const { name, client, group } = options
  const base = await endpointOf(gateway, client !== undefined || group !== undefined)
  if (group !== undefined) await findGroup(gateway, group)
  const url = group === undefined ? base : `${base}/g/${group}`
  if (client !== undefined) return { name, url, token: await tokenFor(gateway, client, options), open: false }
  return { name, url, token: null, open: gateway.door.local?.config.mcp_auth === 'none' }
}

const factsOf = (entry: Entry, { client, group }: ConnectOptions) => ({
  ...{ name: entry.name, url: entry.url, transport: 'http', client: client ?? null, group: group ?? null },
  ...{ token: entry.token, headers: entry.open ? {} : { Authorization: bearer(entry) } },
})

/** @param needed whether the gateway must be asked; without it the config says where it will be */
async function endpointOf(gateway: GatewayClient, needed: boolean): Promise<string> {
  try {
    return reachable(await read(gateway.admin.status.$get()), gateway)
  } catch (thrown) {
    const { local } = gateway.door
    if (needed || !local || !(thrown instanceof Failure) || thrown.code !== 'gateway.unreachable') throw thrown
    tell('The gateway is not running; this is where it will be. Start it with "fast-gateway serve".')
    return localUrl(local) + local.config.mcp_path
  }
}

/** As it is reached from here: it may listen on every address, or behind another port. */
function reachable({ endpoint }: GatewayStatus, gateway: GatewayClient): string {
  return gateway.door.base + (endpoint === null ? '/mcp' : new URL(endpoint).pathname)
}

/** @returns null for a client that exists: its token was shown once */
async function tokenFor(gateway: GatewayClient, name: string, { group, rotate }: ConnectOptions): Promise<string | null> {
  const known = (await read(gateway.admin.clients.$get())).find((client) => client.name === name)
  if (!known) return (await read(gateway.admin.clients.$post({ json: { name, ...(group === undefined ? {} : { group }) } }))).token
  if (known.group !== null && known.group !== (group ?? null))
    throw new Failure(
      `${visible(name)} may open only the group ${known.group}: add --group ${known.group}, or take another --client.`,
      'client.bound',
    )
  if (!rotate) return null
  const { id } = await findClient(gateway, name)
  return (await read(gateway.admin.clients[':id'].rotate.$post({ param: { id } }))).token
}

const otherAgents = `Other agents: --for ${Object.keys(agents).slice(1).join(', ')}`

function hints(options: ConnectOptions, entry: Entry): string[] {
  return [...tokenHints(options, entry), ...(options.for === undefined ? [otherAgents] : [])]
}

function tokenHints({ client, group }: ConnectOptions, { token, open }: Entry): string[] {
  if (open) return []
  const again = group === undefined ? '' : ` --group ${group}`
  if (client === undefined) return [`Put a client's token for <TOKEN>, or let one be made: fast-gateway connect --client NAME${again}`]
  if (token !== null) return [`The token of ${visible(client)} is in there and is not shown again.`]
  return [`${visible(client)} exists already, and its token was shown once: put it for <TOKEN>, or get a new one with --rotate.`]
}
