import { afterEach, expect, it, vi } from 'vitest'
import type { ClientRecord } from '../../src/shared/records'
import { clientLimits, createClients } from '../../src/main/gateway/clients'
import { hashToken } from '../../src/main/gateway/tokens'
import { codeOf, rememberingEmitter, tableOf } from '../support/admin-doubles'

function newClients(stored: ClientRecord[] = []) {
  const table = tableOf<ClientRecord>(...stored)
  const { emit, told } = rememberingEmitter()
  const revoked: string[] = []
  const warnings: string[] = []
  const clients = createClients({
    store: { clients: table, groups: tableOf({ id: 'g', name: 'readonly', member_server_ids: [], allow: [], deny: [] }) },
    emit,
    onChange: () => undefined,
    onRevoked: (client) => void revoked.push(client.name),
    log: { warn: (message) => void warnings.push(message) },
  })
  return { clients, table, told, revoked, warnings }
}

afterEach(() => {
  vi.useRealTimers()
})

it('shows the token once and stores only its hash', () => {
  const { clients, table, told } = newClients()
  const { token, ...view } = clients.create({ name: ' claude ', group: 'readonly' })
  expect(view).toMatchObject({ name: 'claude', group: 'readonly', last_seen_at: null })
  expect(clients.list()).toEqual([view])
  expect(JSON.stringify([clients.list(), table.list(), told])).not.toContain(token)
  expect(table.get(view.id)?.token_hash).toBe(hashToken(token))
  expect(told).toEqual([{ event: 'clients.changed', data: { ids: [view.id] } }])
})

it('knows a client by its token and nobody by any other text', () => {
  const { clients } = newClients()
  const first = clients.create({ name: 'first' })
  const second = clients.create({ name: 'second' })
  expect(clients.authenticate(first.token)?.id).toBe(first.id)
  expect(clients.authenticate(second.token)?.id).toBe(second.id)
  for (const wrong of [
    '',
    'x',
    hashToken(first.token),
    `${first.token} `,
    first.token.slice(1),
    'x'.repeat(clientLimits.tokenLength + 1),
  ]) {
    expect(clients.authenticate(wrong)).toBeUndefined()
  }
})

it('knows the clients that were stored before', () => {
  const stored = {
    id: 'c',
    name: 'old',
    group: null,
    token_hash: hashToken('fgc_known'),
    created_at: '2026-01-01T00:00:00.000Z',
    last_seen_at: null,
  }
  expect(newClients([stored]).clients.authenticate('fgc_known')?.name).toBe('old')
})

it('ends the old token and its sessions when a client gets a new one', () => {
  const { clients, revoked } = newClients()
  const made = clients.create({ name: 'claude' })
  const renewed = clients.rotate(made.id)
  expect(renewed).toMatchObject({ id: made.id, name: 'claude' })
  expect(clients.authenticate(made.token)).toBeUndefined()
  expect(clients.authenticate(renewed.token)?.id).toBe(made.id)
  expect(revoked).toEqual(['claude'])
  expect(codeOf(() => clients.rotate('nobody'))).toBe('client.not_found')
})

it('ends the token and the sessions of a removed client', () => {
  const { clients, revoked } = newClients()
  const made = clients.create({ name: 'claude' })
  clients.remove(made.id)
  expect(clients.authenticate(made.token)).toBeUndefined()
  expect(clients.list()).toEqual([])
  expect(revoked).toEqual(['claude'])
  expect(codeOf(() => clients.remove(made.id))).toBe('client.not_found')
})

it('keeps the old token when the new one cannot be written', () => {
  const { clients, table, revoked } = newClients()
  const made = clients.create({ name: 'claude' })
  table.failing = true
  expect(codeOf(() => clients.rotate(made.id))).toBe('store.unavailable')
  expect(clients.authenticate(made.token)?.id).toBe(made.id)
  expect(revoked).toEqual([])
})

