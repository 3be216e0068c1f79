import { expect, it } from 'vitest'
import type { ToolDetail, ToolRows } from '../../../src/shared/catalog-rows'
import { compilePolicy } from '../../../src/shared/policy'
import { PolicyDocument, type AuditEntry, type CatalogTool, type GroupRecord, type ServerRecord } from '../../../src/shared/records'
import { createAccess } from '../../../src/main/gateway/access'
import { createAdmin } from '../../../src/main/gateway/admin'
import { createMemoryStore } from '../../../src/main/gateway/store/memory'
import { adminParts, askAs, noGroups } from '../../support/admin-doubles'
import { offer, openShop, serverRecord, tool } from '../../support/catalog-doubles'
import { anIntent } from '../../support/store-records'

interface World {
  readonly servers: ServerRecord[]
  readonly tools: Readonly<Record<string, readonly Record<string, unknown>[]>>
  readonly groups?: readonly GroupRecord[]
  readonly policy?: Partial<PolicyDocument>
}

/** The admin API over a real catalogue, real access rules and a real policy. */
function overCatalog({ servers, tools, groups = [], policy = {} }: World) {
  const rules = compilePolicy(PolicyDocument.parse({ confirm: [], ...policy }))
  const explain = (one: CatalogTool, caller: { client: string; group: string | null }) =>
    rules.decide({ kind: 'tool', ...caller, server: one.namespace, name: one.bare_name, exposed: one.name, annotations: one.annotations })
  const access = createAccess({
    server: (name) => servers.find((server) => server.name === name),
    group: (name) => groups.find((group) => group.name === name),
    denies: [],
  })
  const shop = openShop(
    servers,
    servers.map((server) => offer(server.id, { tools: [...(tools[server.name] ?? [])] })),
    {
      authorize: access.authorize,
      preListTools: [(list, { client, group }) => list.filter((one) => explain(one, { client, group }).effect !== 'deny')],
    },
  )
  const store = createMemoryStore()
  const explained: string[] = []
  const { parts } = adminParts({
    ...{ catalog: shop.catalog, access, store, groups: { ...noGroups, list: () => [...groups] } },
    explain: (one, caller) => (explained.push(one.name), explain(one, caller)),
  })
  const ask = askAs(createAdmin(parts), 'admin')
  return {
    ask,
    shop,
    access,
    store,
    explained,
    rows: async (query = '') => (await (await ask('GET', `/catalog${query}`)).json()) as ToolRows,
  }
}

const group = (name: string, member_server_ids: string[], fields: Partial<GroupRecord> = {}): GroupRecord => ({
  ...{ id: name, name, member_server_ids, allow: [], deny: [], ...fields },
})

const world = (): World => ({
  servers: [serverRecord('git', { deny: ['push'] }), serverRecord('mail'), serverRecord('old', { enabled: false })],
  tools: {
    git: [tool('read', { annotations: { readOnlyHint: true, openWorldHint: 'yes' } }), tool('push'), tool('merge')],
    mail: [tool('send')],
    old: [tool('look')],
  },
  groups: [group('work', ['git'], { deny: ['merge'] }), group('post', ['mail'])],
  policy: {
    rules: [
      { effect: 'ask', server: 'mail' },
      { effect: 'deny', tool: 'read', client: 'cursor' },
    ],
  },
})

const hidden = (rows: ToolRows) => Object.fromEntries(rows.tools.map((row) => [row.name, row.hidden_by]))

it('lists every tool, says what is hidden and by what, and counts what is not', async () => {
  const rows = await overCatalog(world()).rows()
  expect(hidden(rows)).toEqual({ git_read: null, git_push: 'server', git_merge: null, mail_send: null, old_look: 'disabled' })
  const seen = rows.tools.filter((row) => row.hidden_by === null)
  expect([rows.exposed, rows.tokens]).toEqual([3, seen.reduce((sum, row) => sum + row.tokens, 0)])
  const text = JSON.stringify({ ...tool('git_read'), annotations: { readOnlyHint: true, openWorldHint: 'yes' } })
  expect(rows.tools[0]).toMatchObject({
    ...{ server: 'git', bare_name: 'read', tokens: Math.ceil(text.length / 4) },
    hints: { read_only: true, destructive: null, idempotent: null, open_world: null },
    decision: { effect: 'allow', rule: 'default' },
  })
  expect(rows.tools[3]?.decision).toMatchObject({ effect: 'ask', rule: 'rules[0]' })
})

it('lists for one client in one group', async () => {
  const { rows, ask } = overCatalog(world())
  expect(hidden(await rows('?client=cursor&group=work'))).toEqual({
    ...{ git_read: 'policy', git_push: 'server', git_merge: 'group', mail_send: 'group', old_look: 'disabled' },
  })
  expect(await (await ask('GET', '/catalog?group=nobody')).json()).toMatchObject({ code: 'group.not_found' })
})

it('remembers the rows until something changes', async () => {
  const { rows, explained, shop, access } = overCatalog(world())
  await rows()
  await rows()
  expect(explained).toHaveLength(5)
  shop.servers[2] = serverRecord('old')
  access.reset()
  shop.catalog.invalidate()
  expect(hidden(await rows())).toMatchObject({ old_look: null })
})

it('cuts long descriptions and no character in two', async () => {
  const description = `${'x'.repeat(198)}😀 and more`
  const { tools } = await overCatalog({ servers: [serverRecord('git')], tools: { git: [tool('read', { description })] } }).rows()
  expect(tools[0]?.description).toBe(`${'x'.repeat(198)}…`)
})

it('shows one tool with its schema, its groups and what became of its calls', async () => {
  const { ask, store } = overCatalog(world())
  const called = async (fields: Partial<AuditEntry>) => store.audit.append(anIntent({ server: 'git', tool: 'read', ...fields }))
  const today = new Date().toISOString()
  for (const fields of [
    { decision: 'allow' },
    { decision: 'approved', decided_by: 'approval:1' },
    { decision: 'approved', decided_by: 'grant:1' },
    { decision: 'deny' },
    { decision: 'unconfirmed' },
    { tool: 'push' },
    { server: 'mail' },
  ] as const)
    await called({ at: today, ...fields })
  await called({ at: '2020-01-01T00:00:00.000Z' })
  const detail = (await (await ask('GET', '/catalog/git_read')).json()) as ToolDetail
  expect(detail).toMatchObject({
    row: { name: 'git_read' },
    tool: { parameters: { type: 'object' } },
    groups: ['work'],
    history: { calls: 5, approved: 1, granted: 1, denied: 2 },
  })
  expect(detail.tool.definition_hash).toMatch(/^[0-9a-f]{64}$/)
  expect(((await (await ask('GET', '/catalog/git_read?client=cursor')).json()) as ToolDetail).groups).toEqual([])
  expect(await (await ask('GET', '/catalog/nothing')).json()).toMatchObject({ code: 'tool.not_found' })
})
