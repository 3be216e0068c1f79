import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GatewayConfig } from '../config'
import type { Core } from '../core'
import type { Gateway } from '../gateway'
import { createHeldChanges, type HeldChanges } from '../held-changes'
import { requireGroup } from '../host'
import { createDownstream } from '../mcp/downstream'
import { loadRoutes, type AdminEnv } from '../plugin'
import type { ClientRecord } from '../../../shared/records'
import { version } from '../../../shared/version'
import { createSecrets } from '../secret-book'
import { hasReference } from '../secrets'
import { createAdminListener, type FetchApp } from './admin-listener'
import { createListener } from './listener'

/** The HTTP doors of one gateway. */
export interface Doors {
  readonly listener: (req: IncomingMessage, res: ServerResponse) => void
  /** The admin API's app, loaded when first asked for. */
  admin(): Promise<FetchApp<AdminEnv['Bindings']>>
  /** Where the gateway listens: beyond loopback any `Host` is answered, since tokens are then compulsory. */
  bind(host: string): void
}

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/** What the admin API asks of the running gateway. */
type Running = Pick<Gateway, 'status' | 'reload' | 'pause' | 'resume'>

export function createDoors(core: Core, gateway: Running): Doors {
  const { source, options, log } = core.ground
  let anyHost = false
  let app: Promise<FetchApp<AdminEnv['Bindings']>> | undefined
  const admin = () => (app ??= loadAdmin(core, gateway))
  const rooms = createAdminListener({
    loadAdmin: admin,
    loadDocs: async () => (await import('../admin/docs')).docsRoutes(),
    loadUi: async () => (await import('../admin/ui')).uiRoutes(source.current().admin_prefix),
    log,
  })
  const downstream = createDownstream(core.downstream)
  const listener = createListener({
    ...{ log, mcp: downstream.handle, admin: rooms.admin, docs: rooms.docs, ui: rooms.ui, allowedHosts: options.allowedHosts ?? [] },
    paths: () => ({ mcp: source.current().mcp_path, admin: source.current().admin_prefix }),
    anyHost: () => anyHost,
    // Beyond loopback whatever a later edit of the config says: it was not refused at the start.
    clientDoor: () => ({ authenticate: (token) => letIn(core, token), tokenNeeded: anyHost || source.current().mcp_auth === 'token' }),
    adminDoor: () => ({ adminToken: options.adminToken ?? plainToken(source.current()), approverToken: options.approverToken }),
    requireGroup: (name) => requireGroup(core.groups, name),
    callback: (query) => takeCallback(core, query),
    health: () => ({ status: source.safeMode ? 'safe_mode' : 'ok', version }),
  })
  return {
    listener,
    admin,
    bind(host) {
      anyHost = !isLoopback(host)
    },
  }
}

/** Whose it is, its plugin knows. */
async function takeCallback({ plugins, ground: { log } }: Core, query: URLSearchParams): Promise<boolean> {
  const taken = plugins.contributions.map(async (contribution) => contribution.callback?.(query) ?? false)
  const said = await Promise.allSettled(taken)
  for (const each of said)
    if (each.status === 'rejected') log.error('What a login brought back could not be taken.', { cause: each.reason })
  return said.some((each) => each.status === 'fulfilled' && each.value)
}

/** The daemon resolves a reference and hands the token in; here nobody has, and the reference itself is no secret. */
const plainToken = ({ admin_token }: GatewayConfig) => (admin_token === null || hasReference(admin_token) ? undefined : admin_token)

function letIn(core: Core, token: string): Readonly<ClientRecord> | undefined {
  const client = core.clients.authenticate(token)
  if (client) core.clients.seen(client.id)
  return client
}

async function loadAdmin(core: Core, gateway: Running): Promise<FetchApp<AdminEnv['Bindings']>> {
  const [{ createAdmin }, plugins] = await Promise.all([import('../admin'), loadRoutes(core.plugins)])
  return createAdmin({
    ...{
      servers: core.servers,
      groups: core.groups,
      clients: core.clients,
      plugins,
      version,
      log: core.ground.log,
      config: core.ground.source,
      catalog: core.catalog,
      access: core.access,
      store: core.ground.store,
      held: heldChanges(core),
      hold: core.ground.options.holdChanges === true ? holdSources(core) : null,
    },
    explain: (tool, caller) => core.explain(tool, caller),
    ownMs: () => core.ownTimes.median(),
    logLines: () => core.ground.logLines(),
    secrets: createSecrets(core.vault, () => core.servers.records()),
    status: () => gateway.status(),
    reload: () => gateway.reload(),
    pause: () => gateway.pause(),
    resume: () => gateway.resume(),
    onEvent: (listener) => core.events.on(listener),
    prefix: core.ground.source.current().admin_prefix,
  })
}

function heldChanges({ events }: Core): HeldChanges {
  const held = createHeldChanges({ emit: (event, data) => events.emit(event, data) })
  events.on(({ event }) => {
    if (event === 'gateway.closing') held.close()
  })
  return held
}

const holdSources = ({ servers, groups, clients, pause, vault, ground: { source } }: Core) => ({
  ...{ servers, groups, clients, config: source, vault },
  pausedSince: () => pause.since(),
})
