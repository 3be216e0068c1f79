import { Argument, Option, type Command } from 'commander'
import type { GatewayStatus } from '../../shared/records'
import { AgentId, gatewayName } from '../../shared/agents'
import { undoAgentFile, writeAgentFile } from './agent-file'
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
  readonly mcpPath?: string
  readonly rotate?: boolean
  readonly write?: boolean
  readonly undo?: boolean
  readonly entry?: boolean
  readonly yes?: boolean
}

export function defineConnect(command: Command): void {
  command
    .addArgument(new Argument('[agent]', 'the agent, as --for').choices(Object.keys(agents)))
    .option('--client <name>', 'who connects; a client that is not there yet is made, and its token shown this once')
    .option('--group <name>', 'only this group')
    .addOption(new Option('--for <agent>', 'form of the snippet (default: claude-code)').choices(Object.keys(agents)))
    .option('--name <name>', 'what the agent calls the gateway', gatewayName)
    .option('--mcp-path <path>', 'path of the endpoint, where something before the gateway changes it (default: what the gateway says)')
    .option('--rotate', 'give a client that exists a new token; the old one ends')
    .option('--write', "write it into the agent's config file, once you have seen the change; the client is called as the agent by default")
    .option('--undo', 'put that file back as it was before')
    .option('--entry', "with --undo: take only the gateway's entry out, and leave what else has changed since")
    .option('-y, --yes', 'with --write: do not ask, for scripts')
    .addHelpText(
      'after',
      examples(
        'connect --client claude-code',
        'connect --client cursor --for cursor',
        'connect --client ci --group readonly --for json',
        'connect cursor --write',
        'connect cursor --undo',
        'connect',
      ),
    )
  onGateway<ConnectOptions, [Agent | undefined]>(command, connect)
}

async function connect(gateway: GatewayClient, given: GatewayOptions & ConnectOptions, agent: Agent | undefined): Promise<void> {
  const options = agent === undefined ? given : { ...given, for: agent }
  checkUse(given, agent)
  if (options.undo) return undoAgentFile(gateway, options, fileOf(options), options.entry ? 'entry' : 'file')
  if (options.write) return write(gateway, options)
  const entry = await entryFor(gateway, options)
  const data = { ...factsOf(entry, options), snippet: snippetFor(options.for ?? 'claude-code', entry) }
  print(options, data, () => data.snippet)
  for (const line of options.json ? [] : hints(options, entry)) hint(options, line)
}

function checkUse(options: ConnectOptions, agent: Agent | undefined): void {
  const { name, rotate, client, write, undo, entry, mcpPath } = options
  const flaws: readonly (readonly [isFlaw: boolean | undefined, message: string])[] = [
    [!/^[\w-]{1,64}$/.test(name), '--name takes letters, digits, "-" and "_".'],
    [mcpPath !== undefined && !/^\/[\w/-]+$/.test(mcpPath), '--mcp-path takes a path such as /mcp.'],
    [agent !== undefined && options.for !== undefined && agent !== options.for, 'Name the agent once.'],
    [rotate && client === undefined && !write, '--rotate goes with --client or --write.'],
    [write && undo, '--write and --undo are two things; do one after the other.'],
    [entry && !undo, '--entry goes with --undo.'],
  ]
  const flaw = flaws.find(([isFlaw]) => isFlaw)
  if (flaw) throw misuse(flaw[1])
}

/** The agent whose file is meant. @throws Failure when none is, or it has none */
function fileOf({ for: agent }: ConnectOptions): AgentId {
  const id = AgentId.safeParse(agent)
  if (!id.success) throw misuse(`Say whose config file is meant: ${AgentId.options.join(', ')}.`)
  return id.data
}

/** The client, and its token, are made once the person has seen what is written; when it is not written, a new one goes again. */
async function write(gateway: GatewayClient, options: GatewayOptions & ConnectOptions): Promise<void> {
  const { name, rotate } = options
  const id = fileOf(options)
  const client = options.client ?? id
  const url = await urlFor(gateway, options, true)
  const isNew = !(await read(gateway.admin.clients.$get())).some((each) => each.name === client)
  if (!isNew && !rotate)
    throw new Failure(
      `The client ${visible(client)} exists already, and its token was shown once: add --rotate for a new token (the old one ends), or take another --client.`,
      'client.name_taken',
    )
  let isMade = false
  const token = async () => {
    const made = (await tokenFor(gateway, client, options)) ?? ''
    isMade = isNew
    return made
  }
  try {
    await writeAgentFile(gateway, options, id, { name, url, token })
  } catch (thrown) {
    if (isMade) await gateway.admin.clients[':id'].$delete({ param: { id: (await findClient(gateway, client)).id } })
    throw thrown
  }
}

async function entryFor(gateway: GatewayClient, options: ConnectOptions): Promise<Entry> {
  const { name, client } = options
  const url = await urlFor(gateway, options, client !== undefined)
  if (client !== undefined) return { name, url, token: await tokenFor(gateway, client, options), open: false }
  return { name, url, token: null, open: gateway.door.local?.config.mcp_auth === 'none' }
}

/** @param needed whether the gateway must be asked though no group is named */
async function urlFor(gateway: GatewayClient, { group, mcpPath }: ConnectOptions, needed: boolean): Promise<string> {
  const found = await endpointOf(gateway, needed || group !== undefined)
  const base = mcpPath === undefined ? found : new URL(mcpPath.replace(/\/+$/, ''), found).href
  if (group !== undefined) await findGroup(gateway, group)
  return group === undefined ? base : `${base}/g/${group}`
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
