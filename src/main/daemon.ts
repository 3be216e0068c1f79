import { dirname, resolve } from 'node:path'
import { GatewayError } from '../shared/errors'
import type { ConfigSource } from './gateway/config'
import { databaseFileOf, namesPort, openConfigFile } from './gateway/config-file'
import { createGateway, type Gateway, type Listening } from './gateway/gateway'
import type { Log } from './gateway/log'
import type { Plugin } from './gateway/plugin'
import { createSqliteStore } from './gateway/store/sqlite'
import { approverToken, openAdminToken, shortestToken, type AdminToken } from './gateway/tokens'
import { bundledPlugins, type Approvals, type BundledOptions } from './plugins/index'
import { openVault } from './vault/open'

/** How many ports after the default are tried when it is taken at the first run. */
export const portTries = 100

/** What a daemon is opened with; flags go before the config. */
export interface DaemonOptions {
  readonly configFile: string
  readonly host?: string
  /** 0 takes a free one, for this run only. */
  readonly port?: number
  readonly db?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  readonly notifier?: NonNullable<BundledOptions['approvals']>['notifier']
  /** Privileged changes that come over HTTP wait for the person at the app. Default false. */
  readonly holdChanges?: boolean
  /** What goes before connecting servers in the background; a call does not wait for it. Default: nothing. */
  readonly connectAfter?: Promise<unknown>
  /** False: a server is connected only when something needs it, whatever the config says. Default true. */
  readonly connect?: boolean
  /** Started after the bundled ones. */
  readonly plugins?: readonly Plugin[]
}

/** A gateway with its files, listening. */
export interface Daemon {
  readonly gateway: Gateway
  readonly listening: Listening
  readonly configFile: string
  /** For whoever speaks for a person in this process. */
  readonly approvals: Approvals
  readonly admin: AdminToken
  /** Shown once to a person when it was generated; never written down. */
  readonly approver: { readonly token: string; readonly generated: boolean }
  close(): Promise<void>
}

/**
 * The gateway as people run it: config file, SQLite beside it, the bundled plugins, one port.
 * @throws GatewayError `store.locked`, `store.newer`, `config.invalid`, `listen.port_taken` and what `createGateway` throws
 */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  const { env, log } = options
  const configFile = resolve(options.configFile)
  const source = openConfigFile(configFile, log)
  let gateway: Gateway | undefined
  try {
    const vault = openVault({ folder: dirname(configFile), env, log })
    const admin = await openAdminToken(source, env, vault)
    const approver = approverToken(env)
    warnIfShort(log, 'admin token', admin.token)
    warnIfShort(log, 'approver credential', approver.token)
    const live: { listening?: Listening } = {}
    const plugins = bundledPlugins(bundledOptions(options, configFile, () => live.listening))
    const config = options.connect === false ? withoutConnecting(source) : source
    gateway = createGateway({
      ...{ log, config, demo: true, vault, adminToken: admin.token, approverToken: approver.token },
      plugins: [...plugins, ...(options.plugins ?? [])],
      holdChanges: options.holdChanges === true,
      connectAfter: options.connectAfter,
      store: createSqliteStore({ file: databaseFile(source, options), auditDurability: source.current().audit_durability, log }),
    })
    const listening = (live.listening = await listen(gateway, source, options))
    void vault.announce()
    return { gateway, listening, configFile, approvals: approvalsOf(plugins), admin, approver, close: () => close(gateway) }
  } catch (thrown) {
    await close(gateway)
    source.close()
    throw thrown
  }
}

const bundledOptions = ({ env, notifier }: DaemonOptions, configFile: string, listening: () => Listening | undefined): BundledOptions => ({
  approvals: { baseUrl: () => `${listening()?.adminUrl ?? ''}/hil`, ...(notifier ? { notifier } : {}) },
  agents: { folder: dirname(configFile), env, endpoint: () => listening()?.endpoint ?? null },
  oauth: { base: () => loopbackBase(listening()) },
})

/** The same, but its servers wait until they are needed. */
const withoutConnecting = (source: ConfigSource): ConfigSource =>
  Object.create(source, { current: { value: () => ({ ...source.current(), startup_catalog: 'skip' }) } }) as ConfigSource

/** Where a browser on this machine finds it. */
function loopbackBase(listening: Listening | undefined): string | null {
  if (!listening) return null
  const { host, port } = listening
  const reachable = host === '::1' ? '[::1]' : host.startsWith('127.') ? host : '127.0.0.1'
  return `http://${reachable}:${port}`
}

function approvalsOf(plugins: readonly Plugin[]): Approvals {
  const found = plugins.find((plugin): plugin is Plugin & Approvals => plugin.name === 'hil')
  if (!found) throw new GatewayError('internal', 'The bundled plugins are without the one that asks people.')
  return found
}

function warnIfShort(log: Log, what: string, token: string): void {
  if (token.length < shortestToken) log.warn(`The ${what} has fewer than ${shortestToken} characters: it can be guessed.`)
}

const close = async (gateway: Gateway | undefined): Promise<void> => gateway?.close()

const databaseFile = (source: ConfigSource, { db, configFile }: DaemonOptions): string =>
  db === undefined ? databaseFileOf(configFile, source.current()) : resolve(db)

/** The port that was used first stays: clients have it in their configs. */
async function listen(gateway: Gateway, source: ConfigSource, options: DaemonOptions): Promise<Listening> {
  const where = options.host === undefined ? {} : { host: options.host }
  if (options.port !== undefined || source.safeMode || namesPort(options.configFile)) {
    const port = options.port ?? source.current().port
    return gateway.listen({ ...where, port }).catch((thrown: unknown) => Promise.reject(explain(thrown, port)))
  }
  const listening = await firstFree(gateway, where, source.current().port)
  await source.save({ port: listening.port })
  return listening
}

async function firstFree(gateway: Gateway, where: { readonly host?: string }, first: number): Promise<Listening> {
  for (let port = first; ; port++) {
    try {
      return await gateway.listen({ ...where, port })
    } catch (thrown) {
      if (!isTaken(thrown) || port >= first + portTries) throw explain(thrown, port)
    }
  }
}

const isTaken = (thrown: unknown) => (thrown as { code?: unknown }).code === 'EADDRINUSE'

function explain(thrown: unknown, port: number): unknown {
  if (!isTaken(thrown)) return thrown
  return new GatewayError(
    'listen.port_taken',
    `Port ${port} is in use; end the program that has it, or choose another with --port or "port" in the config.`,
    { cause: thrown },
  )
}
