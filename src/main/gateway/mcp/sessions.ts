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

  async open(draft: SessionDraft): Promise<Session> {
    this.makeRoom()
    const session = new Session(recordOf(draft), draft.client)
    this.live.set(session.id, session)
    await this.table.put(session.record)
    return session
  }

  /** In memory, else brought back from the store. Undefined for an id of another client or group: it looks unknown. */
  find(id: string, clientId: string, client: string, group: string | null): Session | undefined {
    const session = this.live.get(id) ?? this.wake(id, client)
    if (session?.record.client_id !== clientId || session.group !== group) return undefined
    if (!this.live.has(id)) {
      this.makeRoom()
      this.live.set(id, session)
    }
    session.lastSeen = Date.now()
    return session
  }

  async end(session: Session): Promise<void> {
    this.letGo(session, 'The session was ended.')
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

  /** The longest silent session falls asleep; its id stays good. */
  private makeRoom(): void {
    if (this.live.size < maxSessions) return
    let idle: Session | undefined
    for (const session of this.live.values()) if (!session.isBusy && session.lastSeen < (idle?.lastSeen ?? Infinity)) idle = session
    if (!idle) throw new GatewayError('limit.sessions', `All ${maxSessions} sessions are busy; close some or try again later.`)
    this.letGo(idle, 'Another session needed its place.')
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
  }
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
