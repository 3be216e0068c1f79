import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Login } from '../../shared/logins'
import { openInBrowser } from './browser'
import { read, type GatewayClient } from './client'
import { Failure } from './failure'
import { findServer } from './lookup'
import { examples, onGateway, type GatewayOptions } from './options'
import { withAnyGateway } from './own-gateway'
import { stateSentence } from './server-words'
import { print, tell } from './terminal'
import { visible } from './text'
import { settled } from './waiting'

interface LoginOptions {
  readonly browser: boolean
}

/** How often a login is looked at. Milliseconds. */
const lookMs = 300
/** Exit code of a program that Ctrl-C ended. */
const interrupted = 130

export function defineLogin(command: Command): void {
  command
    .argument('<name>', 'server that was added with --oauth')
    .option('--no-browser', 'only show the address, for a browser that is opened by hand')
    .addHelpText(
      'after',
      `
The browser comes back to http://127.0.0.1:PORT/oauth/callback, where PORT is
the gateway's own, or oauth_callback_port of the config; where programs cannot
register themselves, that is the callback address to register. No running
gateway is needed.
${examples('login datadog', 'login datadog --no-browser')}`,
    )
  onGateway<LoginOptions, [string]>(command, (gateway, options, name) =>
    withAnyGateway(gateway, options, (any) => logIn(any, options, name)),
  )
}

async function logIn(gateway: GatewayClient, options: GatewayOptions & LoginOptions, name: string): Promise<void> {
  const server = await findServer(gateway, name)
  const begun = await read(gateway.oauth[':server_id'].login.$post({ param: { server_id: server.id } }))
  // Before anything is said: Ctrl-C may be the answer to it.
  const interrupt = cancelOnInterrupt(gateway, begun)
  show(begun, name, options.browser)
  const ended = await outcome(gateway, begun).finally(interrupt.settle)
  if (ended.state !== 'done')
    throw new Failure(ended.error ?? 'The login was cancelled.', `login.${ended.state}`, interrupt.came() ? interrupted : 1)
  const connected = await settled(gateway, await findServer(gateway, name))
  print(options, { login: ended, server: connected }, () => `Logged in to ${name}.`)
  if (!options.json) tell(stateSentence(connected))
}

/** Says where, and opens it where that is wanted and can be done. */
function show({ authorization_url: address }: Login, name: string, inBrowser: boolean): void {
  tell(`Log in to ${name} at this address:\n  ${visible(address)}`)
  if (!inBrowser) return
  const isOpened = openInBrowser(address, process.env, process.platform, () =>
    tell('The browser could not be opened; open the address yourself.'),
  )
  tell(
    isOpened
      ? 'It is opened in your browser. Ctrl-C cancels.'
      : 'No browser can be opened from here: open the address yourself. Ctrl-C cancels.',
  )
}

/** Ctrl-C cancels the login, for the gateway too; a gateway that is gone has no login any more. */
function cancelOnInterrupt(gateway: GatewayClient, { id }: Login) {
  let came = false
  const cancel = () => {
    came = true
    gateway.oauth.logins[':id'].$delete({ param: { id } }).catch(() => undefined)
  }
  process.once('SIGINT', cancel)
  return { came: () => came, settle: () => void process.off('SIGINT', cancel) }
}

/** How it has ended. */
async function outcome(gateway: GatewayClient, { id }: Login): Promise<Login> {
  for (;;) {
    const login = await read(gateway.oauth.logins[':id'].$get({ param: { id } }))
    if (login.state !== 'waiting' && login.state !== 'finishing') return login
    await delay(lookMs)
  }
}
