import { GatewayError } from '../../../shared/errors'
import type { Catalog, ListMethod, Owned, View } from '../catalog'
import type { JsonText } from '../hooks'
import type { Log } from '../log'
import { withoutToken } from './caller'
import type { Params, Reply } from './link'
import { requireLogLevel } from './bridge'
import { maxSubscriptions } from './session'
import { run, type Errand } from './session-links'
import type { RelayParts, Turn } from './turn'
import type { Upstream } from './upstream'

/*
 * Everything of MCP but tool calls: lists from the compiled catalogue; prompts, resources and completions to their owners.
 */

export async function listPage(catalog: Catalog, method: ListMethod, { session, asker, params }: Turn): Promise<JsonText> {
  const view = await catalog.view(asker)
  const pages = view.pages(method)
  const page = params.cursor === undefined ? 0 : typeof params.cursor === 'string' ? Number(params.cursor) : NaN
  const text = Number.isInteger(page) ? pages[page] : undefined
  if (!text) throw new GatewayError('input.invalid', 'That cursor was not given out by the gateway; list from the beginning.')
  session.listed.set(method, view.digests[method])
  return text
}

export async function getPrompt(parts: RelayParts, turn: Turn): Promise<JsonText> {
  const view = await parts.catalog.view(turn.asker)
  const owner = findPrompt(view, turn.params.name)
  return forward(parts, turn, owner, 'prompts/get', { ...turn.params, name: owner.bareName })
}

export async function onResource(parts: RelayParts, method: string, turn: Turn): Promise<JsonText> {
  const view = await parts.catalog.view(turn.asker)
  return forward(parts, turn, findResource(view, turn.params.uri), method, turn.params)
}

export async function subscribe(parts: RelayParts, turn: Turn): Promise<JsonText> {
  const view = await parts.catalog.view(turn.asker)
  const owner = findResource(view, turn.params.uri)
  const { subscriptions } = turn.session
  if (subscriptions.size >= maxSubscriptions && !subscriptions.has(owner.bareName))
    throw new GatewayError('limit.in_flight', `This session has ${maxSubscriptions} subscriptions; end some of them first.`)
  const result = await forward(parts, turn, owner, 'resources/subscribe', turn.params)
  subscriptions.set(owner.bareName, owner.serverId)
  return result
}

export async function unsubscribe(parts: RelayParts, turn: Turn): Promise<JsonText> {
  const uri = requireText(turn.params.uri, 'uri')
  const serverId = turn.session.subscriptions.get(uri)
  turn.session.subscriptions.delete(uri)
  const upstream = serverId === undefined ? undefined : parts.upstream(serverId)
  // On a shared connection another session may still want it: what is not wanted here is dropped here.
  if (!upstream || upstream.record().sharing === 'shared') return '{}'
  return forward(
    parts,
    turn,
    { serverId: upstream.record().id, server: upstream.record().name, bareName: uri },
    'resources/unsubscribe',
    turn.params,
  )
}

export async function complete(parts: RelayParts, turn: Turn): Promise<JsonText> {
  const view = await parts.catalog.view(turn.asker)
  const ref = (turn.params.ref ?? {}) as Params
  if (ref.type === 'ref/prompt') {
    const owner = findPrompt(view, ref.name)
    return forward(parts, turn, owner, 'completion/complete', { ...turn.params, ref: { ...ref, name: owner.bareName } })
  }
  if (ref.type !== 'ref/resource') throw new GatewayError('input.invalid', 'The ref of a completion is a "ref/prompt" or a "ref/resource".')
  return forward(parts, turn, findResource(view, ref.uri), 'completion/complete', turn.params)
}

function findPrompt(view: View, name: unknown): Owned {
  const asked = requireText(name, 'name')
  const owner = view.prompt(asked)
  if (!owner)
    throw new GatewayError('prompt.not_found', `There is no prompt ${JSON.stringify(asked.slice(0, 200))} here; list the prompts again.`)
  return owner
}

function findResource(view: View, uri: unknown): Owned {
  const asked = requireText(uri, 'uri')
  const owner = view.resource(asked)
  if (!owner)
    throw new GatewayError('resource.not_found', `There is no resource ${JSON.stringify(asked.slice(0, 200))} here.`, {
      details: { uri },
    })
  return owner
}

/** @throws GatewayError `input.invalid` */
function requireText(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  throw new GatewayError('input.invalid', `The ${name} must be a text.`)
}

async function forward(parts: RelayParts, turn: Turn, owner: Owned, method: string, params: Params): Promise<JsonText> {
  const upstream = parts.upstream(owner.serverId)
  if (!upstream) throw new GatewayError('server.not_found', `The server ${owner.server} is gone; list again.`)
  // Wanting no more news reads nothing.
  const refusal = () => (method === 'resources/unsubscribe' ? undefined : parts.paused())
  const errand: Errand = { upstream, method, params: withoutToken(params), signal: turn.signal, timeoutMs: timeoutOf(upstream), refusal }
  return expectResult(await run(errand, turn.asker, noteTo(parts.log, upstream)))
}

/** Kept for the session and told to its own connections. */
export function setLevel({ session, params }: Turn): JsonText {
  const level = requireLogLevel(params.level)
  session.logLevel = level
  for (const opened of session.links.values())
    void opened
      .then((link) =>
        link.initialized.capabilities.logging === undefined
          ? undefined
          : link.request('logging/setLevel', { level }, { timeoutMs: 10_000, progress: false }),
      )
      .catch(() => undefined)
  return '{}'
}

/** An upstream's own error reaches the client as it was: code, message and data. */
export function expectResult(reply: Reply): JsonText {
  if ('result' in reply) return reply.result
  throw new GatewayError('upstream.error', reply.error.message, { details: reply.error })
}

export const timeoutOf = (upstream: Upstream): number => upstream.record().timeout_seconds * 1000

export const noteTo = (log: Log, upstream: Upstream) => (note: string) => log.info(note, { server: upstream.record().name })
