import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import type { ServerDraft, ServerView, Sharing, Transport } from '../../shared/records'
import { approverCredential, read, type GatewayClient } from './client'
import { misuse } from './failure'
import { collect, collectHeaders, collectPairs, examples, onGateway, positive, type GatewayOptions } from './options'
import { stateSentence } from './server-words'
import { print, tell } from './terminal'
import { trustServer } from './trust'
import { settled } from './waiting'

interface AddOptions {
  readonly transport?: Transport
  readonly allow?: string[]
  readonly deny?: string[]
  readonly header?: Record<string, string>
  readonly env?: Record<string, string>
  readonly cwd?: string
  readonly timeout?: number
  readonly sharing?: Sharing
  readonly tag?: string[]
  readonly oauth?: boolean
  readonly scope?: string[]
  readonly oauthTokenUrl?: string
  readonly oauthClientId?: string
  readonly oauthClientSecret?: string
  readonly trust?: boolean
  readonly disabled?: boolean
  readonly wait: boolean
}

export function defineAdd(command: Command): void {
  command
    .argument('<name>', 'letters, digits and "-"; its tools are called NAME_tool')
    .argument('[target...]', 'URL, or after "--" a command and its arguments')
  withConnection(command)
    .option('--allow <glob>', 'only tools like this (repeatable)', collect)
    .option('--deny <glob>', 'no tools like this (repeatable)', collect)
    .option('--tag <word>', 'label (repeatable)', collect)
    .option('--trust', 'trust this very command at once; needs the approver credential')
    .option('--disabled', 'add it switched off')
    .option('--no-wait', 'do not wait until it is connected')
    .addOption(new Option('--no-reload', 'changes apply at once').hideHelp())
  onGateway(command, add).addHelpText(
    'after',
    examples(
      'add deepwiki https://mcp.deepwiki.com/mcp',
      `add weather https://api.example.com/mcp --header 'Authorization=Bearer \${env:WEATHER_TOKEN}'`,
      'add files -- npx -y @modelcontextprotocol/server-filesystem ~/notes',
      'add datadog https://mcp.datadoghq.example/mcp --oauth --scope read',
      `add github --env 'GITHUB_TOKEN=\${env:GITHUB_TOKEN}' --deny '*_delete_*' -- github-mcp-server stdio`,
    ),
  )
}

const withConnection = (command: Command): Command =>
  command
    .addOption(
      new Option('--transport <kind>', 'how to reach it (default: from what is given)').choices(['http', 'sse', 'stdio', 'builtin']),
    )
    .option(
      '--header <pair>',
      'NAME=VALUE sent with each request; values take ${keychain:}, ${env:} and ${file:} (repeatable)',
      collectHeaders,
    )
    .option('--env <pair>', 'NAME=VALUE for the command; values take ${keychain:}, ${env:} and ${file:} (repeatable)', collectPairs)
    .option('--cwd <folder>', 'working folder of the command')
    .option('--timeout <seconds>', 'seconds without a word from it before a call is given up (default: 30)', positive)
    .addOption(new Option('--sharing <kind>', 'one connection for all sessions, or one for each').choices(['shared', 'per_session']))
    .option('--oauth', 'it wants an OAuth login: fast-gateway login NAME')
    .option('--scope <scope>', 'OAuth scope (repeatable)', collect)
    .option('--oauth-token-url <url>', 'token endpoint, for client credentials; "auto" asks the server for it')
    .option('--oauth-client-id <id>', 'client id that it knows you by')
    .option(
      '--oauth-client-secret <reference>',
      '${keychain:NAME}, ${env:NAME} or ${file:PATH} of the client secret; never the secret itself',
    )

async function add(gateway: GatewayClient, options: GatewayOptions & AddOptions, name: string, target: readonly string[]): Promise<void> {
  const draft = draftOf(name, target, options)
  // Before anything is stored: without the credential there is nothing that this could do.
  const credential = options.trust ? await approverCredential(gateway) : null
  const added = await read(gateway.admin.servers.$post({ json: draft }))
  const trusted = credential === null ? added : await trustAdded(gateway, added, options, credential)
  const server = options.wait ? await settled(gateway, trusted) : trusted
  print(options, server, () => `Added ${name}.`)
  if (!options.json) tell(stateSentence(server))
  if (server.state === 'failed') process.exitCode = 1
}

/** Whoever typed the command has seen it; what remains is to prove that it was a person. */
async function trustAdded(gateway: GatewayClient, server: ServerView, { json }: GatewayOptions, credential: string): Promise<ServerView> {
  try {
    return await trustServer(gateway, server, { json: json === true, yes: true, credential })
  } catch (thrown) {
    tell(`Added ${server.name}, but it is not trusted: fast-gateway trust ${server.name}`)
    throw thrown
  }
}

function draftOf(name: string, target: readonly string[], options: AddOptions): ServerDraft {
  const draft = { name, ...addressFrom(target, options), ...authOf(options), ...connectionOf(options) }
  const { allow, deny, tag: tags, disabled } = options
  return given({ ...draft, allow, deny, tags, enabled: disabled ? false : undefined }) as ServerDraft
}

const connectionOf = ({ header, env, cwd, timeout, sharing }: AddOptions) => ({
  static_headers: header,
  env,
  cwd: cwd === undefined ? undefined : resolve(cwd),
  timeout_seconds: timeout,
  sharing,
})

/** The gateway fills in what is not named. */
const given = (values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

function addressFrom(target: readonly string[], { transport, trust }: AddOptions): Partial<ServerDraft> {
  const [first, ...args] = target
  if (first === undefined) throw misuse('Say where the server is: a URL, or "--" and the command that starts it.')
  if (transport === 'stdio' || (transport === undefined && isAfterDashes(first))) return { transport: 'stdio', command: local(first), args }
  if (trust) throw misuse('Only a command has to be trusted; leave --trust out.')
  if (args.length > 0) throw misuse('One URL is enough; if this is a command, put "--" before it.')
  if (transport === undefined && !/^[a-z]+:/i.test(first)) throw misuse(`"${first}" is no URL; if it is a command, put "--" before it.`)
  return { url: first, ...(transport === undefined ? {} : { transport }) }
}

/** commander takes "--" away, so the command line itself says what stood behind it. */
function isAfterDashes(first: string): boolean {
  const dashes = process.argv.indexOf('--')
  return dashes > 0 && process.argv[dashes + 1] === first
}

/** A program beside the person is not beside the gateway. */
const local = (command: string) => (/^\.{1,2}[/\\]/.test(command) ? resolve(command) : command)

function authOf(options: AddOptions): Partial<ServerDraft> {
  const { oauthTokenUrl, oauthClientId, oauthClientSecret, scope } = options
  const scopes = scope ? { oauth_scopes: scope } : {}
  const client = {
    ...(oauthClientId ? { oauth_client_id: oauthClientId } : {}),
    ...(oauthClientSecret ? { oauth_client_secret: oauthClientSecret } : {}),
  }
  if (oauthTokenUrl === 'auto') return { auth: 'oauth_client_credentials', ...client, ...scopes }
  if (oauthTokenUrl) return { auth: 'oauth_client_credentials', oauth_token_url: oauthTokenUrl, ...client, ...scopes }
  if (options.oauth) return { auth: 'oauth', ...client, ...scopes }
  if (Object.keys({ ...client, ...scopes }).length > 0)
    throw misuse('Give --oauth for a login, or --oauth-token-url for client credentials.')
  return {}
}
