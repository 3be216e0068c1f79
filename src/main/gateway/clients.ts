import { randomUUID, timingSafeEqual } from 'node:crypto'
import { GatewayError } from '../../shared/errors'
import { fold } from '../../shared/patterns'
import { ClientDraft, ClientPatch, type ClientRecord, type ClientView, type ClientWithToken } from '../../shared/records'
import type { Events } from './events'
import type { Clients } from './gateway'
import { checkInput } from './input'
import { createNamedRows, type NamedRows } from './named-rows'
import type { Log } from './log'
import type { Store } from './store/store'
import { hashToken, newClientToken } from './tokens'

/** Published limits: clients of one gateway, characters of a token that is looked at. */
export const clientLimits = { clients: 1000, tokenLength: 256 } as const

/** How long what was last seen stays in memory only. */
const seenWriteMs = 60_000

/** What clients need of the gateway. */
export interface ClientParts {
  readonly store: Pick<Store, 'clients' | 'groups'>
  readonly emit: Events['emit']
  /** What lists and decisions are compiled from has changed. */
  onChange(): void
  /** The client's token, or what it may open, is no longer what it was: its sessions end. */
  onRevoked(client: Readonly<ClientRecord>): void
  readonly log: Pick<Log, 'warn'>
}

/** The clients, with what the rest of the core asks of them. */
export interface ClientRegistry extends Clients {
  /** Whose token this is; from memory, in about two microseconds. The record is the registry's own: read it, do not change it. */
  authenticate(token: string): Readonly<ClientRecord> | undefined
  /** Notes that the client was here now. Written to the store at most once a minute, and by `flush`. */
  seen(clientId: string): void
  /** Writes what is known only in memory; for the end. Never throws. */
  flush(): void
  /** By exact name, from memory. The record is the registry's own: read it, do not change it. */
  find(name: string): Readonly<ClientRecord> | undefined
  /** Names of the clients that may open this group only. */
  boundTo(group: string): readonly string[]
  /** A group has a new name: who was bound to it still is. */
  regroup(from: string, to: string): void
}

/** Every change is checked, written, then in force; `clients.changed` tells of it. Tokens are shown once and kept hashed. */
export function createClients(parts: ClientParts): ClientRegistry {
  const rows = createNamedRows(parts.store.clients)
  const tokens = createTokenIndex(rows)
  const presence = createPresence(rows, parts.log)
  const { changed, give, move } = createWrites(parts, rows, tokens.forget)
  return {
    authenticate: tokens.owner,
    ...{ seen: presence.seen, flush: presence.flush },
    list: () => rows.all().map((client) => viewOf(presence.known(client))),
    create: (draft) => give(newClient(draft, rows, parts.store), []),
    rotate(id) {
      const client = requireClient(rows, id)
      return give(presence.known(client), [client])
    },
    patch: (id, input) => viewOf(move(presence.known(requireClient(rows, id)), checkInput(ClientPatch, input).group)),
    remove(id) {
      const client = requireClient(rows, id)
      rows.remove(id)
      changed([client], [client])
    },
    find: (name) => rows.named(name),
    boundTo: (group) => boundTo(rows, group).map((client) => client.name),
    regroup(from, to) {
      const moved = boundTo(rows, from)
      for (const client of moved) rows.put({ ...client, group: to })
      if (moved.length > 0) changed(moved, moved)
    },
  }
}

/** What every change of a client ends in. */
function createWrites(parts: ClientParts, rows: NamedRows<ClientRecord>, forgetTokens: () => void) {
  /** Sessions end before anybody hears of it: a listener that fails must not leave one open. */
  const changed = (clients: readonly ClientRecord[], revoked: readonly ClientRecord[]) => {
    forgetTokens()
    revoked.forEach(parts.onRevoked)
    parts.onChange()
    parts.emit('clients.changed', { ids: clients.map((client) => client.id) })
  }
  const give = (client: Omit<ClientRecord, 'token_hash'>, revoked: readonly ClientRecord[]): ClientWithToken => {
    const token = newClientToken()
    const given = { ...client, token_hash: hashToken(token) }
    rows.put(given)
    changed([given], revoked)
    return { ...viewOf(given), token }
  }
  const move = (client: ClientRecord, group: string | null): ClientRecord => {
    if (group === client.group) return client
    requireGroup(group, parts.store)
    const moved = { ...client, group }
    rows.put(moved)
    changed([moved], [moved])
    return moved
  }
  return { changed, give, move }
}

