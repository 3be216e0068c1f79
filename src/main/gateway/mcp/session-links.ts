import { GatewayError } from '../../../shared/errors'
import { passToClient, dropQuestions } from './bridge'
import type { Asker, Caller } from './caller'
import type { Exchange, Handshake, Incoming, Link, LinkEvents, Params, Reply } from './link'
import type { Session } from './session'
import type { Upstream } from './upstream'

/** One request on its way to an upstream. */
export interface Errand {
  readonly upstream: Upstream
  readonly method: string
  readonly params: Params
  readonly signal: AbortSignal
  readonly timeoutMs: number
  /** Why nothing may be asked now. */
  readonly refusal: () => GatewayError | undefined
}

/**
 * Runs one request on the right connection: the session's own, or the shared one. A connection whose session the upstream has
 * forgotten (404: not processed) is replaced and the request sent once more; nothing else is ever repeated.
 */
export async function run(errand: Errand, asker: Asker, log: (note: string) => void): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    requireAllowed(errand)
    const link = await linkFor(errand, asker, log)
    // Opening it may have taken long.
    requireAllowed(errand)
    try {
      return await link.request(errand.method, errand.params, exchangeFor(errand, asker, link))
    } catch (thrown) {
      const lost = thrown instanceof GatewayError && thrown.code === 'upstream.session_lost'
      if (!lost || attempt > 1) throw thrown
      await forget(errand.upstream, asker.session, link)
    }
  }
}

/** @throws GatewayError the reason why not */
function requireAllowed({ refusal }: Errand): void {
  const refused = refusal()
  if (refused) throw refused
}

const isShared = (upstream: Upstream, session: Session | undefined): session is undefined =>
  session === undefined || upstream.record().sharing === 'shared'

async function linkFor(errand: Errand, asker: Asker, log: (note: string) => void): Promise<Link> {
  const { upstream } = errand
  const session = asker.session
  if (isShared(upstream, session)) return upstream.sharedLink()
  const serverId = upstream.record().id
  const open = session.links.get(serverId) ?? openFor(upstream, session, asker, log)
  return open
}

/** The session's own connection offers exactly what its client declared, so that server-to-client requests can be passed on. */
function openFor(upstream: Upstream, session: Session, asker: Asker, log: (note: string) => void): Promise<Link> {
  const serverId = upstream.record().id
  const opened: Promise<Link> = openLink(upstream, session, asker, log, () => {
    if (session.links.get(serverId) === opened) session.links.delete(serverId)
    if (isSubscribed(session, serverId)) revive(upstream, session, asker, log)
  })
  session.links.set(serverId, opened)
  opened.catch(() => {
    if (session.links.get(serverId) === opened) session.links.delete(serverId)
  })
  return opened
}

const isSubscribed = (session: Session, serverId: string) => !session.over.aborted && [...session.subscriptions.values()].includes(serverId)

/** Who waits for news of a resource calls nothing that would open the connection again. */
function revive(upstream: Upstream, session: Session, asker: Asker, log: (note: string) => void, waitMs = 1_000): void {
  const timer = setTimeout(() => {
    const serverId = upstream.record().id
    if (!isSubscribed(session, serverId) || session.links.has(serverId)) return
    openFor(upstream, session, asker, log).catch(() => revive(upstream, session, asker, log, Math.min(2 * waitMs, 60_000)))
  }, waitMs)
  timer.unref()
}

async function openLink(
  upstream: Upstream,
  session: Session,
  asker: Asker,
  log: (note: string) => void,
  forgotten: () => void,
): Promise<Link> {
  const early: Incoming[] = []
  const state: { link?: Link } = {}
  const events: LinkEvents = {
    // Servers ask (roots/list) as soon as they are initialized, which may be before we hold the link.
    onMessage: (incoming) => (state.link ? passToClient(session, state.link, incoming) : void early.push(incoming)),
    onClosed: () => {
      if (state.link) dropQuestions(session, state.link)
      forgotten()
    },
    onNote: log,
  }
  const link = await upstream.openSessionLink(handshakeFor(session), events, { request: asker }, session.over)
  state.link = link
  for (const incoming of early.splice(0)) passToClient(session, link, incoming)
  await restore(session, upstream.record().id, link)
  return link
}

/** Tasks are not relayed, so they are not offered either. */
export function handshakeFor(session: Session): Handshake {
  const { tasks: _tasks, ...capabilities } = session.record.capabilities
  return { protocolVersion: session.record.protocol_version, capabilities, clientInfo: session.record.client_info }
}

/** A new connection knows nothing of what the client asked for earlier. */
async function restore(session: Session, serverId: string, link: Link): Promise<void> {
  const quietly = { timeoutMs: 10_000, progress: false }
  const wishes: Promise<unknown>[] = []
  if (session.logLevel !== undefined && link.initialized.capabilities.logging !== undefined)
    wishes.push(link.request('logging/setLevel', { level: session.logLevel }, quietly))
  for (const [uri, owner] of session.subscriptions)
    if (owner === serverId) wishes.push(link.request('resources/subscribe', { uri }, quietly))
  await Promise.allSettled(wishes)
}

function exchangeFor(errand: Errand, asker: Asker, link: Link): Exchange {
  const { session, caller } = asker
  const base = { signal: errand.signal, timeoutMs: errand.timeoutMs, progress: caller?.progressToken !== undefined }
  if (!session || !caller) return base
  const shared = isShared(errand.upstream, session)
  return {
    ...base,
    onMessage: (incoming) => (shared ? passShared(session, link, incoming, caller) : passToClient(session, link, incoming, caller)),
  }
}

/** A shared connection offers no sampling, elicitation or roots, so a server that asks all the same is refused. */
function passShared(session: Session, link: Link, incoming: Incoming, caller: Caller): void {
  if (incoming.kind === 'notification') passToClient(session, link, incoming, caller)
  else
    void link.respond(incoming.id, { error: { code: -32601, message: 'A shared connection answers no requests.' } }).catch(() => undefined)
}

/** After the shared connection came back: it knows nothing of what sessions had subscribed to. */
export async function resubscribe(upstream: Upstream, sessions: Iterable<Session>): Promise<void> {
  const { id, sharing } = upstream.record()
  if (sharing !== 'shared') return
  const wanted = new Set<string>()
  for (const session of sessions) for (const [uri, owner] of session.subscriptions) if (owner === id) wanted.add(uri)
  if (wanted.size === 0) return
  const link = await upstream.sharedLink()
  await Promise.allSettled([...wanted].map((uri) => link.request('resources/subscribe', { uri }, { timeoutMs: 10_000, progress: false })))
}

async function forget(upstream: Upstream, session: Session | undefined, link: Link): Promise<void> {
  if (isShared(upstream, session)) {
    await upstream.refresh()
    return
  }
  session.links.delete(upstream.record().id)
  dropQuestions(session, link)
  await link.close()
}
