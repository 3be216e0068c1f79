import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../../shared/errors'
import type { SessionRecord } from '../../../shared/records'
import type { SessionTable } from '../store/store'
import type { Params } from './link'
import { Session } from './session'

/** Published limits of one gateway: sessions in memory, and how long a silent one keeps its upstream connections or is remembered at all. */
export const maxSessions = 1_000
export const sleepAfterMs = 30 * 60_000
export const forgetAfterMs = 7 * 24 * 60 * 60_000
/** Ids of sessions opened in this life that are remembered while nobody uses them; beyond it the oldest are forgotten. */
export const maxRemembered = 10_000
/** Characters of what a client says of itself when it opens a session (capabilities and clientInfo, as JSON). */
export const longestHello = 64 * 1024
const forgetEveryMs = 60 * 60_000
/** Milliseconds between two rounds of housekeeping; a keep-alive comment is due at least every 15 s. */
export const houseMs = 15_000

/** Who opens a session. */
export interface SessionDraft {
  readonly clientId: string
  readonly client: string
  readonly group: string | null
  readonly protocolVersion: string
  readonly capabilities: Params
  readonly clientInfo: Params
}

/** Every session of the gateway. Ids outlive the process: clients often do not initialise again on 404. */
export class Sessions {
  private readonly live = new Map<string, Session>()
  /** Ids that this life has given out, oldest first. */
  private readonly given = new Set<string>()
  private forgottenAt = Date.now()
  private readonly house: NodeJS.Timeout

  /** @param onClose told of each session that ended or fell asleep */
  constructor(
    private readonly table: SessionTable,
    private readonly onClose: (session: Session) => void,
  ) {
    this.house = setInterval(() => this.keepHouse(Date.now()), houseMs)
    this.house.unref()
    table.prune(new Date(Date.now() - forgetAfterMs).toISOString())
  }

  /** @throws GatewayError `limit.sessions`, `input.too_large`, `store.unavailable` */
  async open(draft: SessionDraft): Promise<Session> {
    requireShort(draft)
    this.makeRoom(draft.clientId)
    const session = new Session(recordOf(draft), draft.client)
    this.live.set(session.id, session)
    this.given.add(session.id)
    if (this.given.size > maxRemembered) this.forgetOldest()
    await this.table.put(session.record)
    return session
  }

  /** In memory, else brought back from the store. Undefined for an id of another client or group: it looks unknown. */
  find(id: string, clientId: string, client: string, group: string | null): Session | undefined {
    const session = this.live.get(id) ?? this.wake(id, client)
    if (session?.record.client_id !== clientId || session.group !== group) return undefined
    if (!this.live.has(id)) {
      this.makeRoom(clientId)
      this.live.set(id, session)
    }
    session.lastSeen = Date.now()
    return session
  }

  async end(session: Session): Promise<void> {
    this.letGo(session, 'The session was ended.')
    this.given.delete(session.id)
    await this.table.remove(session.id)
  }

  /** Ends every session of a client whose access was taken away. */
  async endClient(clientId: string): Promise<void> {
    const theirs = [...this.live.values()].filter((session) => session.record.client_id === clientId)
    await Promise.all(theirs.map((session) => this.end(session)))
  }

  all(): Iterable<Session> {
    return this.live.values()
  }

  count(): number {
    return this.live.size
  }

  close(): void {
    clearInterval(this.house)
    for (const session of [...this.live.values()]) this.letGo(session, 'The gateway is closing.')
  }

  private wake(id: string, client: string): Session | undefined {
    const record = /^[A-Za-z0-9_-]{32}$/.test(id) ? this.table.get(id) : undefined
    if (!record || Date.parse(record.last_seen_at) < Date.now() - forgetAfterMs) return undefined
    const session = new Session(record, client)
    // What it was served is unknown now: tell it to list again.
    for (const list of ['tools', 'prompts', 'resources']) session.untold.add(`notifications/${list}/list_changed`)
    return session
  }

  /**
   * The longest silent session falls asleep; its id stays good. Where one client holds more than half of them all it is one of
   * that client's, for others even a busy one: nobody can keep others out by opening many.
   */
  private makeRoom(clientId: string): void {
    if (this.live.size < maxSessions) return
    const all = [...this.live.values()]
    const crowd = crowdOf(all)
    const isIdle = (session: Session) => !session.isBusy
    const quiet = longestSilent(crowd.filter(isIdle)) ?? longestSilent(all.filter(isIdle))
    const given = quiet ?? (crowd[0]?.record.client_id === clientId ? undefined : longestSilent(crowd))
    if (!given) throw new GatewayError('limit.sessions', `All ${maxSessions} sessions are busy; close some or try again later.`)
    this.letGo(given, 'Another session needed its place.')
  }

  private forgetOldest(): void {
    for (const id of this.given) {
      if (this.live.has(id)) continue
      this.given.delete(id)
      this.table.remove(id).catch(() => undefined) // it is forgotten by its age
      return
    }
  }

  private letGo(session: Session, reason: string): void {
    this.live.delete(session.id)
    this.table.touch(session.id, new Date(session.lastSeen).toISOString())
    session.release(reason)
    this.onClose(session)
  }

  private keepHouse(now: number): void {
    for (const session of [...this.live.values()]) {
      session.tend(now)
      if (!session.isBusy && now - session.lastSeen > sleepAfterMs) this.letGo(session, 'The session was silent for too long.')
    }
    if (now - this.forgottenAt > forgetEveryMs) this.forgetOld(now)
  }

  private forgetOld(now: number): void {
    this.forgottenAt = now
    try {
      this.table.prune(new Date(now - forgetAfterMs).toISOString())
    } catch {
      // The next round tries again; who needs the store meanwhile is told what is wrong with it.
    }
  }
}

/** The sessions of a client that holds more than half of all. */
function crowdOf(all: readonly Session[]): readonly Session[] {
  const byClient = new Map<string, Session[]>()
  for (const session of all) {
    const theirs = byClient.get(session.record.client_id)
    if (theirs) theirs.push(session)
    else byClient.set(session.record.client_id, [session])
  }
  return [...byClient.values()].find((theirs) => theirs.length > all.length / 2) ?? []
}

const longestSilent = (sessions: readonly Session[]): Session | undefined =>
  sessions.reduce<Session | undefined>(
    (oldest, session) => (session.lastSeen < (oldest?.lastSeen ?? Infinity) ? session : oldest),
    undefined,
  )

/** It is kept in memory and in the store for as long as the session. @throws GatewayError `input.too_large` */
function requireShort({ capabilities, clientInfo }: SessionDraft): void {
  if (JSON.stringify([capabilities, clientInfo]).length > longestHello)
    throw new GatewayError('input.too_large', `The capabilities and clientInfo of a client may have ${longestHello} characters together.`)
}

function recordOf(draft: SessionDraft): SessionRecord {
  const now = new Date().toISOString()
  return {
    id: randomBytes(24).toString('base64url'),
    client_id: draft.clientId,
    group: draft.group,
    protocol_version: draft.protocolVersion,
    capabilities: draft.capabilities,
    client_info: draft.clientInfo,
    created_at: now,
    last_seen_at: now,
  }
}