it.each([
  ['a name that is taken, in other letters', { name: 'TAKEN' }, 'client.name_taken'],
  ['a name that only looks different', { name: 'ｔaken' }, 'client.name_taken'],
  ['an empty name', { name: '  ' }, 'input.invalid'],
  ['a name with a control character', { name: 'a\u001b[2Jb' }, 'input.invalid'],
  ['a name with an invisible character', { name: 'a\u200bb' }, 'input.invalid'],
  ['an unknown group', { name: 'c', group: 'nowhere' }, 'input.invalid'],
])('refuses %s', (_what, draft, code) => {
  const { clients } = newClients()
  clients.create({ name: 'taken' })
  expect(codeOf(() => clients.create(draft))).toBe(code)
  expect(clients.list()).toHaveLength(1)
})

it.each(['admin', 'Anonymous', 'desktop', 'library', 'approver'])(
  'does not lend the name %s, under which the gateway itself calls',
  (name) => {
    expect(codeOf(() => newClients().clients.create({ name }))).toBe('input.invalid')
  },
)

it('holds a published number of clients', () => {
  const stored = Array.from({ length: clientLimits.clients }, (_, n) => ({
    id: `${n}`,
    name: `c${n}`,
    group: null,
    token_hash: hashToken(`t${n}`),
    created_at: '2026-01-01T00:00:00.000Z',
    last_seen_at: null,
  }))
  expect(codeOf(() => newClients(stored).clients.create({ name: 'one-more' }))).toBe('input.invalid')
})

it('says at once when a client was last seen, and writes it once a minute for all calls of it', () => {
  vi.useFakeTimers({ now: new Date('2026-05-05T10:00:00.000Z') })
  const { clients, table } = newClients()
  const { id } = clients.create({ name: 'claude' })
  const written = table.writes
  for (let call = 0; call < 1000; call += 1) clients.seen(id)
  expect(clients.list()[0]?.last_seen_at).toBe('2026-05-05T10:00:00.000Z')
  expect(table.writes).toBe(written)
  vi.advanceTimersByTime(60_000)
  expect(table.writes).toBe(written + 1)
  expect(table.get(id)?.last_seen_at).toBe('2026-05-05T10:00:00.000Z')
  vi.advanceTimersByTime(600_000)
  expect(table.writes).toBe(written + 1)
})

it('writes what was last seen when the gateway closes, and forgives a full disk', () => {
  const { clients, table, warnings } = newClients()
  const { id } = clients.create({ name: 'claude' })
  clients.seen(id)
  table.failing = true
  clients.flush()
  expect(warnings).toHaveLength(1)
  table.failing = false
  clients.flush()
  expect(table.get(id)?.last_seen_at).not.toBeNull()
})

it('does not bring a removed client back by having seen it', () => {
  const { clients, table } = newClients()
  const { id } = clients.create({ name: 'claude' })
  clients.seen(id)
  clients.remove(id)
  clients.flush()
  expect(table.list()).toEqual([])
})

it('binds clients to the new name of their group and ends the sessions opened under the old', () => {
  const { clients, revoked } = newClients()
  const bound = clients.create({ name: 'bound', group: 'readonly' })
  clients.create({ name: 'free' })
  expect(clients.boundTo('readonly')).toEqual(['bound'])
  clients.regroup('readonly', 'readers')
  expect(clients.boundTo('readonly')).toEqual([])
  expect(clients.authenticate(bound.token)?.group).toBe('readers')
  expect(revoked).toEqual(['bound'])
})

it('moves to another group with its token, and its sessions end', () => {
  const { clients, revoked, told } = newClients()
  const { id, token } = clients.create({ name: 'claude' })
  expect(clients.patch(id, { group: 'readonly' })).toMatchObject({ id, group: 'readonly' })
  expect(clients.authenticate(token)).toMatchObject({ group: 'readonly' })
  expect(clients.boundTo('readonly')).toEqual(['claude'])
  expect(revoked).toEqual(['claude'])
  expect(told.at(-1)).toEqual({ event: 'clients.changed', data: { ids: [id] } })
})

it('stays as it is where it is moved to its own group or to one that is not there', () => {
  const { clients, revoked } = newClients()
  const { id } = clients.create({ name: 'claude', group: 'readonly' })
  clients.patch(id, { group: 'readonly' })
  expect(codeOf(() => clients.patch(id, { group: 'none' }))).toBe('input.invalid')
  expect(codeOf(() => clients.patch('other', { group: null }))).toBe('client.not_found')
  expect(clients.list()).toMatchObject([{ group: 'readonly' }])
  expect(revoked).toEqual([])
})
