import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import type { View } from '../../src/main/gateway/catalog'
import { mostLearned } from '../../src/main/gateway/catalog/learned'
import { mostViews } from '../../src/main/gateway/catalog/views'
import type { CatalogTool } from '../../src/shared/records'
import { caller, offer, openShop, serverRecord, tool } from './../support/catalog-doubles'

const listed = (view: View, method: 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list' = 'tools/list') =>
  view.pages(method).flatMap((page) => Object.values(JSON.parse(page.toString()) as Record<string, { name: string }[]>)[0] ?? [])
const names = (view: View) => listed(view).map((entry) => entry.name)

describe('the catalogue', () => {
  it('lists an upstream definition as it was sent, with only its name replaced', async () => {
    const odd = {
      description: 'd',
      name: 'read',
      inputSchema: { type: 'object', $defs: {} },
      outputSchema: { type: 'array' },
      icons: [{ src: 'x' }],
      execution: { a: 1 },
      _meta: { b: [null] },
      extra: 0.1,
    }
    const { catalog } = openShop([serverRecord('fs')], [offer('fs', { tools: [odd] })])
    const view = await catalog.view(caller())
    expect(view.pages('tools/list').map(String)).toEqual([JSON.stringify({ tools: [{ ...odd, name: 'fs_read' }] })])
  })

  it('keeps a key that would poison an object a key like any other', async () => {
    const hostile = JSON.parse('{"name":"x","__proto__":{"polluted":true},"inputSchema":{"constructor":{"prototype":1}}}') as Record<
      string,
      unknown
    >
    const { catalog } = openShop([serverRecord('a')], [offer('a', { tools: [hostile] })])
    expect(String((await catalog.view(caller())).pages('tools/list')[0])).toContain('"__proto__":{"polluted":true}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('lists servers in the order of their creation and tools as the upstream did', async () => {
    const { catalog } = openShop(
      [serverRecord('zoo'), serverRecord('ant')],
      [offer('ant', { tools: [tool('b'), tool('a')] }), offer('zoo', { tools: [tool('c')] })],
    )
    expect(names(await catalog.view(caller()))).toEqual(['zoo_c', 'ant_b', 'ant_a'])
  })

  it('leaves out servers that are switched off or gone', async () => {
    const { catalog, servers } = openShop(
      [serverRecord('on'), serverRecord('off', { enabled: false })],
      [offer('on', { tools: [tool('a')] }), offer('off', { tools: [tool('a')] }), offer('ghost', { tools: [tool('a')] })],
    )
    expect(catalog.tools().map((each) => each.name)).toEqual(['on_a'])
    servers[0] = serverRecord('on', { enabled: false })
    catalog.invalidate()
    expect(names(await catalog.view(caller()))).toEqual([])
  })

  it('follows a server to its new name', async () => {
    const { catalog, servers } = openShop([serverRecord('old', { id: '1' })], [offer('1', { tools: [tool('a')] })])
    expect(names(await catalog.view(caller()))).toEqual(['old_a'])
    servers[0] = serverRecord('new', { id: '1' })
    catalog.invalidate()
    expect(catalog.tool('new_a')).toMatchObject({ server_id: '1', namespace: 'new', bare_name: 'a' })
    expect(catalog.tool('old_a')).toBeUndefined()
  })

  it('tells what it knows of a tool, with a hash that changes with its definition and not with the order of its keys', () => {
    const describeAs = (definition: Record<string, unknown>) =>
      openShop([serverRecord('a')], [offer('a', { tools: [definition] })]).catalog.tool('a_x')!
    const one = describeAs({
      name: 'x',
      title: 'T',
      description: 'D',
      inputSchema: { a: 1, b: 2 },
      annotations: { readOnlyHint: true },
      _meta: { _fastmcp: { tags: ['t', 1] } },
    })
    expect(one).toMatchObject({
      title: 'T',
      description: 'D',
      tags: ['t'],
      parameters: { a: 1, b: 2 },
      output_schema: null,
      annotations: { readOnlyHint: true },
    })
    const reordered = describeAs({
      _meta: { _fastmcp: { tags: ['t', 1] } },
      annotations: { readOnlyHint: true },
      inputSchema: { b: 2, a: 1 },
      description: 'D',
      title: 'T',
      name: 'x',
    })
    const changed = describeAs({ name: 'x', title: 'T', description: 'D!', inputSchema: { a: 1, b: 2 } })
    expect(one.definition_hash).toMatch(/^[0-9a-f]{64}$/)
    expect(reordered.definition_hash).toBe(one.definition_hash)
    expect(changed.definition_hash).not.toBe(one.definition_hash)
  })

  it('takes fields of the wrong type for absent ones', () => {
    const { catalog } = openShop(
      [serverRecord('a')],
      [
        offer('a', {
          tools: [{ name: 'x', description: 7, inputSchema: [], annotations: 'no', _meta: null }, { description: 'nameless' }, { name: 3 }],
        }),
      ],
    )
    expect(catalog.tools()).toMatchObject([{ name: 'a_x', description: null, parameters: {}, annotations: null, tags: [] }])
  })

  it('stores a fresh introspection and tells of it, but an unchanged one is neither written nor told', async () => {
    const { catalog, table, changes } = openShop([serverRecord('a')], [offer('a', { tools: [tool('x')] })])
    const before = await catalog.view(caller())
    catalog.put(offer('a', { tools: [tool('x')], fetched_at: '2026-02-02T00:00:00.000Z' }))
    expect(await catalog.view(caller())).toBe(before)
    expect(catalog.of('a')?.fetched_at).toBe('2026-02-02T00:00:00.000Z')
    catalog.put(offer('a', { tools: [tool('x'), tool('y')] }))
    expect(names(await catalog.view(caller()))).toEqual(['a_x', 'a_y'])
    expect(table.rows.get('a')?.tools).toHaveLength(2)
    expect(table.writes).toBe(1)
    expect(changes.slice(1)).toEqual([['a']])
  })

  it('does not let a late answer bring back a server that was removed', () => {
    const { catalog, servers, table } = openShop([serverRecord('a')], [offer('a', { tools: [tool('x')] })])
    servers.splice(0)
    catalog.remove('a')
    catalog.put(offer('a', { tools: [tool('x')] }))
    expect(catalog.of('a')).toBeUndefined()
    expect(table.rows.size).toBe(0)
  })

  it('serves what it could not store, and says so', async () => {
    const { catalog, table, log } = openShop([serverRecord('a')], [])
    table.put = () => {
      throw new Error('disk full')
    }
    catalog.put(offer('a', { tools: [tool('x')] }))
    expect(names(await catalog.view(caller()))).toEqual(['a_x'])
    expect(log.lines.join()).toContain('could not be stored')
  })

  it('never gives an upstream the name of a tool of the gateway', async () => {
    const { catalog, log } = openShop([serverRecord('acme')], [offer('acme', { tools: [tool('scan'), tool('other')] })], {
      metaTools: () => [{ name: 'acme_scan', description: '', inputSchema: {} }],
    })
    expect(names(await catalog.view(caller()))).toEqual(['acme_other'])
    expect(log.lines.join()).toContain('exposed name is taken')
  })

  it('shows the catalogue in list mode "all" and only the gateway\'s own tools in "meta", where the rest stays callable', async () => {
    let mode: 'all' | 'meta' = 'all'
    const meta = { name: 'search_tools', description: 's', inputSchema: { type: 'object' } }
    const { catalog } = openShop([serverRecord('a')], [offer('a', { tools: [tool('x')] })], {
      metaTools: () => [meta],
      listMode: () => mode,
    })
    expect(names(await catalog.view(caller()))).toEqual(['a_x'])
    mode = 'meta'
    catalog.invalidate()
    const view = await catalog.view(caller())
    expect(listed(view)).toEqual([meta])
    expect(view.tool('a_x')?.bare_name).toBe('x')
    expect(view.tools).toHaveLength(1)
  })

  it("lists a plugin's tools beside the catalogue, in either mode", async () => {
    let mode: 'all' | 'meta' = 'all'
    const usage = { name: 'usage', description: 'u', inputSchema: { type: 'object' } }
    const { catalog } = openShop([serverRecord('a')], [offer('a', { tools: [tool('x')] })], {
      metaTools: () => [usage],
      pluginTools: () => [usage],
      listMode: () => mode,
    })
    expect(listed(await catalog.view(caller())).map(({ name }) => name)).toEqual(['a_x', 'usage'])
    mode = 'meta'
    catalog.invalidate()
    expect(listed(await catalog.view(caller()))).toEqual([usage])
  })
})

describe('a view', () => {
  it('holds only what the caller may use, for tools, prompts and resources alike', async () => {
    const everything = offer('a', {
      tools: [tool('read'), tool('drop')],
      prompts: [{ name: 'ask' }, { name: 'secret' }],
      resources: [{ uri: 'x://open' }, { uri: 'x://closed' }],
      resource_templates: [{ uriTemplate: 'x://t/{id}' }],
    })
    const denied = new Set(['drop', 'secret', 'x://closed', 'x://t/closed'])
    const { catalog } = openShop([serverRecord('a')], [everything], {
      authorize: (subject) => subject.client === 'boss' || !denied.has(subject.name),
    })
    const view = await catalog.view(caller('agent', 'g'))
    expect(names(view)).toEqual(['a_read'])
    expect(view.tool('a_drop')).toBeUndefined()
    expect(listed(view, 'prompts/list')).toEqual([{ name: 'a_ask' }])
    expect(view.prompt('a_ask')).toEqual({ serverId: 'a', server: 'a', bareName: 'ask' })
    expect(view.prompt('a_secret')).toBeUndefined()
    expect(listed(view, 'resources/list')).toEqual([{ uri: 'x://open' }])
    expect(view.resource('x://closed')).toBeUndefined()
    expect(view.resource('x://t/1')).toEqual({ serverId: 'a', server: 'a', bareName: 'x://t/1' })
    expect(view.resource('x://t/closed')).toBeUndefined()
    expect((await catalog.view(caller('boss'))).tools).toHaveLength(2)
  })

  it('asks about kind, server, client, group and the bare name', async () => {
    const asked: unknown[] = []
    const { catalog } = openShop([serverRecord('srv', { id: '1' })], [offer('1', { tools: [tool('x')] })], {
      authorize: (subject) => asked.push(subject) > 0,
    })
    await catalog.view(caller('me', 'g'))
    expect(asked).toEqual([{ client: 'me', group: 'g', server: 'srv', kind: 'tool', name: 'x' }])
  })

  it('is the same object until something changes', async () => {
    const { catalog } = openShop([serverRecord('a')], [offer('a', { tools: [tool('x')] })])
    const view = await catalog.view(caller())
    const version = catalog.version()
    expect(await catalog.view(caller())).toBe(view)
    expect(await catalog.view(caller('other'))).not.toBe(view)
    expect(await catalog.view(caller('agent', 'g'))).not.toBe(view)
    catalog.invalidate()
    expect(catalog.version()).toBeGreaterThan(version)
    expect(await catalog.view(caller())).not.toBe(view)
  })

  it('gives the whole list over its pages', async () => {
    const many = Array.from({ length: 2500 }, (_, index) => tool(`t${String(index)}`))
    const { catalog } = openShop([serverRecord('a')], [offer('a', { tools: many })])
    const view = await catalog.view(caller())
    expect(view.pages('tools/list').map((page) => (JSON.parse(page.toString()) as { nextCursor?: string }).nextCursor)).toEqual([
      '1',
      '2',
      undefined,
    ])
    expect(names(view)).toEqual(many.map((each) => `a_${each.name}`))
  })

  it('shares its pages with every view that lists the same', async () => {
    const { catalog } = openShop([serverRecord('a')], [offer('a', { tools: [tool('x')] })])
    const [mine, yours] = await Promise.all([catalog.view(caller('me')), catalog.view(caller('you'))])
    expect(mine.pages('tools/list')[0]).toBe(yours.pages('tools/list')[0])
  })

  it('keeps its digest when something changes that it does not show', async () => {
    const { catalog } = openShop(
      [serverRecord('a'), serverRecord('b')],
      [offer('a', { tools: [tool('x')], prompts: [{ name: 'p' }] }), offer('b', { tools: [tool('y')] })],
      {
        authorize: (subject) => subject.server === 'a' || subject.client === 'boss',
      },
    )
    const [agent, boss] = await Promise.all([catalog.view(caller('agent')), catalog.view(caller('boss'))])
    const before = { agent: { ...agent.digests }, boss: { ...boss.digests } }
    catalog.put(offer('b', { tools: [tool('y', { description: 'new' })] }))
    catalog.put(offer('a', { tools: [tool('x')], prompts: [{ name: 'p' }], initialize: { instructions: 'new' } }))
    expect({ ...(await catalog.view(caller('agent'))).digests }).toEqual(before.agent)
    const after = (await catalog.view(caller('boss'))).digests
    expect(after['tools/list']).not.toBe(before.boss['tools/list'])
    expect(after['prompts/list']).toBe(before.boss['prompts/list'])
  })

  it('is forgotten when too many others were asked for since, and compiled again', async () => {
    const { catalog } = openShop([serverRecord('a')], [offer('a', { tools: [tool('x')] })])
    const view = await catalog.view(caller('first'))
    for (let index = 0; index < mostViews; index++) await catalog.view(caller(`c${String(index)}`))
    const again = await catalog.view(caller('first'))
    expect(again).not.toBe(view)
    expect(again.digests['tools/list']).toBe(view.digests['tools/list'])
  })

  it('is refused, and not kept, when permissions cannot be told', async () => {
    let broken = true
    const authorize = () => {
      if (broken) throw new Error('no rules')
      return true
    }
    const { catalog } = openShop([serverRecord('a')], [offer('a', { tools: [tool('x')] })], { authorize })
    await expect(catalog.view(caller())).rejects.toThrow('no rules')
    broken = false
    expect(names(await catalog.view(caller()))).toEqual(['a_x'])
  })

  it('answers empty lists as lists', async () => {
    const view = await openShop([], []).catalog.view(caller())
    expect(
      ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'].map((method) =>
        view.pages(method as 'tools/list').map(String),
      ),
    ).toEqual([['{"tools":[]}'], ['{"prompts":[]}'], ['{"resources":[]}'], ['{"resourceTemplates":[]}']])
  })
})

describe('resources', () => {
  const both = [serverRecord('first'), serverRecord('second')]

  it('belong to the first server that claims them, which is logged once', async () => {
    const { catalog, log } = openShop(both, [
      offer('second', { resources: [{ uri: 'x://1', of: 'second' }] }),
      offer('first', { resources: [{ uri: 'x://1', of: 'first' }] }),
    ])
    const view = await catalog.view(caller())
    expect(listed(view, 'resources/list')).toEqual([{ uri: 'x://1', of: 'first' }])
    expect(view.resource('x://1')?.server).toBe('first')
    listed(await catalog.view(caller('other')), 'resources/list')
    expect(log.lines.filter((line) => line.includes('same resource'))).toHaveLength(1)
  })

  it('are not shadowed by a claim that is denied', async () => {
    const claims = [
      offer('first', { resources: [{ uri: 'x://1' }], resource_templates: [{ uriTemplate: 'x://t/{id}' }] }),
      offer('second', { resources: [{ uri: 'x://1' }], resource_templates: [{ uriTemplate: 'x://t/{id}' }] }),
    ]
    const { catalog } = openShop(both, claims, { authorize: (subject) => subject.server !== 'first' })
    const view = await catalog.view(caller())
    expect(view.resource('x://1')?.server).toBe('second')
    expect(view.resource('x://t/1')?.server).toBe('second')
    expect(listed(view, 'resources/templates/list')).toEqual([{ uriTemplate: 'x://t/{id}' }])
  })

  it('are found by list, then by template, then by who brought them', async () => {
    const { catalog } = openShop(both, [
      offer('first', { resource_templates: [{ uriTemplate: 'x://{id}' }] }),
      offer('second', { resources: [{ uri: 'x://listed' }] }),
    ])
    catalog.learnResource('y://brought', { serverId: 'second', server: 'second', bareName: 'y://brought' })
    catalog.learnResource('x://templated', { serverId: 'second', server: 'second', bareName: 'x://templated' })
    const view = await catalog.view(caller())
    expect(view.resource('x://listed')?.server).toBe('second')
    expect(view.resource('x://templated')?.server).toBe('first')
    expect(view.resource('y://brought')).toEqual({ serverId: 'second', server: 'second', bareName: 'y://brought' })
    expect(view.resource('y://unknown')).toBeUndefined()
  })

  it("that a result brought along are the first bringer's, unless that one is denied or gone", async () => {
    const { catalog, log } = openShop(both, [], { authorize: (subject) => subject.client !== 'strict' || subject.server !== 'first' })
    for (const server of ['first', 'second']) catalog.learnResource('y://1', { serverId: server, server, bareName: 'y://1' })
    catalog.learnResource('y://2', { serverId: 'ghost', server: 'ghost', bareName: 'y://2' })
    const view = await catalog.view(caller())
    expect(view.resource('y://1')?.server).toBe('first')
    expect((await catalog.view(caller('strict'))).resource('y://1')?.server).toBe('second')
    expect(view.resource('y://2')).toBeUndefined()
    expect(log.lines.join()).toContain('same resource')
    catalog.remove('first')
    expect((await catalog.view(caller())).resource('y://1')?.server).toBe('second')
  })

  it('of a server that floods push out only its own', async () => {
    const { catalog } = openShop(both, [])
    const bring = (server: string, uri: string) => catalog.learnResource(uri, { serverId: server, server, bareName: uri })
    bring('second', 'y://quiet')
    bring('first', 'y://loud')
    for (let index = 0; index < mostLearned; index++) bring('first', `y://${String(index)}`)
    const view = await catalog.view(caller())
    expect(view.resource('y://quiet')?.server).toBe('second')
    expect(view.resource('y://loud')).toBeUndefined()
    expect(view.resource(`y://${String(mostLearned - 1)}`)?.server).toBe('first')
  })

  it('are found by the text of their template, for completion', async () => {
    const { catalog } = openShop([serverRecord('a')], [offer('a', { resource_templates: [{ uriTemplate: 'x://{id}/data' }] })])
    expect((await catalog.view(caller())).resource('x://{id}/data')).toEqual({ serverId: 'a', server: 'a', bareName: 'x://{id}/data' })
  })
})

describe('preListTools hooks', () => {
  const shelf = [offer('a', { tools: [tool('x', { _meta: { kept: 1 } }), tool('y')] })]

  it('hide and redefine in their order, and the definition follows', async () => {
    const { catalog } = openShop([serverRecord('a')], shelf, {
      preListTools: [
        (tools) => tools.filter((each) => each.bare_name === 'x'),
        (tools) => tools.map((each) => ({ ...each, description: 'checked', server_id: 'stolen', bare_name: 'stolen' })),
      ],
    })
    const view = await catalog.view(caller())
    expect(listed(view)).toEqual([{ name: 'a_x', inputSchema: { type: 'object' }, _meta: { kept: 1 }, description: 'checked' }])
    expect(view.tool('a_x')).toMatchObject({ description: 'checked', server_id: 'a', bare_name: 'x' })
    expect(view.tool('a_y')).toBeUndefined()
  })

  it('cannot bring in a tool that was not theirs to see', async () => {
    const smuggled: CatalogTool[] = []
    const { catalog } = openShop([serverRecord('a')], shelf, {
      authorize: (subject) => subject.name !== 'y',
      preListTools: [(tools) => [...tools, ...tools, ...smuggled]],
    })
    smuggled.push(...catalog.tools())
    expect(names(await catalog.view(caller()))).toEqual(['a_x'])
  })

  it('that fail empty the list, which is logged, until they succeed', async () => {
    let broken = true
    const { catalog, log } = openShop([serverRecord('a')], shelf, {
      preListTools: [
        (tools) => {
          if (broken) throw new Error('no')
          return tools
        },
      ],
    })
    const view = await catalog.view(caller())
    expect(names(view)).toEqual([])
    expect(view.tool('a_x')).toBeUndefined()
    expect(log.lines.join()).toContain('preListTools')
    broken = false
    expect(names(await catalog.view(caller()))).toEqual(['a_x', 'a_y'])
  })

  it('see the client and the group, and nothing that another session of the same client would not have', async () => {
    const seen: unknown[] = []
    const { catalog } = openShop([serverRecord('a')], shelf, { preListTools: [(tools, context) => (seen.push(context), tools)] })
    await catalog.view({ client: 'me', group: 'g', sessionId: 's', door: 'rest', headers: { 'x-secret': '1' } })
    expect(seen).toEqual([{ client: 'me', group: 'g', sessionId: null, door: 'mcp', headers: {} }])
  })

  it('run once for callers that ask at the same time', async () => {
    const hook = vi.fn(async (tools: readonly CatalogTool[]) => Promise.resolve(tools))
    const { catalog } = openShop([serverRecord('a')], shelf, { preListTools: [hook] })
    const views = await Promise.all([catalog.view(caller()), catalog.view(caller()), catalog.view(caller())])
    expect(hook).toHaveBeenCalledTimes(1)
    expect(new Set(views).size).toBe(1)
  })

  it('that are overtaken by a change run again, so that nobody is shown what was just denied', async () => {
    let denied = false
    const gate = new EventTarget()
    const opened = once(gate, 'open')
    const { catalog } = openShop([serverRecord('a')], shelf, {
      authorize: (subject) => !denied || subject.name !== 'x',
      preListTools: [async (tools) => (await opened, tools)],
    })
    const early = catalog.view(caller())
    denied = true
    catalog.invalidate()
    gate.dispatchEvent(new Event('open'))
    expect(names(await early)).toEqual(['a_y'])
    expect(names(await catalog.view(caller()))).toEqual(['a_y'])
  })
})
