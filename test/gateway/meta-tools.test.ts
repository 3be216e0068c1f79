import { describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/main/gateway/catalog'
import type { Arguments, CallToolResult, RequestContext } from '../../src/main/gateway/hooks'
import { createMetaTools, searchLimits } from '../../src/main/gateway/meta-tools'
import type { Subject } from '../../src/main/gateway/plugin'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import { GatewayError } from '../../src/shared/errors'
import { caller, offer, recordedLog, serverRecord, tool } from '../support/catalog-doubles'

const shelf = [
  offer('files', {
    tools: [
      tool('read_file', {
        description: 'Read a file.\nSecond line.',
        title: 'Read',
        _meta: { fastmcp: { tags: ['fs'] } },
        outputSchema: { type: 'object' },
        annotations: { readOnlyHint: true },
      }),
      tool('delete_file', { description: 'Delete a file.' }),
    ],
  }),
  offer('wetter', {
    tools: [
      tool('vorhersage', { description: 'Das Wetter für morgen in Zürich, ähnlich dem von heute.' }),
      tool('予報', { description: '天気 予報 を 調べる' }),
    ],
  }),
]

interface Call {
  readonly name: string
  readonly args: Arguments
  readonly context: RequestContext
  readonly signal: AbortSignal | undefined
}

/** The three tools over a real catalogue in a real memory store. */
function open(authorize: (subject: Subject) => boolean = () => true, offers = shelf) {
  const store = createMemoryStore()
  const servers = offers.map((each) => serverRecord(each.server_id))
  const catalog = createCatalog({
    store: store.catalog,
    servers: { list: () => servers, get: (id) => servers.find((server) => server.id === id) },
    authorize,
    preListTools: [],
    metaTools: () => [],
    listMode: () => 'meta',
    log: recordedLog(),
    onChange: () => undefined,
  })
  offers.forEach((each) => catalog.put(each))
  const calls: Call[] = []
  const tools = createMetaTools({
    search: (query) => store.catalog.search(query),
    view: (context) => catalog.view(context),
    callTool: async (name, args, context, options) => {
      calls.push({ name, args, context, signal: options?.signal })
      if (name === 'files_secret') throw new GatewayError('tool.denied', 'not here')
      return Promise.resolve({ content: [{ type: 'text', text: 'done' }], _meta: { kept: true } })
    },
  })
  const signal = new AbortController().signal
  const use = (name: string, args: Arguments = {}, context = caller()): Promise<CallToolResult> =>
    tools.find((each) => each.definition.name === name)?.call(args, context, signal) ?? Promise.reject(new Error('no such meta-tool'))
  return { use, calls, signal, tools }
}

interface Hit {
  name: string
  description: string
  tags: string[]
}
const hits = (result: CallToolResult) => (result.structuredContent as { result: Hit[] }).result
const found = (result: CallToolResult) => hits(result).map((hit) => hit.name)
const text = (result: CallToolResult) => (result.content as { text: string }[])[0]?.text ?? ''

describe('search_tools', () => {
  it('answers name, first line and tags, as text and structured alike', async () => {
    const result = await open().use('search_tools', { query: 'read' })
    expect(hits(result)).toEqual([{ name: 'files_read_file', description: 'Read a file.', tags: ['fs'] }])
    expect(JSON.parse(text(result))).toEqual(hits(result))
  })

  it.each([
    ['zurich', 'wetter_vorhersage'],
    ['ÄHNLICH', 'wetter_vorhersage'],
    ['天気', undefined],
  ])('finds %s in any script and case', async (query, name) => {
    const names = found(await open().use('search_tools', { query }))
    expect(names).toHaveLength(1)
    if (name) expect(names).toEqual([name])
  })

  it('lists everything in the order of the catalogue when asked for nothing', async () => {
    const everything = ['files_read_file', 'files_delete_file', 'wetter_vorhersage']
    expect(found(await open().use('search_tools')).slice(0, 3)).toEqual(everything)
    expect(found(await open().use('search_tools', { query: '  ', limit: 2 }))).toEqual(everything.slice(0, 2))
  })

  it('never lets what is denied crowd out what is not', async () => {
    const many = Array.from({ length: 500 }, (_, index) => tool(`report_${String(index)}`, { description: 'report report report' }))
    const offers = [
      offer('closed', { tools: many }),
      offer('open', { tools: [tool('weekly', { description: 'writes the weekly report' })] }),
    ]
    const { use } = open((subject) => subject.server === 'open', offers)
    expect(found(await use('search_tools', { query: 'report', limit: 1 }))).toEqual(['open_weekly'])
  })

  it('shows each caller and group what it may see', async () => {
    const { use } = open((subject) => subject.group !== 'readers' || subject.name.startsWith('read'))
    expect(found(await use('search_tools', { query: 'file' })).sort()).toEqual(['files_delete_file', 'files_read_file'])
    expect(found(await use('search_tools', { query: 'file' }, caller('agent', 'readers')))).toEqual(['files_read_file'])
    expect(found(await use('search_tools', {}, caller('agent', 'readers')))).toEqual(['files_read_file'])
  })

  it('gives at most its limit, and never more than the published one', async () => {
    const offers = [offer('a', { tools: Array.from({ length: 100 }, (_, index) => tool(`t${String(index)}`)) })]
    const { use } = open(undefined, offers)
    expect(found(await use('search_tools'))).toHaveLength(10)
    expect(found(await use('search_tools', { limit: 3 }))).toHaveLength(3)
    expect(found(await use('search_tools', { limit: 1000 }))).toHaveLength(searchLimits.hits)
  })

  it('cuts a long description by characters, not within one', async () => {
    const offers = [offer('a', { tools: [tool('x', { description: '𝒳'.repeat(500) }), tool('y', { description: null })] })]
    const [long, none] = hits(await open(undefined, offers).use('search_tools'))
    expect([...(long?.description ?? '')]).toHaveLength(searchLimits.description)
    expect(long?.description).not.toMatch(/\p{Surrogate}/u)
    expect(none?.description).toBe('')
  })

  it.each([{ query: 7 }, { query: 'x'.repeat(searchLimits.query + 1) }, { limit: 0 }, { limit: 1.5 }, { limit: '5' }])(
    'refuses %j so that the model can read why',
    async (args) => {
      expect(await open().use('search_tools', args)).toMatchObject({ isError: true })
    },
  )
})

describe('describe_tool', () => {
  it('tells everything about a tool', async () => {
    const result = await open().use('describe_tool', { name: 'files_read_file' })
    expect(result.structuredContent).toEqual({
      name: 'files_read_file',
      title: 'Read',
      description: 'Read a file.\nSecond line.',
      tags: ['fs'],
      input_schema: { type: 'object' },
      output_schema: { type: 'object' },
      annotations: { readOnlyHint: true },
    })
    expect(JSON.parse(text(result))).toEqual(result.structuredContent)
  })

  it('answers for a denied tool exactly as for an unknown one', async () => {
    const { use } = open((subject) => subject.name !== 'delete_file')
    const denied = await use('describe_tool', { name: 'files_delete_file' })
    const unknown = await open(undefined, []).use('describe_tool', { name: 'files_delete_file' })
    expect(denied).toEqual({ content: [{ type: 'text', text: 'No tool named "files_delete_file".' }], isError: true })
    expect(unknown).toEqual(denied)
  })

  it('refuses a name that is none', async () => expect(await open().use('describe_tool', { name: {} })).toMatchObject({ isError: true }))
})

describe('invoke_tool', () => {
  it("goes through the pipeline once, as the caller, with the caller's signal, and passes the result untouched", async () => {
    const { use, calls, signal } = open()
    const context = caller('me', 'g')
    const result = await use('invoke_tool', { name: 'files_read_file', arguments: { path: '/x' } }, context)
    expect(result).toEqual({ content: [{ type: 'text', text: 'done' }], _meta: { kept: true } })
    expect(calls).toEqual([{ name: 'files_read_file', args: { path: '/x' }, context, signal }])
    expect(calls[0]?.context).toBe(context)
  })

  it('calls with no arguments when none are given', async () => {
    const { use, calls } = open()
    await use('invoke_tool', { name: 'files_read_file' })
    expect(calls[0]?.args).toEqual({})
  })

  it('leaves it to the pipeline to refuse', async () => {
    await expect(open().use('invoke_tool', { name: 'files_secret' })).rejects.toMatchObject({ code: 'tool.denied' })
  })

  it.each([
    {},
    { name: 1 },
    { name: 'files_read_file', arguments: [] },
    { name: 'files_read_file', arguments: 'x' },
    { name: 'files_read_file', arguments: null },
    { name: 'invoke_tool' },
  ])('refuses %j without calling anything', async (args) => {
    const { use, calls } = open()
    expect(await use('invoke_tool', args)).toMatchObject({ isError: true })
    expect(calls).toEqual([])
  })
})
