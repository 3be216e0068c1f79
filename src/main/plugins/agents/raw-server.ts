import { fieldsOf } from './config-format'
import { unreadable } from './unreadable'

/** A server as some agent's config says it, whatever its dialect; references are still the agent's. */
export interface RawServer {
  readonly transport: 'http' | 'sse' | 'stdio'
  readonly url: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly command: string | null
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string | null
  readonly enabled: boolean
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  readonly timeoutSeconds: number | null
}

/** Our names of the transports, by what the agents call them. */
const transports: Readonly<Record<string, RawServer['transport']>> = {
  ...{
    stdio: 'stdio',
    local: 'stdio',
    sse: 'sse',
    http: 'http',
    'streamable-http': 'http',
    streamablehttp: 'http',
    streamable_http: 'http',
  },
  remote: 'http',
}

/** Fields that say something which a draft cannot. */
const strangers: readonly (readonly [field: string, why: string])[] = [
  ['envFile', 'takes variables from a file; add it by hand, with the variables that it needs'],
  ['headersHelper', 'gets its headers from a command; add it by hand, with the headers that it needs'],
  ['bearer_token', 'has its token in "bearer_token", which no agent reads; add it by hand'],
]

/** @throws GatewayError `agent.unreadable` that says why it is no server that the gateway could have */
export function readEntry(entry: unknown): RawServer {
  const fields = ownFields(entry)
  const stranger = strangers.find(([field]) => fields[field] !== undefined)
  if (stranger) throw unreadable(`It ${stranger[1]}.`)
  const url = textOf(fields.url ?? fields.serverUrl ?? fields.httpUrl)
  const command = textOf(fields.command)
  if (url === null && command === null) throw unreadable('It names neither a command nor a url.')
  const transport = transportOf(textOf(fields.type ?? fields.transport), url, command)
  const isCommand = transport === 'stdio'
  return {
    transport,
    ...(isCommand ? commandOf(command, fields) : noCommand),
    ...(isCommand ? { url: null, headers: {} } : { url, headers: headersOf(fields) }),
    enabled: fields.disabled !== true && fields.enabled !== false,
    allow: textsOf(fields.enabled_tools),
    deny: textsOf(fields.disabled_tools),
    timeoutSeconds: secondsOf(fields.tool_timeout_sec),
  }
}

const noCommand = { command: null, args: [], env: {}, cwd: null }

/** Whatever a hostile file calls its fields, nothing is inherited. */
const ownFields = (entry: unknown): Readonly<Record<string, unknown>> =>
  Object.assign(
    Object.create(null) as Record<string, unknown>,
    Object.fromEntries(Object.entries(fieldsOf(entry)).filter(([key]) => key !== '__proto__')),
  )

const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null)

/** Words as the agents pass them on: numbers and booleans as they are written. */
const wordOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
      ? [String(value)]
      : []

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.flatMap(wordOf) : [])

/** Of headers, and of variables: more is no config. */
const mostPairs = 500

function pairsOf(value: unknown): Record<string, string> {
  const pairs = Object.entries(fieldsOf(value))
  if (pairs.length > mostPairs) throw unreadable(`It has more than ${mostPairs} headers or variables.`)
  return Object.fromEntries(pairs.flatMap(([key, each]) => wordOf(each).map((word) => [key, word] as const)))
}

const secondsOf = (value: unknown): number | null => (typeof value === 'number' && value > 0 && value <= 86_400 ? value : null)

function transportOf(type: string | null, url: string | null, command: string | null): RawServer['transport'] {
  if (type === null) return command !== null ? 'stdio' : isSseUrl(url) ? 'sse' : 'http'
  const known = Object.hasOwn(transports, type.toLowerCase()) ? transports[type.toLowerCase()] : undefined
  if (!known) throw unreadable(`It speaks ${JSON.stringify(type.slice(0, 40))}, which the gateway does not.`)
  if ((known === 'stdio' ? command : url) === null) throw unreadable(known === 'stdio' ? 'It names no command.' : 'It names no url.')
  return known
}

/** By habit, the address of the older transport ends so. */
export const isSseUrl = (url: string | null): boolean => url !== null && /\/sse\/?(?:[?#]|$)/.test(url)

/** Codex passes variables of its own environment on (`env_vars`). */
function commandOf(command: string | null, fields: Readonly<Record<string, unknown>>) {
  const forwarded = (Array.isArray(fields.env_vars) ? fields.env_vars : []).flatMap((each: unknown) => wordOf(fieldsOf(each).name ?? each))
  return {
    command,
    args: textsOf(fields.args),
    env: { ...Object.fromEntries(forwarded.map((name) => [name, `\${${name}}`])), ...pairsOf(fields.env) },
    cwd: textOf(fields.cwd),
  }
}

/** Codex names variables beside its headers. */
function headersOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = Object.entries(pairsOf(fields.env_http_headers)).map(([header, name]) => [header, `\${${name}}`] as const)
  const bearer = textOf(fields.bearer_token_env_var)
  return {
    ...pairsOf(fieldsOf(fields.requestInit).headers),
    ...pairsOf(fields.headers),
    ...pairsOf(fields.http_headers),
    ...Object.fromEntries(named),
    ...(bearer === null ? {} : { Authorization: `Bearer \${${bearer}}` }),
  }
}
