import { isAbsolute } from 'node:path'
import { GatewayError } from '../../shared/errors'
import { ServerDraft, ServerPatch, type ServerRecord, type Sharing, type Transport } from '../../shared/records'
import { compileRules } from './access'
import { checkInput, present } from './input'
import { checkNoRawSecrets } from './secrets'

/** Published limits: servers of one gateway, patterns in one list. */
export const serverLimits = { servers: 1000, patterns: 500 } as const

const ofCommand = () => ({ command: null, args: [], env: {}, cwd: null })
const defaults = (): Omit<ServerRecord, 'id' | 'name' | 'transport' | 'sharing' | 'trusted_hash' | 'created_at' | 'updated_at'> => ({
  ...ofCommand(),
  url: null,
  static_headers: {},
  allow: [],
  deny: [],
  timeout_seconds: 30,
  enabled: true,
  tags: [],
  auth: 'none',
  oauth_scopes: [],
  oauth_token_url: null,
  oauth_client_id: null,
  oauth_client_secret: null,
})

/** A record of this draft, its gaps filled: the transport follows from what is given. @throws GatewayError `input.invalid` */
export function newServer(input: ServerDraft, id: string, now: string): ServerRecord {
  const draft = present(checkInput(ServerDraft, input))
  const transport = draft.transport ?? transportOf(draft)
  const record = { ...defaults(), sharing: sharingOf(transport), ...draft, transport, name: input.name }
  return checked({ ...record, id, trusted_hash: null, created_at: now, updated_at: now })
}

/**
 * The record as changed. A new transport takes its own defaults where the patch says nothing.
 * @throws GatewayError `input.invalid`
 */
export function patchServer(before: ServerRecord, input: ServerPatch, now: string): ServerRecord {
  const patch = present(checkInput(ServerPatch, input))
  const moved = patch.transport !== undefined && patch.transport !== before.transport
  const base = moved ? { ...before, ...leftBehind(patch.transport ?? before.transport) } : before
  return checked({ ...base, ...patch, updated_at: now })
}

function transportOf({ command, url }: Partial<ServerRecord>): Transport {
  if (command) return 'stdio'
  return url?.startsWith('builtin:') ? 'builtin' : 'http'
}

const isRemote = (transport: Transport) => transport === 'http' || transport === 'sse'
const sharingOf = (transport: Transport): Sharing => (isRemote(transport) ? 'per_session' : 'shared')

const leftBehind = (transport: Transport) =>
  ({ sharing: sharingOf(transport), ...(transport === 'stdio' ? { url: null } : ofCommand()) }) as const

/** One thing that must not be; the first that is, is told. */
interface Rule {
  readonly field: keyof ServerRecord
  readonly broken: (record: ServerRecord) => boolean
  readonly message: string
}

const isPlain = (text: string) => !/[\0\r\n]/.test(text)
const isArgument = (text: string) => !text.includes('\0')

const rules: readonly Rule[] = [
  {
    field: 'url',
    broken: (r) => isRemote(r.transport) && !isEndpoint(r.url),
    message: 'must be the http:// or https:// URL of the server, without user, password or fragment; or give a command',
  },
  {
    field: 'url',
    broken: (r) => r.transport === 'builtin' && r.url !== 'builtin:demo',
    message: 'must be "builtin:demo"; there is no other built-in server',
  },
  { field: 'url', broken: (r) => r.transport === 'stdio' && r.url !== null, message: 'must be left out where a command is given' },
  {
    field: 'command',
    broken: (r) => r.transport === 'stdio' && r.command === null,
    message: 'must be the program to start; its arguments go into "args"',
  },
  { field: 'command', broken: (r) => r.transport !== 'stdio' && r.command !== null, message: 'must be left out where a url is given' },
  { field: 'args', broken: (r) => r.transport !== 'stdio' && r.args.length > 0, message: 'goes with a command only' },
  { field: 'env', broken: (r) => r.transport !== 'stdio' && Object.keys(r.env).length > 0, message: 'goes with a command only' },
  { field: 'cwd', broken: (r) => r.transport !== 'stdio' && r.cwd !== null, message: 'goes with a command only' },
  { field: 'cwd', broken: (r) => r.cwd !== null && !(isAbsolute(r.cwd) && isArgument(r.cwd)), message: 'must be an absolute path' },
  { field: 'command', broken: (r) => ![r.command ?? '', ...r.args].every(isArgument), message: 'and args must not hold a NUL character' },
  {
    field: 'env',
    broken: (r) => !Object.entries(r.env).every(([name, value]) => /^[^=\0]+$/.test(name) && isArgument(value)),
    message: 'must hold names without "=" and no NUL character',
  },
  { field: 'static_headers', broken: (r) => !Object.values(r.static_headers).every(isPlain), message: 'must not hold a line break' },
  {
    field: 'oauth_token_url',
    broken: (r) => r.oauth_token_url !== null && !isEndpoint(r.oauth_token_url),
    message: 'must be an http:// or https:// URL',
  },
  {
    field: 'auth',
    broken: (r) => r.auth === 'oauth_client_credentials' && !(r.oauth_client_id && r.oauth_client_secret),
    message:
      '"oauth_client_credentials" needs oauth_client_id and oauth_client_secret (and oauth_token_url, unless the server names one itself)',
  },
  {
    field: 'allow',
    broken: (r) => Math.max(r.allow.length, r.deny.length) > serverLimits.patterns,
    message: `and deny hold at most ${serverLimits.patterns} patterns each; join some with "*" or "{a,b}"`,
  },
]

function isEndpoint(text: string | null): boolean {
  if (text === null || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === '' && !text.includes('#')
}

function checked(record: ServerRecord): ServerRecord {
  const rule = rules.find((each) => each.broken(record))
  if (rule)
    throw new GatewayError('input.invalid', `The server's ${rule.field} ${rule.message}.`, {
      details: [{ path: rule.field, message: rule.message }],
    })
  checkNoRawSecrets(record)
  compileRules(record)
  return record
}
