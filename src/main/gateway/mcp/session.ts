import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../../shared/errors'
import type { SessionRecord } from '../../../shared/records'
import type { ListMethod } from '../catalog'
import type { SessionTable } from '../store/store'
import { EventStream } from './event-stream'
import type { Link, Params, RpcId } from './link'

/** Published limits of one gateway and of one session. */
export const maxSessions = 1_000
export const maxInFlight = 256
export const maxAsked = 100
/** POST streams kept for clients that may come back. */
export const maxStreams = 64
/** A session that is silent for so long gives its upstream connections back; its id stays good. */
export const sleepAfterMs = 30 * 60_000
/** A session that was not seen for so long is forgotten. */
export const forgetAfterMs = 7 * 24 * 60 * 60_000
/** How long the stream of a running call waits for its client to come back. */
export const resumeGraceMs = 60_000

/** A request of ours to the client on behalf of an upstream, and where its answer goes. */
export interface Asked {
  readonly link: Link
  readonly upstreamId: RpcId
}

/** What one client keeps open with us (Streamable HTTP "Session Management"): its calls, its streams, its own upstream connections. */
export class Session {
  readonly running = new Map<RpcId, AbortController>()
  readonly asked = new Map<string, Asked>()
  readonly streams = new Map<string, EventStream>()
  /** Connections that belong to this session alone, by server id. */
  readonly links = new Map<string, Promise<Link>>()
  /** Resource subscriptions: URI -> server id. */
  readonly subscriptions = new Map<string, string>()
  /** What the lists looked like when this client was last served them. */
  readonly listed = new Map<ListMethod, string>()
  /** List changes that could not be told yet because no stream was open. */
  readonly untold = new Set<string>()
  logLevel: string | undefined
  lastSeen = Date.now()
  /** In-process clients hear without a stream. */
  direct: ((message: string) => void) | undefined
  private standalone: EventStream | undefined
  private counter = 0

  constructor(
    readonly record: SessionRecord,
    readonly client: string,
  ) {}

  get id(): string {
    return this.record.id
  }

  get group(): string | null {
    return this.record.group
  }

  get isBusy(): boolean {
    return this.running.size > 0 || this.asked.size > 0 || this.hears
  }

  /** An id for a request of ours to the client; text, so that it never meets a client's number. */
  nextId(): string {
    return `gw-${++this.counter}`
  }

  /** The stream that a client opens with GET; one at a time, a newer one takes over. */
  openStandalone(): EventStream {
    this.standalone ??= new EventStream('g')
    return this.standalone
  }

  /** Says something outside of any request. @returns whether the client can hear it now; a notification is kept for its return */
  tell(message: string): boolean {
    if (this.direct) {
      this.direct(message)
      return true
    }
    if (!this.standalone) return false
    this.standalone.send(message)
    return this.standalone.isOpen
  }

  get hears(): boolean {
    return this.direct !== undefined || this.standalone?.isOpen === true
  }

  openStream(onLost: () => void): EventStream {
    const stream = new EventStream(`p${++this.counter}`, onLost)
    this.streams.set(stream.name, stream)
    for (const [name, old] of this.streams) if (this.streams.size > maxStreams && old.isEnded) this.streams.delete(name)
    return stream
  }

  keepAlive(): void {
    this.standalone?.keepAlive()
    for (const stream of this.streams.values()) stream.keepAlive()
  }

  /** Gives back what a silent session holds; calls under way are cancelled. */
  release(reason: string): void {
    for (const call of this.running.values()) call.abort(reason)
    for (const stream of this.streams.values()) stream.destroy()
    this.standalone?.destroy()
    this.standalone = undefined
    this.streams.clear()
    this.asked.clear()
    const links = [...this.links.values()]
    this.links.clear()
    for (const link of links) void link.then((open) => open.close()).catch(() => undefined)
  }
}

/** Who opens a session. */
export interface SessionDraft {
  readonly clientId: string
  readonly client: string
  readonly group: string | null
  readonly protocolVersion: string
  readonly capabilities: Params
  readonly clientInfo: Params
}

