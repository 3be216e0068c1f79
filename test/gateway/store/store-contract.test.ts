import { describe, expect, it } from 'vitest'
import { parseExactly } from '../../../src/shared/exact-json'
import { createMemoryStore } from '../../../src/main/gateway/store/memory'
import { MAX_MEMORY_ROWS } from '../../../src/main/gateway/store/memory-audit'
import { approvedAmong, type Store } from '../../../src/main/gateway/store/store'
import { openSqliteStore } from '../../support/store-folder'
import {
  aClient,
  aGrant,
  aGroup,
  anApproval,
  anEnd,
  anIntent,
  aCatalog,
  aServer,
  aSession,
  type ToolSketch,
} from '../../support/store-records'
import { refusalOf } from '../../support/store-refusal'

const stores: readonly (readonly [string, () => Store])[] = [
  ['the SQLite store', () => openSqliteStore()],
  [
    'the memory store',
    () => {
      const store = createMemoryStore()
      store.open()
      return store
    },
  ],
]

describe.each(stores)('%s keeps records', (_name, open) => {
  it('whole, detached from what was given and from what it gives', () => {
    const { servers } = open()
    const server = { ...aServer('s1', 'github'), tags: ['a'] }
    servers.put(server)
    server.tags.push('b')
    const first = servers.get('s1')
    first?.tags.push('c')
    expect(servers.get('s1')).toEqual({ ...aServer('s1', 'github'), tags: ['a'] })
  })

  it('in the order of their creation, which a change does not alter', () => {
    const { groups } = open()
    for (const id of ['b', 'c', 'a']) groups.put(aGroup(id))
    groups.put({ ...aGroup('c'), deny: ['x'] })
    expect(groups.list().map((group) => [group.id, group.deny])).toEqual([
      ['b', []],
      ['c', ['x']],
      ['a', []],
    ])
  })

  it('until they are removed, and says whether there was one', () => {
    const { grants } = open()
    grants.put(aGrant('g1'))
    expect([grants.remove('g1'), grants.remove('g1'), grants.get('g1'), grants.list()]).toEqual([true, false, undefined, []])
  })

  it('with a key named __proto__ like any other', () => {
    const { servers } = open()
    const env = JSON.parse('{"__proto__":"x"}') as Record<string, string>
    servers.put({ ...aServer('s1'), env })
    expect(Object.keys(servers.get('s1')?.env ?? {})).toEqual(['__proto__'])
  })

  it('and refuses a second row of the same name, whatever its case', () => {
    const store = open()
    store.servers.put(aServer('s1', 'GitHub'))
    store.groups.put(aGroup('g1', 'Dev'))
    store.clients.put(aClient('c1', 'Claude'))
    expect(refusalOf(() => store.servers.put(aServer('s2', 'github')))).toMatch(/^server\.name_taken: /)
    expect(refusalOf(() => store.groups.put(aGroup('g2', 'dev')))).toMatch(/^group\.name_taken: /)
    expect(refusalOf(() => store.clients.put(aClient('c2', 'CLAUDE')))).toMatch(/^client\.name_taken: /)
    expect(store.servers.list()).toHaveLength(1)
  })

  it('and lets a row keep, change and free its name', () => {
    const { servers } = open()
    servers.put(aServer('s1', 'github'))
    servers.put(aServer('s1', 'GITHUB'))
    servers.put(aServer('s1', 'gitlab'))
    servers.put(aServer('s2', 'github'))
    servers.remove('s2')
    servers.put(aServer('s3', 'github'))
    expect(servers.list().map((server) => server.name)).toEqual(['gitlab', 'github'])
  })

  it('and finds approvals newest first, all or of one status, as many as asked', () => {
    const { approvals } = open()
    for (const id of ['a', 'b', 'c', 'd']) approvals.put(anApproval(id))
    approvals.put(anApproval('b', 'denied'))
    const ids = (query: Parameters<typeof approvals.search>[0]): string[] => approvals.search(query).map((approval) => approval.id)
    expect(ids({ limit: 3 })).toEqual(['d', 'c', 'b'])
    expect(ids({ status: 'pending', limit: 10 })).toEqual(['d', 'c', 'a'])
    expect(ids({ status: 'denied', limit: 10 })).toEqual(['b'])
  })

  it('and finds what was approved of one client and one tool, by exact names, newest first', () => {
    const { approvals } = open()
    for (const id of ['a', 'b', 'c']) approvals.put(anApproval(id, 'approved'))
    approvals.put(anApproval('d', 'denied'))
    const { client, server, tool } = anApproval('a')
    approvals.put({ ...anApproval('e', 'approved'), client: client.toUpperCase() })
    approvals.put({ ...anApproval('f', 'approved'), tool: `${tool}2` })
    const ids = (of: Parameters<typeof approvals.approved>[0], limit: number) => approvals.approved(of, limit).map(({ id }) => id)
    expect(ids({ client, server, tool }, 2)).toEqual(['c', 'b'])
    expect(ids({ client, server, tool }, 9)).toEqual(['c', 'b', 'a'])
    expect(ids({ client, server: 'other', tool }, 9)).toEqual([])
  })

  it('and keeps all digits of the numbers in them', () => {
    const { approvals } = open()
    const args = parseExactly('{"n":12345678901234567890}') as Record<string, unknown>
    approvals.put({ ...anApproval('a'), arguments: args })
    for (const row of [approvals.get('a'), ...approvals.list()]) expect(JSON.stringify(row?.arguments)).toBe('{"n":12345678901234567890}')
  })

  it('and writes and removes many at once', () => {
    const { approvals } = open()
    approvals.putAll(['a', 'b', 'c'].map((id) => anApproval(id)))
    approvals.putAll([anApproval('b', 'denied')])
    expect(approvals.list().map(({ id, status }) => [id, status])).toEqual([
      ['a', 'pending'],
      ['b', 'denied'],
      ['c', 'pending'],
    ])
    approvals.removeAll(['a', 'gone', 'c'])
    expect(approvals.list().map(({ id }) => id)).toEqual(['b'])
  })

  it('and not what a grant let run, nor what lies behind very many others', () => {
    const { approvals } = open()
    approvals.put(anApproval('a', 'approved'))
    approvals.put({ ...anApproval('b', 'approved'), decided_by: 'grant:7' })
    const ids = () => approvals.approved(anApproval('a'), 9).map(({ id }) => id)
    approvals.putAll(Array.from({ length: approvedAmong - 2 }, (_, n) => anApproval(`p${n}`)))
    expect(ids()).toEqual(['a'])
    approvals.put(anApproval('one more'))
    expect(ids()).toEqual([])
  })

  it('and small named values', () => {
    const store = open()
    expect(store.getMeta('demo')).toBeUndefined()
    store.setMeta('demo', 'offered')
    store.setMeta('demo', 'removed')
    expect(store.getMeta('demo')).toBe('removed')
  })
})

