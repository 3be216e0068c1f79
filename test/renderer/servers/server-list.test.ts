import { describe, expect, it } from 'vitest'
import type { ImportCandidate, ImportSource } from '../../../src/shared/agents'
import type { ServerView, UpstreamState } from '../../../src/shared/records'
import { diffLines, diffPairs, isSameCommand } from '../../../src/renderer/features/servers/command-diff'
import { firstPicks, pickables, requestsOf } from '../../../src/renderer/features/servers/import-picks'
import { filterServers, listRows } from '../../../src/renderer/features/servers/list-rows'
import { placeText, remedyFor, serverStates, stateLine } from '../../../src/renderer/features/servers/server-states'

const server = (name: string, state: UpstreamState, part: Partial<ServerView> = {}) =>
  ({
    id: name,
    name,
    state,
    transport: 'http',
    url: 'https://a.example/mcp',
    command: null,
    args: [],
    tags: [],
    state_reason: null,
    ...part,
  }) as unknown as ServerView

describe('the list of servers', () => {
  it('is split by need, each section in alphabetical order', () => {
    const rows = listRows([server('z', 'ready'), server('a', 'degraded'), server('off', 'disabled'), server('me', 'needs_trust')])
    expect(rows.map((row) => (row.kind === 'heading' ? row.title : row.id))).toEqual([
      'Needs you',
      'me',
      'Running',
      'a',
      'z',
      'Not running',
      'off',
    ])
    expect(rows.filter((row) => row.kind === 'heading').map(({ first }) => first)).toEqual([true, false, false])
  })

  it('ends with a note where a server is down', () => {
    expect(listRows([server('a', 'failed')]).at(-1)?.kind).toBe('note')
    expect(listRows([])).toEqual([])
  })

  it('finds every word in name, address, command, state and tags', () => {
    const all = [
      server('github', 'ready', { tags: ['work'] }),
      server('files', 'failed', { transport: 'stdio', url: null, command: 'npx', args: ['server-filesystem'] }),
    ]
    const found = (filter: string) => filterServers(all, filter).map(({ name }) => name)
    expect(found('')).toEqual(['github', 'files'])
    expect(found('WORK git')).toEqual(['github'])
    expect(found('failed filesystem')).toEqual(['files'])
    expect(found('a.example files')).toEqual([])
  })
})

describe('a server in words', () => {
  it('says how and where it is reached', () => {
    expect(placeText(server('a', 'ready'))).toBe('HTTP · a.example')
    const args = ['-y', '@modelcontextprotocol/server-filesystem', '/code']
    expect(placeText(server('a', 'ready', { transport: 'stdio', url: null, command: '/usr/bin/npx', args }))).toBe(
      'stdio · server-filesystem /code',
    )
    expect(placeText(server('a', 'ready', { transport: 'stdio', url: null, command: 'npx', args: ['@playwright/mcp@latest'] }))).toBe(
      'stdio · @playwright/mcp@latest',
    )
    const file = ['/opt/server-memory/dist/index.js', 'stdio']
    expect(placeText(server('a', 'ready', { transport: 'stdio', url: null, command: '/usr/bin/node', args: file }))).toBe(
      'stdio · server-memory stdio',
    )
    expect(placeText(server('a', 'ready', { transport: 'builtin', url: 'builtin:demo' }))).toBe('Built in')
  })

  it('says its state, why, and whether its command changed', () => {
    expect(stateLine(server('a', 'failed', { state_reason: 'It cannot be reached.' }))).toBe('Failed: It cannot be reached.')
    expect(stateLine(server('a', 'needs_trust'))).toBe('Needs trust: not started yet')
    expect(stateLine(server('a', 'needs_trust', { trusted_command: { command: 'x', args: [], env: {}, cwd: null } }))).toMatch(/changed/)
  })

  it('says what to do about every state in which something is not well', () => {
    for (const state of Object.keys(serverStates) as UpstreamState[]) {
      const isSilent = state === 'ready' || state === 'connecting' || state === 'needs_trust'
      expect(remedyFor({ state, transport: 'http' }) === null).toBe(isSilent)
    }
  })
})

