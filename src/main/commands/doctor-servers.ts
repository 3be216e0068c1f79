import { access, constants } from 'node:fs/promises'
import { connect } from 'node:net'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import type { ServerView } from '../../shared/records'
import type { ServerAtRest } from '../gateway/at-rest'
import { fine, problem, warning, type Finding } from './doctor-finding'
import { count } from './text'

/** One server of a running gateway. */
export function aboutServer(server: ServerView): Finding {
  const { name, state, state_reason: reason, state_code: given } = server
  const message = `${state}${reason === null ? '' : `: ${reason}`}`
  if (state === 'ready') return aboutReady(server)
  // Nobody has needed it yet, or nobody wants it.
  if (state === 'disabled' || (state === 'degraded' && !given)) return fine('server', message, name)
  if (state === 'connecting') return warning('server', { name, code: 'upstream.connecting', message, remedy: 'Ask again in a moment.' })
  const code = given ?? 'upstream.error'
  return problem('server', { name, code, message, remedy: remedyFor(code, server) })
}

function aboutReady({ name, tool_count: tools, catalog_problems: flaws }: ServerView): Finding {
  if (flaws.length === 0) return fine('server', `ready, ${count(tools, 'tool')}`, name)
  const message = `ready, but of its tools were left out: ${flaws.slice(0, 3).join('; ')}`
  return warning('server', { name, code: 'upstream.catalog', message, remedy: 'Tell whoever makes the server.' })
}

type Named = Pick<ServerView, 'name' | 'auth' | 'transport'>

const remedies: Readonly<Record<string, (server: Named) => string>> = {
  'server.untrusted': ({ name }) => `fast-gateway trust ${name}`,
  'upstream.login_required': loginRemedy,
  'vault.unavailable': ({ name }) => `Open the keychain, then: fast-gateway refresh ${name}`,
  'secret.unresolved': ({ name }) => `Set what the message names, then: fast-gateway refresh ${name}`,
  'upstream.timeout': ({ name }) => `It is slow or hangs: look at it, then try it with: fast-gateway test ${name}`,
  'upstream.unreachable': ({ name, transport }) =>
    transport === 'stdio' ? byHand(name) : `Check that it runs, and its address, then: fast-gateway test ${name}`,
  'upstream.closed': ({ name, transport }) => (transport === 'stdio' ? byHand(name) : tried(name)),
  'upstream.garbage': ({ name }) => `What answers speaks no MCP: check its address or command, then: fast-gateway test ${name}`,
}

const tried = (name: string) => `Try it: fast-gateway test ${name}`
const byHand = (name: string) => `Run its command by hand to see what it says, then: fast-gateway test ${name}`

const remedyFor = (code: string, server: Named): string => (remedies[code] ?? (({ name }: Named) => tried(name)))(server)

function loginRemedy({ name, auth }: Named): string {
  if (auth === 'oauth') return `fast-gateway login ${name}`
  if (auth === 'oauth_client_credentials') return `Check its client id, secret and token URL, then: fast-gateway refresh ${name}`
  return `Add it anew with what it wants: --oauth for a login, or --header 'Authorization=Bearer \${keychain:NAME}'`
}

/** One server while no gateway runs: what can be said without starting or asking it. */
export async function aboutServerAtRest(server: ServerAtRest): Promise<Finding> {
  const { name, enabled, trusted, unresolved } = server
  if (!enabled) return fine('server', 'disabled', name)
  if (!trusted) {
    const message = 'needs_trust: nobody has confirmed its command'
    return problem('server', { name, code: 'server.untrusted', message, remedy: `fast-gateway trust ${name}, once the gateway runs` })
  }
  if (unresolved.length > 0) {
    const remedy = 'Set it where the gateway is started; here it was looked for in this shell.'
    return problem('server', { name, code: 'secret.unresolved', message: unresolved.join(' '), remedy })
  }
  return server.transport === 'stdio' ? aboutCommand(server) : aboutAddress(server)
}

async function aboutCommand({ name, command, cwd }: ServerAtRest): Promise<Finding> {
  if (await isProgram(command ?? '', cwd)) return fine('server', 'not started; its command is there', name)
  const remedy = 'Install it, or add the server anew with the whole path of the program.'
  return problem('server', {
    name,
    code: 'command.not_found',
    message: `There is no program ${command ?? ''} in this shell's PATH.`,
    remedy,
  })
}

const endings = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat', '.com'] : ['']

/** Only looked for: nothing that nobody has trusted is run, and nothing that somebody has either. */
async function isProgram(command: string, cwd: string | null): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const places =
    isAbsolute(command) || /[/\\]/.test(command) ? [resolve(cwd ?? '.', command)] : folders.map((folder) => join(folder, command))
  for (const file of places.flatMap((place) => endings.map((ending) => place + ending))) {
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return true
  }
  return false
}

async function aboutAddress({ name, address, transport }: ServerAtRest): Promise<Finding> {
  if (address === null) return fine('server', transport === 'builtin' ? 'part of the gateway' : 'not connected', name)
  const refusal = await knock(address)
  const place = `${address.host}:${address.port}`
  if (refusal === null) return fine('server', `not connected; ${place} takes connections`, name)
  const remedy = 'Check that it runs, its address, and your network.'
  return problem('server', { name, code: 'upstream.unreachable', message: `${place} takes no connection (${refusal}).`, remedy })
}

const patienceMs = 5000

/** Opens a connection and says nothing. @returns why that did not work; null when it did */
function knock({ host, port }: { readonly host: string; readonly port: number }): Promise<string | null> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: patienceMs })
    const end = (refusal: string | null) => {
      socket.destroy()
      done(refusal)
    }
    socket.once('connect', () => end(null))
    socket.once('timeout', () => end('no answer'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}
