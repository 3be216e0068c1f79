import { areListsStricter } from '../../../../shared/policy-strictness'
import type { ServerDraft, ServerPatch, ServerRecord, ServerView } from '../../../../shared/records'
import { GatewayError } from '../../../../shared/errors'
import { checkInput } from '../../input'
import type { ChangeDraft, ChangeRequest, HoldRule } from '../../plugin'
import { hasReference } from '../../secrets'
import { newServer } from '../../server-record'
import type { ServerRegistry } from '../../servers'
import { idOf } from '../route'
import { TrustedHash } from '../servers'
import { differences, listed, listedOrEverything, pairs, yesOrNo, type Line } from './details'

type Shown = Omit<ServerRecord, 'trusted_hash' | 'trusted_command'>
type Registry = Pick<ServerRegistry, 'list' | 'get' | 'plans'>

/** Everything that can be set of a server: a new field is shown, or this does not compile. */
const lineOf: { readonly [Field in keyof ServerDraft]-?: Line<Shown> } = {
  name: ['Name', ({ name }) => name],
  transport: ['Transport', ({ transport }) => transport],
  url: ['Address', ({ url }) => url],
  command: ['Program', ({ command }) => command],
  args: ['Arguments', ({ args }) => listed(args)],
  env: ['Variables', ({ env }) => pairs(env)],
  cwd: ['Folder', ({ cwd }) => cwd],
  static_headers: ['Headers', ({ static_headers }) => pairs(static_headers)],
  allow: ['Allowed', ({ allow }) => listedOrEverything(allow)],
  deny: ['Denied', ({ deny }) => listed(deny)],
  enabled: ['Switched on', ({ enabled }) => yesOrNo(enabled)],
  sharing: ['Sharing', ({ sharing }) => sharing],
  auth: ['Login', ({ auth }) => (auth === 'none' ? null : auth)],
  oauth_scopes: ['OAuth scopes', ({ oauth_scopes }) => listed(oauth_scopes)],
  oauth_token_url: ['OAuth token address', ({ oauth_token_url }) => oauth_token_url],
  oauth_client_id: ['OAuth client', ({ oauth_client_id }) => oauth_client_id],
  oauth_client_secret: ['OAuth client secret', ({ oauth_client_secret }) => oauth_client_secret],
  timeout_seconds: ['Time-out in seconds', ({ timeout_seconds }) => String(timeout_seconds)],
  tags: ['Tags', ({ tags }) => listed(tags)],
}
const lines = Object.values(lineOf)
const commandLines = [lineOf.transport, lineOf.command, lineOf.args, lineOf.env, lineOf.cwd]

/** Adding, trusting, and every change that is not surely harmless. */
export const serverHolds = (servers: Registry): HoldRule[] => {
  const id = ({ params }: ChangeRequest) => idOf(servers.list(), params.id ?? '')
  return [
    { method: 'POST', path: '/servers', describe: ({ body }) => added(servers.plans.create(body as ServerDraft)) },
    { method: 'PATCH', path: '/servers/{id}', describe: (request) => changed(servers, id(request), request.body as ServerPatch) },
    { method: 'DELETE', path: '/servers/{id}', passes: 'Takes away what it offered.' },
    { method: 'POST', path: '/servers/{id}/trust', describe: (request) => trusted(servers, id(request), request.body) },
    { method: 'POST', path: '/servers/{id}/test', passes: 'Connects to what was confirmed; nothing changes.' },
    { method: 'POST', path: '/servers/{id}/refresh', passes: 'Connects to what was confirmed; nothing changes.' },
    { method: 'POST', path: '/servers/test-draft', describe: ({ body }) => refuseDraft(body as ServerDraft) },
  ]
}

function added(record: ServerRecord): ChangeDraft {
  const what = record.transport === 'stdio' ? ', which starts a program on this machine' : ''
  return { kind: 'server.add', title: `Add the server "${record.name}"${what}`, details: differences(lines, null, record) }
}

function changed(servers: Registry, id: string, patch: ServerPatch): ChangeDraft | undefined {
  const after = servers.plans.patch(id, patch)
  const before = servers.get(id)
  if (isHarmless(before, after)) return undefined
  const details = differences(lines, before, after)
  const isCommand = after.transport === 'stdio' && differences(commandLines, before, after).length > 0
  const title = isCommand ? `Change the program that the server "${before.name}" starts` : `Change the server "${before.name}"`
  return { kind: 'server.change', title, details, about: id }
}

/** What may change without letting anything more through, or is looked at by itself. A new name is not here, because rules go by names. */
const harmless: ReadonlySet<string> = new Set(['enabled', 'allow', 'deny', 'timeout_seconds', 'tags'] satisfies (keyof ServerDraft)[])

function isHarmless(before: ServerView, after: ServerRecord): boolean {
  if (after.enabled && !before.enabled) return false
  if (!areListsStricter(before, after)) return false
  const bound = Object.entries(lineOf).flatMap(([field, line]) => (harmless.has(field) ? [] : [line]))
  return differences(bound, before, after).length === 0
}

function trusted(servers: Registry, id: string, body: unknown): ChangeDraft {
  const { hash } = checkInput(TrustedHash, body)
  const record = servers.plans.trust(id, hash)
  const details = differences(commandLines, null, record)
  return { kind: 'server.trust', title: `Trust the command of the server "${record.name}" and start it`, details, about: [id, hash] }
}

/** Nobody has confirmed the draft: from here it may start nothing and be sent no secret. @throws GatewayError `auth.forbidden` */
function refuseDraft(body: ServerDraft): undefined {
  const record = newServer(body, 'draft', new Date().toISOString())
  if (record.transport !== 'stdio' && record.auth === 'none' && !Object.values(record.static_headers).some(hasReference)) return undefined
  throw new GatewayError(
    'auth.forbidden',
    'While the app runs, a server that starts a program or is sent a secret is tested in its window only; or add it, and the person is asked.',
  )
}
