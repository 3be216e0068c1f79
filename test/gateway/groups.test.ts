import { expect, it } from 'vitest'
import type { GroupRecord } from '../../src/shared/records'
import { createGroups, groupLimits } from '../../src/main/gateway/groups'
import { codeOf, rememberingEmitter, tableOf } from '../support/admin-doubles'

function newGroups(options: { stored?: GroupRecord[]; bound?: Record<string, string[]> } = {}) {
  const table = tableOf<GroupRecord>(...(options.stored ?? []))
  const { emit, told } = rememberingEmitter()
  const regrouped: string[] = []
  const servers = [{ id: 's1' }, { id: 's2' }]
  let changes = 0
  const groups = createGroups({
    store: { groups: table },
    servers: { list: () => servers },
    clients: { boundTo: (group) => options.bound?.[group] ?? [], regroup: (from, to) => void regrouped.push(`${from}>${to}`) },
    emit,
    onChange: () => (changes += 1),
  })
  return { groups, table, told, regrouped, servers, changes: () => changes }
}

it('stores a group with its defaults, finds it by name and tells of it', () => {
  const { groups, table, told, changes } = newGroups()
  const made = groups.create({ name: 'readonly', member_server_ids: ['s1', 's1'], deny: ['*_delete'] })
  expect(made).toEqual({ id: made.id, name: 'readonly', member_server_ids: ['s1'], allow: [], deny: ['*_delete'] })
  expect(table.list()).toEqual([made])
  expect(groups.find('readonly')).toEqual(made)
  expect(groups.find('Readonly')).toBeUndefined()
  expect(told).toEqual([{ event: 'groups.changed', data: { ids: [made.id] } }])
  expect(changes()).toBe(1)
})

it('reads the groups that were stored before', () => {
  const stored = { id: 'g', name: 'old', member_server_ids: [], allow: [], deny: [] }
  const { groups } = newGroups({ stored: [stored] })
  expect(groups.list()).toEqual([stored])
  expect(groups.get('g')).toEqual(stored)
  expect(codeOf(() => groups.get('other'))).toBe('group.not_found')
})

it('hands out copies: nobody changes a group behind its back', () => {
  const { groups } = newGroups()
  const made = groups.create({ name: 'g', deny: ['a'] })
  made.deny.length = 0
  groups.list()[0]!.deny.length = 0
  groups.get(made.id).deny.length = 0
  expect(groups.find('g')?.deny).toEqual(['a'])
})

it.each([
  ['an unknown member', { name: 'g', member_server_ids: ['s1', 'nobody'] }, 'input.invalid'],
  ['a name that a path cannot hold', { name: 'a/b' }, 'input.invalid'],
  ['a pattern that could take too long', { name: 'g', allow: ['*a*b*c*d*'] }, 'input.invalid'],
  ['an empty pattern', { name: 'g', deny: [''] }, 'input.invalid'],
  ['too many patterns', { name: 'g', deny: Array.from({ length: groupLimits.patterns + 1 }, (_, n) => `t${n}`) }, 'input.invalid'],
  ['an unknown key', { name: 'g', members: [] }, 'input.invalid'],
  ['a name that is taken, in other letters', { name: 'TAKEN' }, 'group.name_taken'],
])('refuses %s and changes nothing', (_what, draft, code) => {
  const { groups, told } = newGroups({ stored: [{ id: 't', name: 'taken', member_server_ids: [], allow: [], deny: [] }] })
  expect(codeOf(() => groups.create(draft))).toBe(code)
  expect(groups.list().map((group) => group.name)).toEqual(['taken'])
  expect(told).toEqual([])
})

it('names the members that it does not know', () => {
  const { groups } = newGroups()
  expect(() => groups.create({ name: 'g', member_server_ids: ['s1', 'ghost'] })).toThrow('"ghost"')
})

it('changes what a patch names and keeps the rest', () => {
  const { groups } = newGroups()
  const { id } = groups.create({ name: 'g', member_server_ids: ['s1'], allow: ['a*'] })
  expect(groups.patch(id, { deny: ['b'], allow: undefined })).toEqual({
    id,
    name: 'g',
    member_server_ids: ['s1'],
    allow: ['a*'],
    deny: ['b'],
  })
  expect(groups.setServers(id, ['s2']).member_server_ids).toEqual(['s2'])
  expect(codeOf(() => groups.patch('nobody', {}))).toBe('group.not_found')
  expect(groups.patch(id, { name: 'G' }).name).toBe('G')
})

it('carries clients over to the new name of their group', () => {
  const { groups, regrouped } = newGroups()
  const { id } = groups.create({ name: 'old' })
  groups.patch(id, { allow: ['a'] })
  expect(regrouped).toEqual([])
  groups.patch(id, { name: 'new' })
  expect(regrouped).toEqual(['old>new'])
  expect(groups.find('old')).toBeUndefined()
})

it('refuses to remove a group that clients are bound to, and names them', () => {
  const { groups } = newGroups({ bound: { kept: ['claude', 'codex'] } })
  const kept = groups.create({ name: 'kept' })
  const free = groups.create({ name: 'free' })
  expect(codeOf(() => groups.remove(kept.id))).toBe('group.in_use')
  expect(() => groups.remove(kept.id)).toThrow('"claude", "codex"')
  groups.remove(free.id)
  expect(groups.list().map((group) => group.name)).toEqual(['kept'])
})

it('forgets a removed server in every group that named it, with one announcement', () => {
  const { groups, told } = newGroups()
  const both = groups.create({ name: 'both', member_server_ids: ['s1', 's2'] })
  groups.create({ name: 'other', member_server_ids: ['s2'] })
  told.length = 0
  groups.forgetServer('s1')
  groups.forgetServer('s1')
  expect(groups.list().map((group) => group.member_server_ids)).toEqual([['s2'], ['s2']])
  expect(told).toEqual([{ event: 'groups.changed', data: { ids: [both.id] } }])
})

it('can be edited although a stored member is gone', () => {
  const { groups, servers } = newGroups()
  const { id } = groups.create({ name: 'g', member_server_ids: ['s1', 's2'] })
  servers.shift()
  expect(groups.patch(id, { deny: ['x'] }).member_server_ids).toEqual(['s2'])
})

it('is as before when the store cannot write', () => {
  const { groups, table, told } = newGroups()
  const before = groups.create({ name: 'g' })
  table.failing = true
  told.length = 0
  expect(codeOf(() => groups.create({ name: 'h' }))).toBe('store.unavailable')
  expect(codeOf(() => groups.patch(before.id, { name: 'i' }))).toBe('store.unavailable')
  expect(codeOf(() => groups.remove(before.id))).toBe('store.unavailable')
  expect(groups.list()).toEqual([before])
  expect(told).toEqual([])
})

it('holds a published number of groups', () => {
  const stored = Array.from({ length: groupLimits.groups }, (_, n) => ({
    id: `${n}`,
    name: `g${n}`,
    member_server_ids: [],
    allow: [],
    deny: [],
  }))
  const { groups } = newGroups({ stored })
  expect(codeOf(() => groups.create({ name: 'one-more' }))).toBe('input.invalid')
})
