import * as z from 'zod'
import { ServerDraft, Sharing, Transport, type ServerPatch, type ServerView } from '../../../shared/records'
import { lineOf, wordsOf } from './command-line'

const pair = z.object({ name: z.string(), value: z.string() })
const isEndpoint = (url: string) => /^https?:\/\//i.test(url) && URL.canParse(url)
const isRemote = (transport: Transport) => transport === 'http' || transport === 'sse'

const fields = z.object({
  name: z.string().refine((name) => ServerDraft.shape.name.safeParse(name).success, {
    error: 'Letters, digits and “-” only, at most 48, beginning with a letter or digit; no underscore.',
  }),
  transport: Transport,
  url: z.string().trim(),
  command_line: z.string(),
  cwd: z.string().trim(),
  headers: z.array(pair),
  env: z.array(pair),
  timeout_seconds: z.number('Seconds, such as 30').positive('At least one second').max(86_400, 'At most a day: 86400 seconds'),
  sharing: Sharing,
  tags: z.string(),
  auth: z.enum(['none', 'oauth', 'oauth_client_credentials']),
  oauth_scopes: z.string(),
  oauth_token_url: z.string().trim(),
  oauth_client_id: z.string().trim(),
  oauth_client_secret: z.string().trim(),
})

/** What the dialog has fields for. */
export type ServerForm = z.infer<typeof fields>

/** The same as a schema: what is wrong is told at its field. The gateway checks again. */
export const ServerForm = fields.check(({ value, issues }) => {
  for (const [path, message] of flawsOf(value)) issues.push({ code: 'custom', input: value, path: [...path], message })
})

type Flaw = readonly [path: readonly (string | number)[], message: string]

function flawsOf(form: ServerForm): readonly Flaw[] {
  if (isRemote(form.transport)) {
    const url: Flaw[] = isEndpoint(form.url) ? [] : [[['url'], 'The address of the server, such as https://mcp.example.com/mcp']]
    return [...url, ...pairFlaws('headers', form.headers), ...authFlaws(form)]
  }
  if (form.transport !== 'stdio') return []
  const { words, flaw } = wordsOf(form.command_line)
  const missing = words.length === 0 ? 'The program to start, and its arguments' : null
  const problem = flaw ?? missing
  return [...(problem === null ? [] : [[['command_line'], problem] as const]), ...pairFlaws('env', form.env)]
}

/** As the gateway's own: without its credentials it cannot ask for a token. */
function authFlaws({ auth, oauth_client_id, oauth_client_secret }: ServerForm): readonly Flaw[] {
  if (auth !== 'oauth_client_credentials') return []
  const id: Flaw[] = oauth_client_id === '' ? [[['oauth_client_id'], 'The id that the server’s owner gave you.']] : []
  const secret: Flaw[] =
    oauth_client_secret === '' ? [[['oauth_client_secret'], 'A reference to the secret, such as ${keychain:NAME}.']] : []
  return [...id, ...secret]
}

function pairFlaws(field: 'headers' | 'env', pairs: ServerForm['env']): readonly Flaw[] {
  const noun = field === 'headers' ? 'header' : 'variable'
  return pairs.flatMap(({ name, value }, index): Flaw[] => {
    if (name.trim() === '') return value === '' ? [] : [[[field, index, 'name'], `The ${noun} needs a name.`]]
    const isTwice = pairs.findIndex((other) => other.name.trim().toLowerCase() === name.trim().toLowerCase()) < index
    return isTwice ? [[[field, index, 'name'], `There is a ${noun} of this name already.`]] : []
  })
}

/** A form of a new server, or of what is known of one. */
export function formOf(draft: Partial<ServerDraft>): ServerForm {
  const transport = draft.transport ?? (draft.command ? 'stdio' : 'http')
  return {
    ...{ name: draft.name ?? '', transport, url: draft.url ?? '', headers: pairsOf(draft.static_headers) },
    ...commandPart(draft),
    timeout_seconds: draft.timeout_seconds ?? 30,
    sharing: draft.sharing ?? sharingOf(transport),
    tags: draft.tags?.join(', ') ?? '',
    ...authPart(draft),
  }
}

const authPart = ({ auth, oauth_scopes, oauth_token_url, oauth_client_id, oauth_client_secret }: Partial<ServerDraft>) => ({
  auth: auth ?? ('none' as const),
  oauth_scopes: oauth_scopes?.join(' ') ?? '',
  oauth_token_url: oauth_token_url ?? '',
  oauth_client_id: oauth_client_id ?? '',
  oauth_client_secret: oauth_client_secret ?? '',
})

