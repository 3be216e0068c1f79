import { Command, CommanderError } from 'commander'
import { GatewayError } from '../../shared/errors'
import { version } from '../../shared/version'
import { Failure } from './failure'
import { withGateway } from './options'
import { watchReaders } from './terminal'
import { jsonText, styledError, visibleLines } from './text'

/** A command of the first level: what the overview says of it, and where the rest is. Only the chosen one is loaded. */
interface Entry {
  readonly name: string
  readonly alias?: string
  readonly section: string
  readonly summary: string
  load(): Promise<(command: Command) => void>
}

const running = 'Run it:'
const servers = 'Servers:'
const access = 'Agents and what they may do:'
const watching = 'See and decide:'

const entries: readonly Entry[] = [
  { name: 'serve', section: running, summary: 'run the gateway', load: async () => (await import('./serve')).defineServe },
  { name: 'info', alias: 'status', section: running, summary: 'how the gateway is', load: async () => (await import('./info')).defineInfo },
  {
    name: 'doctor',
    section: running,
    summary: 'find out what is wrong, and what to do about it',
    load: async () => (await import('./doctor')).defineDoctor,
  },
  { name: 'pause', section: running, summary: 'refuse all calls from now on', load: async () => (await import('./pause')).definePause },
  { name: 'resume', section: running, summary: 'let calls run again', load: async () => (await import('./resume')).defineResume },
  {
    name: 'connect',
    section: running,
    summary: 'what to paste into an agent so that it uses the gateway, or written for you',
    load: async () => (await import('./connect')).defineConnect,
  },
  {
    name: 'completion',
    section: running,
    summary: 'completion for your shell',
    load: async () => (await import('./completion')).defineCompletion,
  },
  { name: 'add', section: servers, summary: 'add an MCP server', load: async () => (await import('./add')).defineAdd },
  {
    name: 'import',
    section: servers,
    summary: "add the servers that an agent's config names",
    load: async () => (await import('./import')).defineImport,
  },
  { name: 'list', alias: 'ls', section: servers, summary: 'list the servers', load: async () => (await import('./list')).defineList },
  { name: 'remove', alias: 'rm', section: servers, summary: 'remove a server', load: async () => (await import('./remove')).defineRemove },
  { name: 'enable', section: servers, summary: 'switch a server on', load: async () => (await import('./enable')).defineEnable },
  { name: 'disable', section: servers, summary: 'switch a server off', load: async () => (await import('./enable')).defineDisable },
  {
    name: 'trust',
    section: servers,
    summary: 'look at the command of a stdio server and allow it to be started',
    load: async () => (await import('./trust')).defineTrust,
  },
  {
    name: 'login',
    section: servers,
    summary: 'log in to a server with a browser',
    load: async () => (await import('./login')).defineLogin,
  },
  {
    name: 'logout',
    section: servers,
    summary: 'forget a login, and end it at the server',
    load: async () => (await import('./logout')).defineLogout,
  },
  { name: 'test', section: servers, summary: 'try the connection to a server', load: async () => (await import('./refresh')).defineTest },
  {
    name: 'refresh',
    section: servers,
    summary: 'reconnect one server and read its tools anew',
    load: async () => (await import('./refresh')).defineRefresh,
  },
  {
    name: 'reload',
    section: servers,
    summary: 'reconnect every server and read its tools anew',
    load: async () => (await import('./refresh')).defineReload,
  },
  {
    name: 'group',
    section: access,
    summary: 'groups: subsets of servers, each with an endpoint',
    load: async () => (await import('./group')).defineGroup,
  },
  {
    name: 'client',
    section: access,
    summary: 'clients: the agents that may connect, and their tokens',
    load: async () => (await import('./clients')).defineClient,
  },
  {
    name: 'secret',
    section: access,
    summary: 'secrets: tokens and passwords that servers are asked with',
    load: async () => (await import('./secret')).defineSecret,
  },
  {
    name: 'policy',
    section: access,
    summary: 'show the policy, check one, or try one on what was called',
    load: async () => (await import('./policy')).definePolicy,
  },
  { name: 'tools', section: watching, summary: 'list, describe and call tools', load: async () => (await import('./tools')).defineTools },
  {
    name: 'approvals',
    section: watching,
    summary: 'calls that wait for a person',
    load: async () => (await import('./approvals')).defineApprovals,
  },
  {
    name: 'audit',
    section: watching,
    summary: 'what was called, by whom, and what came of it',
    load: async () => (await import('./audit')).defineAudit,
  },
  {
    name: 'stats',
    section: watching,
    summary: 'how much was called lately, and how fast that was',
    load: async () => (await import('./stats')).defineStats,
  },
  {
    name: 'diagnostics',
    section: watching,
    summary: 'what to send to whoever helps: state, settings, log, no secrets',
    load: async () => (await import('./diagnostics')).defineDiagnostics,
  },
]

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 used wrongly */
export async function run(argv: readonly string[]): Promise<number> {
  watchReaders()
  try {
    const program = await (isCompletion(argv) ? createCompletingProgram() : createProgram(entries))
    if (argv.includes('--json')) tellMisuseAsJson(program)
    await program.parseAsync(helpAsked(argv))
    return exitedWith()
  } catch (thrown) {
    return report(thrown, argv)
  }
}

