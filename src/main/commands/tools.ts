import type { Command } from 'commander'
import type { CatalogTool } from '../../shared/records'
import { read, type GatewayClient } from './client'
import { findGroup, findServer, findTool } from './lookup'
import { examples, onGateway, positive, type GatewayOptions } from './options'
import { hint, print, tell, withProgress } from './terminal'
import { jsonText, styled, table, visible, visibleLines } from './text'
import { argumentsFrom } from './tool-arguments'
import { tellApprovals } from './tool-approval'

interface InGroup {
  readonly group?: string
}
interface ListOptions extends InGroup {
  readonly server?: string
}
interface CallOptions extends InGroup {
  readonly args?: string
  readonly timeout?: number
}
type Answer = Awaited<ReturnType<typeof callTool>>

const groupFlag = '--group <name>'

export function defineTools(command: Command): void {
  command.addHelpText('after', examples('tools list', 'tools describe demo_echo', 'tools call demo_echo message=hello'))
  const list = command
    .command('list')
    .alias('ls')
    .description('List the tools that agents see.')
    .argument('[words]', 'only tools whose name or description has this')
  list.option('--server <name>', 'only of this server').option(groupFlag, 'as seen in this group')
  list.addHelpText('after', examples('tools list', 'tools list delete', 'tools list --server demo --json'))
  onGateway<ListOptions, [string | undefined]>(list, listTools)
  const describe = command.command('describe').description('Show what a tool does and takes.').argument('<name>', 'tool, as agents see it')
  describe.option(groupFlag, 'as seen in this group').addHelpText('after', examples('tools describe demo_echo'))
  onGateway<InGroup, [string]>(describe, describeTool)
  defineCall(command.command('call').description('Call a tool through policy, approval and audit, as an agent would.'))
}

function defineCall(command: Command): void {
  command
    .argument('<name>', 'tool, as agents see it')
    .argument('[pairs...]', 'arguments as key=value; a value is JSON unless the tool wants text')
    .option('--args <json>', 'arguments as one JSON object; @FILE reads a file, - reads standard input')
    .option(groupFlag, 'as called in this group')
    .option('--timeout <seconds>', 'seconds without a word from the server before it is given up', positive)
    .addHelpText(
      'after',
      examples('tools call demo_echo message=hello', `tools call demo_add --args '{"a": 1, "b": 2}'`, 'tools call demo_delete_note id=1'),
    )
  onGateway<CallOptions, [string, string[]]>(command, call)
}

async function listTools(gateway: GatewayClient, options: GatewayOptions & ListOptions, words: string | undefined): Promise<void> {
  const { group, server } = options
  if (server !== undefined) await findServer(gateway, server)
  if (group !== undefined) await findGroup(gateway, group)
  const all = await read(gateway.tools.index.$get({ query: group === undefined ? {} : { group } }))
  const tools = all.filter((tool) => (server === undefined || tool.namespace === server) && mentions(tool, words))
  const rows = tools.map((tool) => [tool.name, firstLine(tool.description ?? tool.title ?? '')])
  print(options, tools, () => (tools.length === 0 ? 'No such tools.' : table(['NAME', 'DESCRIPTION'], rows)))
  if (all.length === 0) hint(options, 'No server offers a tool now; "fast-gateway list" shows how they are.')
}

const mentions = ({ name, title, description }: CatalogTool, words = '') =>
  [name, title, description].some((text) => text?.toLowerCase().includes(words.toLowerCase()))

const firstLine = (text: string) => text.trim().split('\n', 1)[0] ?? ''

async function describeTool(gateway: GatewayClient, options: GatewayOptions & InGroup, name: string): Promise<void> {
  if (options.group !== undefined) await findGroup(gateway, options.group)
  const tool = await findTool(gateway, name, options.group)
  print(options, tool, () => describe(tool))
}

function describe(tool: CatalogTool): string {
  const heading = (text: string) => styled('bold', text)
  const annotations = Object.entries(tool.annotations ?? {}).map(([key, value]) => `${visible(key)}: ${jsonText(value)}`)
  const parts = [
    `${heading(tool.name)}${tool.title === null ? '' : `  ${visible(tool.title)}`}`,
    `Server ${tool.namespace}, there called ${visible(tool.bare_name)}.${annotations.length === 0 ? '' : ` It says of itself: ${annotations.join(', ')}.`}`,
    visibleLines((tool.description ?? 'No description.').trim()),
    `${heading('Arguments')} (JSON Schema)\n${jsonText(tool.parameters, 2)}`,
    ...(tool.output_schema === null ? [] : [`${heading('Answer')} (JSON Schema)\n${jsonText(tool.output_schema, 2)}`]),
  ]
  return parts.join('\n\n')
}

async function call(gateway: GatewayClient, options: GatewayOptions & CallOptions, name: string, pairs: readonly string[]): Promise<void> {
  if (options.group !== undefined) await findGroup(gateway, options.group)
  const tool = await findTool(gateway, name, options.group)
  const args = await argumentsFrom(options.args, pairs, tool)
  const stopTelling = tellApprovals(gateway, tool)
  const answer = await callTool(gateway, name, args, options).finally(stopTelling)
  print(options, answer, () => (answer.is_error ? '' : answerWords(answer)))
  if (!answer.is_error) return
  if (!options.json) tell(answerWords(answer))
  process.exitCode = 1
}

function callTool(gateway: GatewayClient, name: string, args: Record<string, unknown>, { group, timeout }: CallOptions) {
  const json = { arguments: args, ...(group === undefined ? {} : { group }), ...(timeout === undefined ? {} : { timeout }) }
  return withProgress(`Calling ${name}`, () => read(gateway.tools[':name'].call.$post({ param: { name }, json })))
}

function answerWords({ content, structured_content: structured }: Answer): string {
  if (content.length === 0) return structured === null ? 'The tool answered nothing.' : jsonText(structured, 2)
  return content.map(blockWords).join('\n')
}

function blockWords(block: unknown): string {
  if (typeof block !== 'object' || block === null) return jsonText(block)
  const { type, text, mimeType, data, uri, resource } = block as Readonly<Record<string, unknown>>
  if (type === 'text' && typeof text === 'string') return visibleLines(text)
  if (typeof data === 'string')
    return visible(`[${String(type)} ${String(mimeType)}, ${Math.floor((data.length * 3) / 4)} bytes; --json shows it]`)
  return type === 'resource_link' ? visible(`[resource ${String(uri)}]`) : jsonText(resource ?? block, 2)
}
