import type { Command } from 'commander'
import type { ServerView } from '../../shared/records'
import { approverCredential, read, type GatewayClient } from './client'
import { Failure } from './failure'
import { findServer } from './lookup'
import { examples, onGateway, type GatewayOptions } from './options'
import { stateSentence } from './server-words'
import { confirm, isInteractive, print, tell } from './terminal'
import { jsonText, styledError } from './text'
import { settled } from './waiting'

/** How trust is given: whether words are in place, whether a person has said yes already, and the credential where it is known. */
interface TrustWay {
  readonly json: boolean
  readonly yes: boolean
  readonly credential?: string
}
interface TrustOptions {
  readonly yes?: boolean
}

export function defineTrust(command: Command): void {
  command
    .argument('<name>', 'server')
    .option('-y, --yes', 'do not ask, for scripts; the approver credential is needed all the same')
    .addHelpText(
      'after',
      `\nThe approver credential comes from $FAST_GATEWAY_APPROVER_TOKEN or is asked for.\n${examples('trust files', 'trust files --yes')}`,
    )
  onGateway<TrustOptions, [string]>(command, trust)
}

async function trust(gateway: GatewayClient, options: GatewayOptions & TrustOptions, name: string): Promise<void> {
  const found = await findServer(gateway, name)
  const trusted = await trustServer(gateway, found, { json: options.json === true, yes: options.yes === true })
  const server = await settled(gateway, trusted)
  print(options, server, () => (found.trusted ? `${name} was trusted already.` : `${name} is trusted.`))
  if (!options.json) tell(stateSentence(server))
}

/**
 * Shows the whole command, asks, and binds the trust to what was shown: when the command changes meanwhile, the gateway refuses.
 * @throws Failure when there is nothing to trust, or the person says no
 */
export async function trustServer(gateway: GatewayClient, server: ServerView, how: TrustWay): Promise<ServerView> {
  if (server.trust_hash === null) {
    throw new Failure(`${server.name} starts no command (${server.transport}), so there is nothing to trust.`, 'server.no_command')
  }
  if (server.trusted) return server
  if (!how.json || !how.yes) tell(commandWords(server))
  if (!how.yes) await requireYes(server.name)
  const approver = gateway.asApprover(how.credential ?? (await approverCredential(gateway)))
  return read(approver.admin.servers[':id'].trust.$post({ param: { id: server.id }, json: { hash: server.trust_hash } }))
}

async function requireYes(name: string): Promise<void> {
  if (!isInteractive()) throw new Failure('Nobody can be asked here; look at the command above and add --yes to trust it.', 'usage', 2)
  if (await confirm(`May the gateway start this as you, now and whenever it needs ${name}?`)) return
  throw new Failure(`${name} is not trusted; nothing was started.`, 'cancelled')
}

/** Everything that decides what is started, each word in quotes, so that nothing in it can look like something else. */
export function commandWords({ name, command, args, env, cwd }: ServerView): string {
  const field = (label: string, text: string) => `  ${styledError('bold', label.padEnd(9))} ${text}`
  const variables = Object.entries(env).map(([key, value]) => `${jsonText(key)} = ${jsonText(value)}`)
  return [
    `The server ${name} is started by this command, without a shell:`,
    field('Program', jsonText(command)),
    ...listed(
      'Arguments',
      args.map((word) => jsonText(word)),
    ).map(([label, text]) => field(label, text)),
    field('Folder', cwd === null ? "the gateway's own" : jsonText(cwd)),
    ...listed('Variables', variables).map(([label, text]) => field(label, text)),
  ].join('\n')
}

const listed = (label: string, lines: readonly string[]): [string, string][] =>
  lines.length === 0 ? [[label, 'none']] : lines.map((line, i) => [i === 0 ? label : '', line])
