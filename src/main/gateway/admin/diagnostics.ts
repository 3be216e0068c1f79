import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { homedir } from 'node:os'
import { GatewayStatus, PolicyDocument, Sharing, Transport, UpstreamState, type ServerView } from '../../../shared/records'
import { isSecretKey, redact } from '../../../shared/redact'
import { GatewaySettings } from '../../../shared/settings'
import type { ConfigSource } from '../config'
import type { Clients, Gateway, Groups, Servers } from '../gateway'
import type { AdminEnv } from '../plugin'
import { hasReference } from '../secrets'
import { json } from './route'
import { settingsOf } from './settings'

/** What is told to whoever helps. */
export interface DiagnosticsParts extends Pick<Gateway, 'status'> {
  readonly config: Pick<ConfigSource, 'current' | 'policy'>
  readonly servers: Pick<Servers, 'list'>
  readonly groups: Pick<Groups, 'list'>
  readonly clients: Pick<Clients, 'list'>
  /** The newest lines of the log, oldest first, secrets taken out. */
  logLines(): readonly string[]
}

/** A server without values: of headers and variables the names, of its address the origin. */
const DiagnosedServer = z.object({
  name: z.string(),
  transport: Transport,
  sharing: Sharing,
  enabled: z.boolean(),
  origin: z.string().nullable(),
  command: z.string().nullable(),
  args: z.array(z.string()),
  variables: z.array(z.string()),
  headers: z.array(z.string()),
  login: z.string(),
  allow: z.array(z.string()),
  deny: z.array(z.string()),
  timeout_seconds: z.number(),
  state: UpstreamState,
  state_reason: z.string().nullable(),
  trusted: z.boolean(),
  tool_count: z.number().int(),
  catalog_problems: z.array(z.string()),
})
type DiagnosedServer = z.infer<typeof DiagnosedServer>
const Diagnostics = z
  .object({
    at: z.iso.datetime(),
    runtime: z.record(z.string(), z.string()),
    status: GatewayStatus,
    settings: GatewaySettings,
    policy: PolicyDocument,
    servers: z.array(DiagnosedServer),
    groups: z.number().int(),
    clients: z.number().int(),
    log: z.array(z.string()),
  })
  .meta({ id: 'Diagnostics' })
type Diagnostics = z.infer<typeof Diagnostics>

const diagnostics = createRoute({
  tags: ['gateway'],
  method: 'get',
  path: '/',
  summary: 'What to send to whoever helps',
  description:
    'Versions, state, settings, policy, servers and the newest lines of the log. Without tokens, secrets, values of headers and variables, and without the name of your home folder. Read it before you send it: names of servers and tools are in it.',
  responses: { 200: json(Diagnostics, 'The bundle') },
})

/** `/diagnostics`. */
export const diagnosticsRoutes = (parts: DiagnosticsParts) =>
  new OpenAPIHono<AdminEnv>().openapi(diagnostics, (c) => {
    c.header('content-disposition', 'attachment; filename="fast-gateway-diagnostics.json"')
    return c.json(withoutHome(redact(bundleOf(parts)) as Diagnostics), 200)
  })

function bundleOf({ status, config, servers, groups, clients, logLines }: DiagnosticsParts): Diagnostics {
  const { platform, arch, versions } = process
  return {
    at: new Date().toISOString(),
    runtime: { platform, arch, node: versions.node, ...(versions.electron === undefined ? {} : { electron: versions.electron }) },
    status: status(),
    settings: settingsOf(config.current()),
    policy: config.policy(),
    servers: servers.list().map(diagnosed),
    groups: groups.list().length,
    clients: clients.list().length,
    log: [...logLines()],
  }
}

function diagnosed(server: ServerView): DiagnosedServer {
  const { name, transport, sharing, enabled, url, command, args, env, static_headers, auth, allow, deny, timeout_seconds } = server
  const { state, state_reason, trusted, tool_count, catalog_problems } = server
  return {
    ...{ name, transport, sharing, enabled, command, allow, deny, timeout_seconds },
    ...{ state, state_reason, trusted, tool_count, catalog_problems },
    // Some services have the key in the path.
    origin: url !== null && URL.canParse(url) ? new URL(url).origin : null,
    args: args.map((arg, i) => withoutSecret(arg, args[i - 1])),
    variables: Object.keys(env),
    headers: Object.keys(static_headers),
    login: auth,
  }
}

const mark = '[redacted]'

/** `--api-key VALUE` and `--api-key=VALUE` tell by the flag what the value is. */
function withoutSecret(arg: string, before = ''): string {
  if (hasReference(arg)) return arg
  if (/^-[^=]*$/.test(before) && isSecretKey(before)) return mark
  const [flag = '', value] = arg.split('=', 2)
  return value !== undefined && isSecretKey(flag) ? `${flag}=${mark}` : arg
}

/** Folders of people, on every system; what is sent should not say who sends it. */
const someHome = /([/\\](?:Users|home)[/\\]+)[^/\\\s"']+/g

function withoutHome<Value>(value: Value): Value {
  const home = homedir()
  const clean = (text: string) => (home.length > 1 ? text.replaceAll(home, '~') : text).replaceAll(someHome, '$1user')
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) => (typeof inner === 'string' ? clean(inner) : inner)) as Value
}