describe('what changed of a command', () => {
  it('shows what went before what came in its place', () => {
    expect(diffLines(['uvx', 'pg', '--mode=restricted', 'stdio'], ['uvx', 'pg', '--mode=unrestricted', 'stdio'])).toEqual([
      { kind: 'same', text: 'uvx' },
      { kind: 'same', text: 'pg' },
      { kind: 'del', text: '--mode=restricted' },
      { kind: 'add', text: '--mode=unrestricted' },
      { kind: 'same', text: 'stdio' },
    ])
  })

  it('leaves every line of both in its order', () => {
    const [before, after] = [
      ['a', 'b', 'a', 'c'],
      ['b', 'a', 'd', 'a'],
    ]
    const lines = diffLines(before, after)
    expect(lines.filter(({ kind }) => kind !== 'add').map(({ text }) => text)).toEqual(before)
    expect(lines.filter(({ kind }) => kind !== 'del').map(({ text }) => text)).toEqual(after)
  })

  it('tells new, changed and removed variables apart', () => {
    expect(diffPairs({ A: '1', B: '2' }, { B: '3', constructor: '4' })).toEqual([
      { name: 'B', before: '2', after: '3' },
      { name: 'constructor', before: null, after: '4' },
      { name: 'A', before: '1', after: null },
    ])
  })
})

describe('two commands', () => {
  const command = { command: 'npx', args: ['a', 'b'], env: { A: '1', B: '2' }, cwd: null }

  it('are the same whatever the order of their variables', () => {
    expect(isSameCommand(command, { ...command, env: { B: '2', A: '1' } })).toBe(true)
  })

  it.each([{ command: 'node' }, { args: ['a'] }, { args: ['a b'] }, { env: { A: '1' } }, { env: { A: '1', B: '2', C: '' } }, { cwd: '/' }])(
    'differ by %j',
    (part) => {
      expect(isSameCommand(command, { ...command, ...part })).toBe(false)
    },
  )
})

describe('what is imported', () => {
  const candidate = (key: string, url: string, problem: string | null = null): ImportCandidate => ({
    key,
    draft: { name: key, url },
    secrets: [],
    renamed: false,
    problem,
  })
  const source = (id: string, candidates: readonly ImportCandidate[], version?: string): ImportSource => ({
    ...{ id, agent: null, title: id, file: null, error: null, candidates: [...candidates] },
    ...(version === undefined ? {} : { version }),
  })
  const found = pickables(
    [
      source('one', [candidate('github', 'https://a'), candidate('broken', 'https://b', 'It names no url.')], 'v1'),
      source('two', [candidate('github', 'https://c'), candidate('same', 'https://a')]),
    ],
    [
      { name: 'github', url: 'https://elsewhere', command: null, args: [] },
      { name: 'mine', url: null, command: 'npx', args: ['server'] },
    ],
  )

  it('gets names that are free here and among each other', () => {
    expect(found.map(({ name }) => name)).toEqual(['github-2', 'broken', 'github-3', 'same'])
  })

  it('is to begin with every server once, without what cannot be', () => {
    expect([...firstPicks(found)]).toEqual(['one github', 'two github'])
    expect(found.at(-1)?.again).toBe('Also in one')
  })

  it('is to begin with nothing that is here already', () => {
    const command: ImportCandidate = { ...candidate('other', ''), draft: { name: 'other', command: 'npx', args: ['server'] } }
    const [only] = pickables([source('one', [command])], [{ name: 'mine', url: null, command: 'npx', args: ['server'] }])
    expect(only?.again).toBe('Here as mine')
    expect(firstPicks(only ? [only] : []).size).toBe(0)
  })

  it('is asked for by source, with the version that was seen', () => {
    expect(requestsOf(found, firstPicks(found))).toEqual([
      { source: 'one', picks: [{ key: 'github', name: 'github-2' }], version: 'v1' },
      { source: 'two', picks: [{ key: 'github', name: 'github-3' }] },
    ])
    expect(requestsOf(found, new Set(['two same']), 'pasted')).toEqual([
      { source: { text: 'pasted' }, picks: [{ key: 'same', name: 'same' }] },
    ])
    expect(requestsOf(found, new Set())).toEqual([])
  })
})