describe.each(stores)('%s keeps sessions', (_name, open) => {
  it('with the time when they were last seen', async () => {
    const { sessions } = open()
    await sessions.put(aSession('s1'))
    sessions.touch('s1', '2026-11-20T09:00:00.000Z')
    sessions.touch('unknown', '2026-11-20T09:00:00.000Z')
    expect(sessions.get('s1')).toEqual(aSession('s1', '2026-11-20T09:00:00.000Z'))
    expect(sessions.get('unknown')).toBeUndefined()
  })

  it('until removed, or last seen too long ago', async () => {
    const { sessions } = open()
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => sessions.put(aSession(id, '2026-11-20T08:00:00.000Z'))))
    await sessions.remove('a')
    sessions.touch('b', '2026-11-20T09:00:00.000Z')
    expect(sessions.prune('2026-11-20T08:30:00.000Z')).toBe(2)
    expect(['a', 'b', 'c', 'd'].map((id) => sessions.get(id)?.id)).toEqual([undefined, 'b', undefined, undefined])
  })

  it('readable at once, before the write was awaited', async () => {
    const { sessions } = open()
    const written = sessions.put(aSession('s1'))
    expect(sessions.get('s1')?.id).toBe('s1')
    await written
  })
})

describe.each(stores)('%s searches tools', (_name, open) => {
  const find = (query: string, ...tools: ToolSketch[]): string[] => {
    const { catalog } = open()
    catalog.put(aCatalog('s1', ...tools))
    return [...catalog.search(query)].map((hit) => hit.bare_name)
  }

  it.each(['create issue', 'createIssue', 'CREATE_ISSUE', 'create-issue', 'createissue', 'crea'])(
    'whose name is written in any style by %j',
    (query) => {
      const names = ['createIssue', 'create_issue', 'create-issue', 'CreateIssue']
      expect(find(query, ...names, 'read_file').sort()).toEqual([...names].sort())
    },
  )

  it.each(['cafe', 'CAFÉ', 'café', 'ｃａｆé'])('without regard to accents, case and width by %j', (query) => {
    expect(find(query, { name: 'a', description: 'Finds a Café near you' }, 'b')).toEqual(['a'])
  })

  it.each([
    ['検索', '課題を検索する'],
    ['索す', '課題を検索する'],
    ['る', '課題を検索する'],
    ['ユーザー', '新しいユーザーを作る'],
    ['文件', '读取文件内容'],
    ['ค้นหา', 'เครื่องมือค้นหาไฟล์'],
    ['이슈', '새 이슈를 만든다'],
    ['привет', 'Скажи «Привет» миру'],
    ['नमस्ते', 'दुनिया को नमस्ते कहो'],
  ])('by %s in %s', (query, description) => {
    expect(find(query, { name: 'other', description: 'nothing of it' }, { name: 'hit', description })).toEqual(['hit'])
  })

  it('by name, title, description and names of parameters, in this order of weight', () => {
    const filler = 'some words that are the same in every one of them so that their length does not matter'
    const tools = [
      { name: 'four', description: filler, inputSchema: { properties: { invoice: { description: 'x' } } } },
      { name: 'three', description: `${filler} invoice` },
      { name: 'two', title: 'invoice', description: filler },
      { name: 'invoice', description: filler },
      ...Array.from({ length: 20 }, (_, index) => ({ name: `other${index}`, description: filler })),
    ]
    expect(find('invoice', ...tools)).toEqual(['invoice', 'two', 'three', 'four'])
  })

  it('with any of the words, those with more of them first', () => {
    expect(find('create github issue', 'list_labels', 'create_label', 'create_issue', 'a', 'b', 'c', 'd', 'e', 'f')).toEqual([
      'create_issue',
      'create_label',
    ])
  })

  it('without any cut', () => {
    expect(find('tool', ...Array.from({ length: 3_000 }, (_, index) => `tool_${index}`))).toHaveLength(3_000)
  })

  it('all of them, in the order of the catalogue, when the query holds no word', () => {
    expect(find(' "*" ', 'c', 'a', 'b')).toEqual(['c', 'a', 'b'])
  })

  it.each(['"', "'; DROP TABLE tools; --", 'a" OR b', 'name:secret', 'NEAR(a b)', '*', '^a', '(', 'a\0b', '\ud800', 'x'.repeat(1_000_000)])(
    'and takes a hostile query as plain words (%#)',
    (query) => {
      expect(() => find(query, 'alpha', 'beta')).not.toThrow()
    },
  )

  it('and takes definitions of any shape', () => {
    const odd = [
      { name: 'odd', title: 7, description: ['x'], inputSchema: 'none', annotations: null },
      { name: 7 },
      { description: 'nameless alpha' },
      { name: 'alpha', inputSchema: { properties: JSON.parse('{"__proto__":{},"constructor":{}}') as unknown } },
      { name: 'long', description: 'y'.repeat(1_000_000) },
    ]
    expect(find('alpha', ...odd)).toEqual(['alpha'])
    expect(find('proto', ...odd)).toEqual(['alpha'])
    expect(find('hasOwnProperty', ...odd)).toEqual([])
  })

  it('as they are now, after each change', () => {
    const { catalog } = open()
    const found = (query: string): string[] => [...catalog.search(query)].map((hit) => `${hit.server_id}/${hit.bare_name}`)
    catalog.put(aCatalog('s1', 'open_door'))
    catalog.put(aCatalog('s2', 'open_window'))
    expect(found('open')).toEqual(['s1/open_door', 's2/open_window'])
    catalog.put(aCatalog('s1', 'close_door'))
    expect(found('open')).toEqual(['s2/open_window'])
    expect(catalog.remove('s2')).toBe(true)
    expect(catalog.remove('s2')).toBe(false)
    expect(found('open')).toEqual([])
    catalog.put(aCatalog('s3', 'open_gate'))
    expect(found('open')).toEqual(['s3/open_gate'])
    expect(catalog.list().map((one) => one.server_id)).toEqual(['s1', 's3'])
  })

  it('while the catalogue changes under the search', () => {
    const { catalog } = open()
    catalog.put(aCatalog('s1', 'open_a', 'open_b', 'open_c'))
    const seen: string[] = []
    for (const hit of catalog.search('open')) {
      seen.push(hit.bare_name)
      catalog.put(aCatalog(`new-${seen.length}`, 'open_d'))
      if ([...catalog.search('open')].length > 5) break
    }
    expect(seen).toEqual(['open_a', 'open_b', 'open_c'])
  })
})

