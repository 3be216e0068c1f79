import { randomUUID } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { GatewayError, toGatewayError } from '../../../shared/errors'
import type { ConfigSource } from '../config'
import type { Clients, Gateway, Groups, Servers } from '../gateway'
import type { HeldChanges } from '../held-changes'
import { invalidInput } from '../input'
import type { Log } from '../log'
import type { AdminEnv, PluginRoutes } from '../plugin'
import type { Secrets } from '../secret-book'
import { catalogRoutes, type CatalogParts } from './catalog'
import { changeRoutes } from './changes'
import { clientRoutes } from './clients'
import { diagnosticsRoutes, type DiagnosticsParts } from './diagnostics'
import { describeApi } from './document'
import { eventRoutes, type EventSource } from './events'
import { groupRoutes } from './groups'
import { holdPrivileged, rulesBelow } from './hold'
import { coreHolds, type HoldSources } from './holds'
import { pauseRoutes, resumeRoutes } from './pause'
import { authorizePrincipal } from './permissions'
import { problemResponse } from './problem'
import { reloadRoutes } from './reload'
import { secretRoutes } from './secrets'
import { serverRoutes } from './servers'
import { settingsRoutes, type SettingsParts } from './settings'
import { statsRoutes, type StatsParts } from './stats'
import { statusRoutes } from './status'

/** What the admin API needs of the gateway. */
export interface AdminParts
  extends EventSource, SettingsParts, CatalogParts, StatsParts, DiagnosticsParts, Pick<Gateway, 'status' | 'reload' | 'pause' | 'resume'> {
  readonly config: ConfigSource
  readonly servers: Servers
  readonly groups: Groups
  readonly clients: Clients
  readonly secrets: Secrets
  /** Mounted at `/<name>` in this order; the API's own nouns come first. */
  readonly plugins: readonly PluginRoutes[]
  /** Where changes wait. */
  readonly held: HeldChanges
  /** Given: privileged changes that come over HTTP wait for the person at the app; what they would do is read from here. */
  readonly hold: HoldSources | null
  readonly log: Pick<Log, 'info' | 'error'>
  /** Of the product, for the description. */
  readonly version: string
  /** Where the API stands (`/admin`), for the description: routes are relative to it. */
  readonly prefix: string
}

/**
 * The whole admin API, one app for its three doors. Whoever calls puts the principal into `env`: `admin.fetch(request, { principal })`.
 * Loading this module costs time that start-up does not have: import it when the first request comes.
 */
export function createAdmin(parts: AdminParts) {
  const base = new OpenAPIHono<AdminEnv>({
    defaultHook: (checked) => {
      if (!checked.success) throw invalidInput(checked.error.issues)
    },
  })
  base.onError((thrown, c) => answerError(thrown, c, parts.log))
  base.notFound((c) =>
    problemResponse(
      new GatewayError(
        'route.not_found',
        `There is nothing at ${c.req.method} ${c.req.path.slice(0, 200)}; /openapi.json lists what there is.`,
      ),
    ),
  )
  base.use(keepPrivate, logChange(parts.log), authorizeRequest, checkBody)
  if (parts.hold) base.use(holdPrivileged({ held: parts.held, rules: [...coreHolds(parts.hold), ...pluginHolds(parts)] }))
  const admin = base
    .route('/servers', serverRoutes(parts.servers))
    .route('/groups', groupRoutes(parts.groups))
    .route('/clients', clientRoutes(parts.clients))
    .route('/secrets', secretRoutes(parts.secrets))
    .route('/status', statusRoutes(parts))
    .route('/reload', reloadRoutes(parts))
    .route('/pause', pauseRoutes(parts))
    .route('/resume', resumeRoutes(parts))
    .route('/changes', changeRoutes(parts.held))
    .route('/events', eventRoutes(parts))
    .route('/settings', settingsRoutes(parts))
    .route('/catalog', catalogRoutes(parts))
    .route('/stats', statsRoutes(parts))
    .route('/diagnostics', diagnosticsRoutes(parts))
  for (const plugin of parts.plugins) admin.route(`/${plugin.name}`, plugin.routes)
  let described: string | undefined
  admin.get('/openapi.json', (c) =>
    c.body((described ??= JSON.stringify(describeApi(admin, parts))), 200, { 'content-type': 'application/json' }),
  )
  return admin
}

/** What a typed client needs to know: `hc<AdminApi>(url)`. */
export type AdminApi = ReturnType<typeof createAdmin>

const pluginHolds = ({ plugins }: Pick<AdminParts, 'plugins'>) => plugins.flatMap(({ name, holds = [] }) => rulesBelow(name, holds))

const keepPrivate: MiddlewareHandler<AdminEnv> = async (c, next) => {
  await next()
  c.res.headers.set('cache-control', 'no-store')
  c.res.headers.set('x-content-type-options', 'nosniff')
}

/** A door that forgets to say who asks opens to nobody. */
const principalOf = (c: Context<AdminEnv>) => (c.env as Partial<AdminEnv['Bindings']> | undefined)?.principal

const authorizeRequest: MiddlewareHandler<AdminEnv> = async (c, next) => {
  authorizePrincipal(principalOf(c), c.req.method, c.req.path)
  await next()
}

/** Whatever is sent is JSON, for the plugins' routes too: a form, which any web page can post, is refused. */
const checkBody: MiddlewareHandler<AdminEnv> = async (c, next) => {
  // A copy: routes read the body in their own way.
  const text = c.req.raw.body === null ? '' : await c.req.raw.clone().text()
  if (text !== '') checkJson(text, c.req.header('content-type'))
  await next()
}

function checkJson(text: string, contentType = 'application/json'): void {
  if (!/^application\/json\s*(;|$)/i.test(contentType)) throw new GatewayError('input.content_type', 'Send the body as application/json.')
  try {
    JSON.parse(text)
  } catch (cause) {
    throw new GatewayError('input.malformed', 'The body is not valid JSON.', { cause })
  }
}

/** Every change and every attempt at one: also the admin token's at a decision. What was sent stays out. */
const logChange =
  (log: AdminParts['log']): MiddlewareHandler<AdminEnv> =>
  async (c, next) => {
    await next()
    const { method, path } = c.req
    if (method === 'GET' || method === 'HEAD') return
    log.info('The admin API was asked for a change.', {
      method,
      path: path.slice(0, 200),
      principal: principalOf(c) ?? 'nobody',
      status: c.res.status,
    })
  }

/** The one place where an error becomes a response. */
function answerError(thrown: Error, c: Context<AdminEnv>, log: AdminParts['log']): Response {
  const error = thrown instanceof HTTPException ? ofHono(thrown) : toGatewayError(thrown)
  if (error.code !== 'internal') return problemResponse(error)
  const requestId = randomUUID()
  log.error('A request to the admin API failed.', {
    request_id: requestId,
    method: c.req.method,
    path: c.req.path,
    cause: error.context.cause ?? error,
  })
  return problemResponse(error, requestId)
}

function ofHono(thrown: HTTPException): GatewayError {
  if (thrown.status === 400) return new GatewayError('input.malformed', 'The body is not valid JSON.', { cause: thrown })
  if (thrown.status === 415) return new GatewayError('input.content_type', 'Send the body as application/json.', { cause: thrown })
  return toGatewayError(thrown)
}
