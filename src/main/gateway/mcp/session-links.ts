import { GatewayError } from '../../../shared/errors'
import { passToClient, dropQuestions } from './bridge'
import type { Asker } from './caller'
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
}

/**
 * Runs one request on the right connection: the session's own, or the shared one. A connection whose session the upstream has
 * forgotten (404: not processed) is replaced and the request sent once more; nothing else is ever repeated.
 */
export async function run(errand: Errand, asker: Asker, log: (note: string) => void): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    const link = await linkFor(errand, asker, log)
    try {
      return await link.request(errand.method, errand.params, exchangeFor(errand, asker, link))
    } catch (thrown) {
      const lost = thrown instanceof GatewayError && thrown.code === 'upstream.session_lost'
      if (!lost || attempt > 1) throw thrown
      await forget(errand.upstream, asker.session, link)
    }
  }
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
  })
  session.links.set(serverId, opened)
  opened.catch(() => {
    if (session.links.get(serverId) === opened) session.links.delete(serverId)
  })
  return opened
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
  return { ...base, onMessage: (incoming) => passToClient(session, link, incoming, caller) }
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