export interface Sessions {
  open(draft: SessionDraft): Promise<Session>
  /** In memory, else brought back from the store. Undefined for an id of another client or group: it looks unknown. */
  find(id: string, clientId: string, client: string, group: string | null): Session | undefined
  end(session: Session): Promise<void>
  all(): Iterable<Session>
  count(): number
  /** Ends every session of a client whose access was taken away. */
  endClient(clientId: string): Promise<void>
  /** Ends every session of a group that is gone. */
  endGroup(group: string): Promise<void>
  close(): void
}

/** @param onClose told of each session that ended or fell asleep */
export function createSessions(table: SessionTable, onClose: (session: Session) => void): Sessions {
  const live = new Map<string, Session>()
  const house = setInterval(() => housekeep(live, letGo), 15_000)
  house.unref()
  table.prune(new Date(Date.now() - forgetAfterMs).toISOString())

  function letGo(session: Session, reason: string): void {
    live.delete(session.id)
    table.touch(session.id, new Date(session.lastSeen).toISOString())
    session.release(reason)
    onClose(session)
  }

  const end = async (session: Session): Promise<void> => {
    letGo(session, 'The session was ended.')
    await table.remove(session.id)
  }

  return {
    async open(draft) {
      makeRoom(live, letGo)
      const now = new Date().toISOString()
      const session = new Session(
        {
          id: randomBytes(24).toString('base64url'),
          client_id: draft.clientId,
          group: draft.group,
          protocol_version: draft.protocolVersion,
          capabilities: draft.capabilities,
          client_info: draft.clientInfo,
          created_at: now,
          last_seen_at: now,
        },
        draft.client,
      )
      live.set(session.id, session)
      await table.put(session.record)
      return session
    },
    find(id, clientId, client, group) {
      const session = live.get(id) ?? wake(table, id, client)
      if (!session || session.record.client_id !== clientId || session.group !== group) return undefined
      if (!live.has(id)) {
        makeRoom(live, letGo)
        live.set(id, session)
      }
      session.lastSeen = Date.now()
      return session
    },
    end,
    all: () => live.values(),
    count: () => live.size,
    async endClient(clientId) {
      await Promise.all([...live.values()].filter((session) => session.record.client_id === clientId).map(end))
    },
    async endGroup(group) {
      await Promise.all([...live.values()].filter((session) => session.group === group).map(end))
    },
    close() {
      clearInterval(house)
      for (const session of [...live.values()]) letGo(session, 'The gateway is closing.')
    },
  }
}

/** Clients often do not initialise again on 404, so a session outlives the process that opened it. */
function wake(table: SessionTable, id: string, client: string): Session | undefined {
  const record = /^[A-Za-z0-9_-]{32}$/.test(id) ? table.get(id) : undefined
  if (!record || Date.parse(record.last_seen_at) < Date.now() - forgetAfterMs) return undefined
  const session = new Session(record, client)
  // What it was served is unknown now: tell it to list again.
  for (const list of ['tools', 'prompts', 'resources']) session.untold.add(`notifications/${list}/list_changed`)
  return session
}

function makeRoom(live: Map<string, Session>, letGo: (session: Session, reason: string) => void): void {
  if (live.size < maxSessions) return
  const idle = [...live.values()].filter((session) => !session.isBusy).sort((a, b) => a.lastSeen - b.lastSeen)[0]
  if (!idle) throw new GatewayError('limit.sessions', `All ${maxSessions} sessions are busy; close some or try again later.`)
  letGo(idle, 'Another session needed its place.')
}

function housekeep(live: Map<string, Session>, letGo: (session: Session, reason: string) => void): void {
  const now = Date.now()
  for (const session of live.values()) {
    session.keepAlive()
    dropStaleStreams(session, now)
    if (!session.isBusy && now - session.lastSeen > sleepAfterMs) letGo(session, 'The session was silent for too long.')
  }
}

function dropStaleStreams(session: Session, now: number): void {
  for (const [name, stream] of session.streams) {
    const stale = stream.lostAt !== undefined && now - stream.lostAt > resumeGraceMs
    if (stale || (stream.isEnded && stream.lostAt === undefined && !stream.isOpen)) session.streams.delete(name)
  }
}