/** Tokens are found by their hash: what an attacker can vary he cannot steer, and the last word is a comparison in constant time. */
function createTokenIndex(rows: NamedRows<ClientRecord>) {
  let byHash: Map<string, { readonly client: ClientRecord; readonly hash: Buffer }> | undefined
  const index = () =>
    (byHash ??= new Map(rows.all().map((client) => [client.token_hash, { client, hash: Buffer.from(client.token_hash) }])))
  return {
    owner(token: string): ClientRecord | undefined {
      if (token.length > clientLimits.tokenLength) return undefined
      const hash = hashToken(token)
      const found = index().get(hash)
      return found && timingSafeEqual(found.hash, Buffer.from(hash)) ? found.client : undefined
    },
    forget() {
      byHash = undefined
    },
  }
}

/** When each client was last seen: in memory at once, in the store a minute later, all in one go and off the path of any call. */
function createPresence(rows: NamedRows<ClientRecord>, log: Pick<Log, 'warn'>) {
  const lastSeen = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  const known = (client: ClientRecord): ClientRecord => {
    const at = lastSeen.get(client.id)
    return at === undefined ? client : { ...client, last_seen_at: new Date(at).toISOString() }
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    try {
      for (const client of rows.all()) if (lastSeen.has(client.id)) rows.put(known(client))
      lastSeen.clear()
    } catch (cause) {
      log.warn('When clients were last seen could not be written; it is kept in memory and tried again.', { cause })
    }
  }
  const seen = (clientId: string) => {
    lastSeen.set(clientId, Date.now())
    timer ??= setTimeout(flush, seenWriteMs).unref()
  }
  return { known, seen, flush }
}

const boundTo = (rows: NamedRows<ClientRecord>, group: string) => rows.all().filter((client) => client.group === group)

const viewOf = ({ id, name, group, created_at, last_seen_at }: ClientRecord): ClientView => ({ id, name, group, created_at, last_seen_at })

/** Control and format characters: a name is shown on terminals and beside approvals, where it must not pretend. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** Names under which calls appear that come without a client of their own: they must not share its rules and approvals. */
const reservedNames: ReadonlySet<string> = new Set(['admin', 'anonymous', 'approver', 'desktop', 'library'])

function newClient(input: ClientDraft, rows: NamedRows<ClientRecord>, store: Pick<Store, 'groups'>): Omit<ClientRecord, 'token_hash'> {
  const { name, group = null } = checkInput(ClientDraft, input)
  if (hidden.test(name)) throw new GatewayError('input.invalid', 'The name of a client may hold no control or invisible characters.')
  if (reservedNames.has(fold(name)))
    throw new GatewayError('input.invalid', `"${name}" is how the gateway names one of its own doors; choose another name.`)
  const id = randomUUID().replaceAll('-', '')
  const other = rows.alike(name, id)
  if (other) throw new GatewayError('client.name_taken', `There is a client "${other.name}" already; choose another name.`)
  requireGroup(group, store)
  const count = rows.all().length
  if (count >= clientLimits.clients)
    throw new GatewayError('input.invalid', `There are ${count} clients, which is the most there can be; remove one first.`)
  return { id, name, group, created_at: new Date().toISOString(), last_seen_at: null }
}

/** @param group null: everything */
function requireGroup(group: string | null, store: Pick<Store, 'groups'>): void {
  if (group !== null && !store.groups.list().some((each) => each.name === group))
    throw new GatewayError('input.invalid', `There is no group "${group}"; create it first, or leave the group out to open everything.`)
}

function requireClient(rows: NamedRows<ClientRecord>, id: string): ClientRecord {
  const client = rows.get(id)
  if (!client)
    throw new GatewayError(
      'client.not_found',
      `There is no client with the id ${JSON.stringify(id.slice(0, 64))}; list the clients to see which there are.`,
    )
  return client
}