const commandPart = ({ command, args, env, cwd }: Partial<ServerDraft>) => ({
  command_line: command ? lineOf(command, args ?? []) : '',
  env: pairsOf(env),
  cwd: cwd ?? '',
})

/** What a transport shares of its own accord. */
export const sharingOf = (transport: Transport): Sharing => (isRemote(transport) ? 'per_session' : 'shared')

const pairsOf = (record: Readonly<Record<string, string>> = {}) => Object.entries(record).map(([name, value]) => ({ name, value }))
const recordOf = (pairs: ServerForm['env']): Record<string, string> =>
  Object.fromEntries(pairs.flatMap(({ name, value }) => (name.trim() === '' ? [] : [[name.trim(), value] as const])))

/** What the form says, as the gateway takes it. */
export function draftOf(form: ServerForm): ServerDraft {
  const { name, transport, timeout_seconds, sharing } = form
  const tags = form.tags.split(',').flatMap((tag) => (tag.trim() === '' ? [] : [tag.trim()]))
  const common = { name, transport, timeout_seconds, sharing, tags }
  if (transport === 'stdio')
    return { ...common, ...commandIn(form.command_line), env: recordOf(form.env), cwd: form.cwd === '' ? null : form.cwd }
  return { ...common, url: form.url, ...(isRemote(transport) ? { static_headers: recordOf(form.headers), ...authIn(form) } : {}) }
}

/** What is written for another way to sign in is kept, but not sent. */
function authIn({ auth, oauth_scopes, oauth_token_url, oauth_client_id, oauth_client_secret }: ServerForm): Partial<ServerDraft> {
  if (auth === 'none') return { auth }
  const client = { oauth_client_id: oauth_client_id || null, oauth_client_secret: oauth_client_secret || null }
  const token = auth === 'oauth' ? {} : { oauth_token_url: oauth_token_url || null }
  return { auth, oauth_scopes: oauth_scopes.split(/\s+/).filter(Boolean), ...client, ...token }
}

function commandIn(line: string): { command: string; args: string[] } {
  const [command = '', ...args] = wordsOf(line).words
  return { command, args }
}

/** Only what differs from the server as it is. */
export function patchOf(form: ServerForm, server: ServerView): ServerPatch {
  const before: Readonly<Record<string, unknown>> = server
  const isSame = (key: string, value: unknown) => JSON.stringify(before[key]) === JSON.stringify(value)
  return Object.fromEntries(Object.entries(draftOf(form)).filter(([key, value]) => !isSame(key, value)))
}

/** A server as a draft of it: to make it again, or another one like it. Trust is not part of it. */
export function draftOfView(server: ServerView): ServerDraft {
  const known: Readonly<Record<string, unknown>> = server
  return ServerDraft.parse(Object.fromEntries(Object.keys(ServerDraft.shape).map((key) => [key, known[key]])))
}

/** Fields of a record under the names that they have in the form. */
const formFields: Readonly<Partial<Record<string, keyof ServerForm>>> = {
  ...{ name: 'name', url: 'url', cwd: 'cwd', timeout_seconds: 'timeout_seconds', tags: 'tags', sharing: 'sharing', transport: 'transport' },
  ...{ command: 'command_line', args: 'command_line', auth: 'auth', oauth_scopes: 'oauth_scopes' },
  ...{ oauth_token_url: 'oauth_token_url', oauth_client_id: 'oauth_client_id', oauth_client_secret: 'oauth_client_secret' },
}

/** Where the form shows what the gateway found wrong: its `details` (`static_headers.Authorization`) as paths of the form. */
export function fieldFlaws(details: unknown, form: ServerForm): readonly { readonly path: string; readonly message: string }[] {
  if (!Array.isArray(details)) return []
  return details.flatMap((detail: unknown) => {
    const { path, message } = (detail ?? {}) as { path?: unknown; message?: unknown }
    const place = typeof path === 'string' ? placeOf(path, form) : null
    return place === null || typeof message !== 'string' ? [] : [{ path: place, message }]
  })
}

function placeOf(path: string, form: ServerForm): string | null {
  const [, field = '', key = ''] = /^([a-z_]+)(?:\.(.+))?$/s.exec(path) ?? []
  const list = field === 'static_headers' ? 'headers' : field === 'env' ? 'env' : null
  if (list === null) return formFields[field] ?? null
  const index = form[list].findIndex(({ name }) => name.trim() === key)
  return index === -1 ? null : `${list}.${index}.value`
}