describe.each(stores)('%s keeps the audit', (_name, open) => {
  it('whole, from the intent to the outcome', async () => {
    const { audit } = open()
    const id = await audit.append(anIntent())
    expect(audit.query({ limit: 10 })).toEqual({ entries: [{ ...anIntent(), id }], next_cursor: null })
    await audit.finish(id, anEnd)
    expect(audit.query({ limit: 10 }).entries).toEqual([{ ...anIntent(), ...anEnd, id }])
  })

  it('with ids that only grow, also after all rows are gone', async () => {
    const { audit } = open()
    const first = await Promise.all([1, 2, 3].map(() => audit.append(anIntent({ outcome: 'ok' }))))
    expect(first).toEqual([...first].sort((a, b) => a - b))
    expect(audit.prune({ before: '2030-01-01T00:00:00.000Z', maxBytes: null })).toBe(3)
    expect(await audit.append(anIntent())).toBeGreaterThan(Math.max(...first))
  })

  it('readable at once, before the write was awaited', async () => {
    const { audit } = open()
    const written = audit.append(anIntent({ tool: 'newest' }))
    expect(audit.query({ limit: 1 }).entries[0]?.tool).toBe('newest')
    await written
  })

  it('newest first, page by page, whatever is added in between', async () => {
    const { audit } = open()
    for (let n = 0; n < 7; n++) await audit.append(anIntent({ tool: `t${n}` }))
    const pages: string[][] = []
    let cursor: string | null | undefined
    while (cursor !== null && pages.length < 10) {
      const page = audit.query({ limit: 3, ...(cursor ? { cursor } : {}) })
      pages.push(page.entries.map((entry) => entry.tool))
      cursor = page.next_cursor
      await audit.append(anIntent({ tool: 'later' }))
    }
    expect(pages).toEqual([['t6', 't5', 't4'], ['t3', 't2', 't1'], ['t0']])
  })

  it.each(['', 'x', '1', Buffer.from('below:0').toString('base64url'), Buffer.from('below:1e3').toString('base64url')])(
    'and refuses %j, which is no cursor of its own',
    (cursor) => {
      const { audit } = open()
      expect(refusalOf(() => audit.query({ limit: 1, cursor }))).toMatch(/^input\.invalid: /)
    },
  )

  it('and filters by client, server, tool, outcome and time', async () => {
    const { audit } = open()
    await audit.append(anIntent({ client: 'claude', server: 'git', tool: 'log', outcome: 'ok', at: '2026-11-20T08:00:00.000Z' }))
    await audit.append(anIntent({ client: 'cursor', server: 'git', tool: 'push', outcome: 'denied', at: '2026-11-20T09:00:00.000Z' }))
    await audit.append(anIntent({ client: 'cursor', server: 'files', tool: 'log', outcome: 'ok', at: '2026-11-20T10:00:00.000Z' }))
    const ids = (query: Partial<Parameters<typeof audit.query>[0]>): number[] =>
      audit.query({ limit: 10, ...query }).entries.map((entry) => entry.id)
    expect(ids({ client: 'cursor' })).toEqual([3, 2])
    expect(ids({ server: 'git', tool: 'log' })).toEqual([1])
    expect(ids({ outcome: 'denied' })).toEqual([2])
    expect(ids({ since: '2026-11-20T09:00:00Z' })).toEqual([3, 2])
    expect(ids({ client: 'nobody' })).toEqual([])
  })

  it('and finds every row that holds all the words somewhere, whatever their case', async () => {
    const { audit } = open()
    await audit.append(anIntent({ arguments: '{"path":"/home/me/Übergabe_50%.txt"}' }))
    await audit.append(anIntent({ arguments: '{"text":"Привет мир, 検索する"}', error: 'upstream.timeout' }))
    const ids = (q: string): number[] => audit.query({ limit: 10, q }).entries.map((entry) => entry.id)
    expect(ids('GITHUB')).toEqual([2, 1])
    expect(ids('claude timeout')).toEqual([2])
    expect(ids('ÜBERGABE')).toEqual([1])
    expect(ids('übergabe')).toEqual([1])
    expect(ids('ПРИВЕТ')).toEqual([2])
    expect(ids('索す')).toEqual([2])
    expect(ids('e_50%')).toEqual([1])
    expect(ids('e_5_%')).toEqual([])
    expect(ids('e*50')).toEqual([])
    expect(ids('ü[b]')).toEqual([])
    expect(ids('claude nowhere')).toEqual([])
    expect(ids('  ')).toEqual([2, 1])
  })

  it('and filters up to a time, which is left out', async () => {
    const { audit } = open()
    for (const day of [1, 2, 3]) await audit.append(anIntent({ at: `2026-01-0${day}T00:00:00.000Z` }))
    const found = audit.query({ since: '2026-01-01T00:00:00Z', until: '2026-01-03T00:00:00Z', limit: 10 })
    expect(found.entries.map(({ at }) => at.slice(0, 10))).toEqual(['2026-01-02', '2026-01-01'])
    expect(refusalOf(() => audit.query({ until: 'soon', limit: 10 }))).toMatch(/^input.invalid/)
  })

  it('and counts those that are alike, part by part', async () => {
    const { audit } = open()
    const of = { client: 'claude', server: 'git', tool: 'read', outcome: 'ok', decision: 'allow', decided_by: 'default' } as const
    await audit.append(anIntent(of))
    await audit.append(anIntent(of))
    await audit.append(anIntent({ ...of, decision: 'approved', decided_by: 'grant:1' }))
    await audit.append(anIntent({ ...of, server: 'mail' }))
    const { decided_by: _by, tool: _tool, ...alike } = of
    const newest = audit.counts({ server: 'git' }, null, 3)
    expect(newest.counts).toHaveLength(2)
    expect(newest.counts).toContainEqual({ ...alike, granted: false, calls: 1 })
    expect(newest.counts).toContainEqual({ ...alike, decision: 'approved', granted: true, calls: 1 })
    expect(audit.counts({}, newest.below, 3)).toEqual({ counts: [{ ...alike, granted: false, calls: 1 }], below: null })
  })

  it('and gives them without what makes them long, newest first, part by part', async () => {
    const { audit } = open()
    const ids = [await audit.append(anIntent()), await audit.append(anIntent({ tool: 'two' })), await audit.append(anIntent())]
    const newest = audit.glance(null, 2)
    expect(newest.entries.map(({ id }) => id)).toEqual([ids[2], ids[1]])
    expect(Object.keys(newest.entries[1] ?? {}).sort()).toEqual([
      'at',
      'client',
      'decided_by',
      'decision',
      'duration_ms',
      'group',
      'id',
      'outcome',
      'server',
      'tool',
    ])
    expect(audit.glance(newest.below, 2)).toMatchObject({ entries: [{ id: ids[0] }], below: null })
    expect(open().audit.glance(null, 2)).toEqual({ entries: [], below: null })
  })

  it('only as long as its limits allow, the oldest going first', async () => {
    const { audit } = open()
    for (let day = 10; day < 20; day++) await audit.append(anIntent({ at: `2026-11-${day}T00:00:00.000Z` }))
    expect(audit.prune({ before: null, maxBytes: null })).toBe(0)
    expect(audit.prune({ before: '2026-11-15T00:00:00Z', maxBytes: null })).toBe(5)
    expect(audit.query({ limit: 100 }).entries.map((entry) => entry.id)).toEqual([10, 9, 8, 7, 6])
    expect(audit.prune({ before: null, maxBytes: 0 })).toBe(5)
    expect(audit.query({ limit: 100 }).entries).toEqual([])
  })

  it('and marks as interrupted what an earlier life left running, not what runs now', async () => {
    const store = open()
    const [left, done] = await Promise.all([store.audit.append(anIntent()), store.audit.append(anIntent())])
    await store.audit.finish(done, anEnd)
    store.close()
    store.open()
    const now = await store.audit.append(anIntent())
    expect([store.audit.markInterrupted(), store.audit.markInterrupted()]).toEqual([1, 0])
    const outcomes = new Map(store.audit.query({ limit: 10 }).entries.map((entry) => [entry.id, entry.outcome]))
    expect([left, done, now].map((id) => outcomes.get(id))).toEqual(['interrupted', 'ok', 'running'])
  })

  it('and takes the outcome of a row that is gone', async () => {
    const { audit } = open()
    await expect(audit.finish(99, anEnd)).resolves.toBeUndefined()
  })
})

describe('the memory store', () => {
  it('keeps the newest rows of the audit only, so that it cannot grow without end', async () => {
    const { audit } = createMemoryStore()
    for (let n = 0; n < MAX_MEMORY_ROWS + 3; n++) await audit.append(anIntent())
    expect(audit.prune({ before: '2030-01-01T00:00:00.000Z', maxBytes: null })).toBe(MAX_MEMORY_ROWS)
  })
})
