import { fstatSync } from 'node:fs'
import * as module from 'node:module'
import { homedir } from 'node:os'
import { Option, type Command } from 'commander'
import type { Authorization } from '../../shared/logins'
import type { Daemon } from '../daemon'
import { createLog, levels, type Level, type Log } from '../gateway/log'
import { browserPlugin } from './browser'
import { examples, whole, withConfig, withJson } from './options'
import { stopSignals } from './signals'
import { outliveReader, withProgress } from './terminal'
import { count, jsonText, styled, visible } from './text'
import { keepHeapYoung } from './young-heap'

interface ServeOptions {
  readonly config?: string
  readonly host?: string
  readonly port?: number
  readonly db?: string
  readonly logLevel: Level
  readonly logFormat: 'text' | 'json'
  readonly json?: boolean
}

export function defineServe(command: Command): void {
  withConfig(withJson(command))
    .option('--host <address>', 'address to listen on (default: from the config, 127.0.0.1)')
    .option('--port <number>', 'port to listen on; 0 takes a free one for this run (default: from the config, 7411)', whole(0, 65_535))
    .option('--db <file>', 'registry file (default: from the config, gateway.db beside it)')
    .addOption(new Option('--log-level <level>', 'least severity that is logged on standard error').choices(levels).default('info'))
    .addOption(new Option('--log-format <format>', 'form of the log').choices(['text', 'json']).default('text'))
    .addHelpText('after', examples('serve', 'serve --config ./gateway.json --port 7500', 'serve --log-level warn --log-format json'))
    .action((_options: unknown, self: Command) => serve(self.optsWithGlobals<ServeOptions>()))
}

/** Runs the gateway until a signal ends it. */
async function serve(options: ServeOptions): Promise<void> {
  keepHeapYoung()
  outliveReader()
  const { logLevel: level, logFormat: format } = options
  const log = createLog({ level, format, write: (line) => void process.stderr.write(line) })
  const stop = stopSignals(log)
  const { daemon, created } = await start(options, log)
  await announce(daemon, created, options)
  // Not at the exit, which a killed process never reaches.
  ;(module as Partial<typeof module>).flushCompileCache?.()
  const reason = await stop.requested
  const { calls_in_flight: running } = daemon.gateway.status()
  log.info(running === 0 ? 'The gateway is closing.' : `The gateway is closing; ${count(running, 'call')} may end first.`, { reason })
  await daemon.close()
  stop.finish()
}

async function start(options: ServeOptions, log: Log): Promise<{ readonly daemon: Daemon; readonly created: boolean }> {
  const { env } = process
  const [{ openDaemon }, { findConfig }] = await Promise.all([import('../daemon'), import('../gateway/config-file')])
  const { file, created } = findConfig({ flag: options.config, env, cwd: process.cwd(), home: homedir() })
  const { host, port, db } = options
  const flags = { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }), ...(db === undefined ? {} : { db }) }
  const live: { daemon?: Daemon } = {}
  const plugins = [browserPlugin({ env, platform: process.platform, uiUrl: () => live.daemon?.listening.uiUrl })]
  live.daemon = await withProgress('Starting', () => openDaemon({ configFile: file, env, log, plugins, ...flags }))
  return { daemon: live.daemon, created }
}

async function announce(daemon: Daemon, created: boolean, options: ServeOptions): Promise<void> {
  const shown = approverShown(daemon)
  const text = options.json
    ? jsonText(facts(daemon, shown))
    : [...addresses(daemon), ...approverLines(daemon, shown), ...(await hints(daemon, created))].join('\n')
  process.stdout.write(`${text}\n`)
}

const addresses = ({ listening, configFile }: Daemon) => [
  `MCP endpoint  : ${listening.endpoint}`,
  `Admin API     : ${listening.adminUrl}`,
  `API docs      : ${listening.docsUrl}`,
  `Window        : ${listening.uiUrl}`,
  `Config        : ${configFile}`,
]

const facts = ({ listening, configFile, approver }: Daemon, shown: boolean) => ({
  ...{ endpoint: listening.endpoint, admin_url: listening.adminUrl, docs_url: listening.docsUrl, ui_url: listening.uiUrl },
  ...{ config: configFile, pid: process.pid },
  ...(shown ? { approver_token: approver.token } : {}),
})

/** The approver credential is never on a disk, so it is not written where standard output goes to a file. */
const approverShown = ({ approver }: Daemon) => approver.generated && !fstatSync(1).isFile()

function approverLines({ approver }: Daemon, shown: boolean): string[] {
  if (!approver.generated) return []
  if (!shown)
    return [
      '',
      'The approver credential is not written to a file: set $FAST_GATEWAY_APPROVER_TOKEN to be able to approve calls and trust commands.',
    ]
  return [
    '',
    `Approver      : ${styled('bold', approver.token)}`,
    '                Approves calls and trusts commands. Shown only now, new with each start, never on disk: keep it from agents.',
  ]
}

async function hints({ gateway, configFile }: Daemon, created: boolean): Promise<string[]> {
  const { safe_mode: safeMode, config_error: error } = gateway.status()
  const servers = gateway.servers.list()
  const lines = servers.flatMap(({ name, state, auth }) => {
    if (state === 'needs_trust') return [`Needs trust   : ${name} (fast-gateway trust ${name})`]
    return state === 'needs_login' && auth === 'none' ? [`Needs login   : ${name} (fast-gateway test ${name})`] : []
  })
  if (servers.some(({ auth }) => auth !== 'none')) lines.push(...(await authorizationLines(gateway)))
  if (created) lines.push(`Created the config ${configFile}; edit it as you like, changes apply at once.`)
  if (gateway.clients.list().length === 0) lines.push('Connect agent : fast-gateway connect --client claude-code')
  if (safeMode) lines.push(styled('red', `SAFE MODE     : everything is denied until the config is mended. ${visible(error ?? '')}`))
  return lines.length === 0 ? [] : ['', ...lines]
}

/** Each server that wants OAuth: whether it will need a person. */
async function authorizationLines(gateway: Daemon['gateway']): Promise<string[]> {
  const answer = await gateway.admin(new Request('http://gateway/oauth'), 'admin')
  return ((await answer.json()) as Authorization[]).map((each) => `OAuth         : ${each.server_name}, ${authorizationWords(each)}`)
}

function authorizationWords({ server_name: name, state, refreshable, expires_at: end }: Authorization): string {
  if (state === 'on_demand') return 'tokens are fetched with its client secret'
  if (state === 'needs_login') return `needs a login (fast-gateway login ${name})`
  return refreshable || end === null ? 'logged in' : `logged in until ${end}, then needs a login`
}