/** `help add` is `add --help`: the command has to be loaded before it can explain itself. What there is not has nothing to explain. */
function helpAsked(argv: readonly string[]): string[] {
  if (argv[2] !== 'help') return [...argv]
  const [node = '', file = '', , ...words] = argv
  const [name] = words
  const isKnown = name === undefined || name.startsWith('-') || entries.some((each) => each.name === name || each.alias === name)
  return [node, file, ...words, ...(isKnown ? ['--help'] : [])]
}

/** Commander's words, as every other failure is told to a program. */
function tellMisuseAsJson(program: Command): void {
  const outputError = (text: string, write: (text: string) => void) =>
    write(`${jsonText({ error: { code: 'usage', message: text.replace(/^error: /, '').trim() } })}\n`)
  for (const command of [program, ...program.commands]) command.configureOutput({ outputError }).showHelpAfterError(false)
}

/** What the command itself said, when it found no reason to fail loudly. */
const exitedWith = () => (typeof process.exitCode === 'number' ? process.exitCode : 0)

async function createProgram(shown: readonly Entry[]): Promise<Command> {
  const program = new Command('fast-gateway')
    .description('Every MCP server you use behind one governed endpoint on localhost.')
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('("--help" after a command shows how it is used)')
    .addHelpText('after', '\n"fast-gateway serve" starts it; "fast-gateway COMMAND --help" explains a command and gives examples.')
  withGateway(program)
  for (const { name, alias, section, summary } of shown) {
    const command = program.command(name).description(sentence(summary)).summary(summary).helpGroup(section)
    if (alias !== undefined) command.alias(alias)
  }
  return program.hook('preSubcommand', async (_program, command) => {
    const entry = shown.find((each) => each.name === command.name())
    ;(await entry?.load())?.(command)
  })
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

const isCompletion = (argv: readonly string[]) => argv[2] === 'complete' || argv[2] === 'completion'

/** Completing has to know every command, so all of them are loaded. */
async function createCompletingProgram(): Promise<Command> {
  const others = entries.filter(({ name }) => name !== 'completion')
  const program = await createProgram(others)
  for (const [i, command] of program.commands.entries()) (await others[i]?.load())?.(command)
  const { addCompletion } = await import('./completion')
  return addCompletion(program)
}

function report(thrown: unknown, argv: readonly string[]): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2 // commander has said it
  const { message, code, exitCode, details } = failureOf(thrown)
  const text = argv.includes('--json')
    ? jsonText({ error: { code, message, ...(details === undefined ? {} : { details }) } })
    : `${styledError('red', 'error:')} ${visibleLines(message)}`
  process.stderr.write(`${text}\n`)
  if (exitCode === 2 && !argv.includes('--json')) process.stderr.write('("--help" after the command shows how it is used)\n')
  return exitCode
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  if (thrown instanceof GatewayError) return new Failure(thrown.message, thrown.code, 1, thrown.context.details)
  return new Failure(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), 'internal')
}
