import { describe, expect, it } from 'vitest'
import { openRawSession, type RawSession } from '../support/gateway-http'
import { openRig, withTheTest, type RigOptions } from '../support/gateway-rig'
import { openToolServer, type ToolServerOptions } from '../support/gateway-upstream'
import { answer } from '../support/http-upstream'

const inputSchema = { type: 'object' }
const open = (options: RigOptions = {}) => openRig({ ...options, config: { mcp_auth: 'none', ...options.config } })

interface Listed {
  readonly name: string
  readonly [field: string]: unknown
}

/** Every page of a list. */
async function listed(session: RawSession, method = 'tools/list', key = 'tools'): Promise<Listed[]> {
  const found: Listed[] = []
  let params: object = {}
  for (let page = 0; page < 1_000; page++) {
    const { result } = await session.request(method, params)
    found.push(...(result?.[key] as Listed[]))
    if (result?.nextCursor === undefined) return found
    params = { cursor: result.nextCursor }
  }
  throw new Error('the list has no end')
}
const names = async (session: RawSession) => (await listed(session)).map(({ name }) => name)

/** A server whose tools each answer with their own name. */
async function openNamed(tools: readonly unknown[], options: ToolServerOptions = {}) {
  return openToolServer(
    {},
    {
      onRequest: (got, res) => {
        if (got.message.method === 'tools/list') answer(res, got, { tools })
        else answer(res, got, { content: [{ type: 'text', text: got.message.params?.name }] })
      },
      ...options,
    },
  )
}
const textOf = async (session: RawSession, name: string) => ((await session.call(name)).result?.content as { text: string }[])[0]?.text

describe('what upstreams list', () => {
  it('is told as they said it: unknown fields, odd schemas, annotations and icons', async () => {
    const odd = {
      name: 'odd',
      title: 'Ödd',
      inputSchema: { type: ['object', 'null'], $defs: { __proto__: null }, 'x-later': 12345678901234567890n.toString() },
      outputSchema: { type: 'array', items: {} },
      annotations: { destructiveHint: 'maybe', later: [1] },
      icons: [{ src: 'data:,', sizes: ['any'] }],
      _meta: { 'example.com/tags': ['a'] },
      execution: { taskSupport: 'optional' },
    }
    const rig = await open()
    const upstream = await openNamed([odd])
    await rig.add({ name: 'up', url: upstream.url })
    const session = await openRawSession(rig.listening.endpoint)
    expect(await listed(session)).toEqual([{ ...JSON.parse(JSON.stringify(odd)), name: 'up_odd' }])
  })

  it('keeps the good ones among bad ones, says which were left out, and calls what is left', async () => {
    const bad = [
      null,
      7,
      'tool',
      [],
      {},
      { name: '' },
      { name: 7, inputSchema },
      { name: 'no_schema' },
      { name: 'list_schema', inputSchema: [] },
      { name: 'x'.repeat(129), inputSchema },
      { name: 'good', inputSchema, description: 'the second of that name' },
      { name: 'chatty', inputSchema, description: 'x'.repeat(70_000) },
    ]
    const upstream = await openNamed([...bad.slice(0, 6), { name: 'good', inputSchema }, ...bad.slice(6), { name: 'last', inputSchema }])
    const rig = await open()
    const server = await rig.add({ name: 'up', url: upstream.url })
    expect([server.state, server.tool_count, server.catalog_problems.length]).toEqual(['ready', 2, bad.length])
    const session = await openRawSession(rig.listening.endpoint)
    expect(await names(session)).toEqual(['up_good', 'up_last'])
    expect(await textOf(session, 'up_last')).toBe('last')
  })

  it('may be 5,000 tools: all are listed, page by page, and the last can be called', async () => {
    const tools = Array.from({ length: 5_000 }, (_each, n) => ({ name: `tool_${n}`, description: `Tool number ${n}`, inputSchema }))
    const rig = await open()
    const upstream = await openNamed(tools)
    const server = await rig.add({ name: 'up', url: upstream.url })
    expect([server.tool_count, server.catalog_problems]).toEqual([5_000, []])
    const session = await openRawSession(rig.listening.endpoint)
    const found = await names(session)
    expect([found.length, new Set(found).size]).toEqual([5_000, 5_000])
    expect(new Set(found)).toEqual(new Set(tools.map(({ name }) => `up_${name}`)))
    expect(await textOf(session, 'up_tool_4999')).toBe('tool_4999')
    const asked = upstream.got.length
    for (let n = 0; n < 20; n++) await session.request('tools/list')
    expect(upstream.got.length).toBe(asked)
  })

  it('comes in pages from an upstream that pages, to its end', async () => {
    const upstream = await openNamed([], {
      onRequest: (got, res) => {
        const at = Number(got.message.params?.cursor ?? 0)
        answer(res, got, { tools: [{ name: `t${at}`, inputSchema }], ...(at < 9 ? { nextCursor: String(at + 1) } : {}) })
      },
    })
    const rig = await open()
    await rig.add({ name: 'up', url: upstream.url })
    expect(await names(await openRawSession(rig.listening.endpoint))).toHaveLength(10)
  })

  it('is listed in the same order every time, also after a restart of the upstream in another order', async () => {
    let tools = ['c', 'a', 'b'].map((name) => ({ name, inputSchema }))
    const upstream = await openNamed([], { onRequest: (got, res) => answer(res, got, { tools }) })
    const rig = await open()
    const { id } = await rig.add({ name: 'up', url: upstream.url })
    const session = await openRawSession(rig.listening.endpoint)
    const before = await names(session)
    tools = [...tools].reverse()
    await rig.gateway.servers.refresh(id)
    expect([...(await names(session))].sort()).toEqual([...before].sort())
    expect(await names(session)).toEqual(await names(session))
  })
})

describe('names', () => {
  it('that would clash are told apart, and each reaches its own tool', async () => {
    const bare = ['x.y', 'x_y', 'x-y', 'x y', 'X_Y', 'x/y', 'ξ_y', `${'long_'.repeat(12)}a`, `${'long_'.repeat(12)}b`]
    const upstream = await openNamed(bare.map((name) => ({ name, inputSchema })))
    const other = await openNamed([{ name: 'x_y', inputSchema }])
    const rig = await open()
    await rig.add({ name: 'a', url: upstream.url })
    await rig.add({ name: 'a-x', url: other.url })
    const session = await openRawSession(rig.listening.endpoint)
    const found = await names(session)
    expect(new Set(found).size).toBe(bare.length + 1)
    for (const name of found) expect(name).toMatch(/^[A-Za-z0-9_-]{1,48}$/)
    const reached = await Promise.all(found.map((name) => textOf(session, name)))
    expect([...reached].sort()).toEqual([...bare, 'x_y'].sort())
  })

  it('of servers have no underscore, which is what keeps `a` with `b_c` apart from `a_b` with `c`', async () => {
    const rig = await open()
    const refused = await rig.admin('POST', '/servers', { name: 'a_b', url: 'http://127.0.0.1:1/' })
    expect(refused.status).toBe(422)
    await rig.add({ name: 'a', url: (await openNamed([{ name: 'b_c', inputSchema }])).url })
    const taken = await rig.admin('POST', '/servers', { name: 'A', url: 'http://127.0.0.1:1/' })
    expect(taken).toMatchObject({ status: 409, body: { code: 'server.name_taken' } })
    expect(await textOf(await openRawSession(rig.listening.endpoint), 'a_b_c')).toBe('b_c')
  })

  it('of meta-tools are never an upstream tool: `search` with `tools` is called something else', async () => {
    const rig = await open()
    await rig.add({ name: 'search', url: (await openNamed([{ name: 'tools', inputSchema }])).url })
    const session = await openRawSession(rig.listening.endpoint)
    const [name] = await names(session)
    expect(name).not.toBe('search_tools')
    expect(await textOf(session, name ?? '')).toBe('tools')
  })

  it('of prompts and of resources: prompts are prefixed, URIs stay, and the first server to claim a URI has it', async () => {
    const serve = (who: string) =>
      openNamed([], {
        capabilities: { prompts: {}, resources: {} },
        onRequest: (got, res) => {
          const { method, params } = got.message
          if (method === 'prompts/list') answer(res, got, { prompts: [{ name: 'hello' }] })
          else if (method === 'resources/list')
            answer(res, got, {
              resources: [
                { uri: 'x://same', name: who },
                { uri: `x://${who}`, name: who },
              ],
            })
          else if (method === 'resources/templates/list') answer(res, got, { resourceTemplates: [] })
          else answer(res, got, { who, ...params })
        },
      })
    const rig = await open()
    for (const name of ['one', 'two']) await rig.add({ name, url: (await serve(name)).url })
    const session = await openRawSession(rig.listening.endpoint)
    expect((await listed(session, 'prompts/list', 'prompts')).map(({ name }) => name)).toEqual(['one_hello', 'two_hello'])
    expect((await listed(session, 'resources/list', 'resources')).map(({ uri }) => uri).sort()).toEqual(['x://one', 'x://same', 'x://two'])
    expect((await session.request('prompts/get', { name: 'two_hello', arguments: { a: 'b' } })).result).toEqual({
      who: 'two',
      name: 'hello',
      arguments: { a: 'b' },
    })
    expect((await session.request('resources/read', { uri: 'x://same' })).result).toMatchObject({ who: 'one' })
    expect((await session.request('resources/read', { uri: 'x://two' })).result).toMatchObject({ who: 'two' })
    expect(rig.lines.some(({ message, fields }) => JSON.stringify([message, fields]).includes('x://same'))).toBe(true)
  })

  it('of a resource that a tool linked to are learnt, and can be read', async () => {
    const upstream = await openNamed([], {
      capabilities: { tools: {}, resources: {} },
      onRequest: (got, res) => {
        const { method, params } = got.message
        if (method === 'tools/list') answer(res, got, { tools: [{ name: 'link', inputSchema }] })
        else if (method === 'tools/call') answer(res, got, { content: [{ type: 'resource_link', uri: 'made://today/1', name: 'made' }] })
        else if (method === 'resources/list') answer(res, got, { resources: [] })
        else if (method === 'resources/templates/list') answer(res, got, { resourceTemplates: [] })
        else answer(res, got, { contents: [{ uri: params?.uri, text: 'made' }] })
      },
    })
    const rig = await open()
    await rig.add({ name: 'up', url: upstream.url })
    const session = await openRawSession(rig.listening.endpoint)
    expect((await session.request('resources/read', { uri: 'made://today/1' })).error).toMatchObject({ code: -32002 })
    await session.call('up_link')
    expect((await session.request('resources/read', { uri: 'made://today/1' })).result).toMatchObject({ contents: [{ text: 'made' }] })
  })
})

describe('list_mode "meta"', () => {
  const tools = [
    { name: 'read_file', description: 'Reads a file', inputSchema },
    {
      name: 'send_mail',
      description: 'Verschickt Grüße an Empfänger',
      inputSchema: { type: 'object', properties: { recipient: { type: 'string' } } },
    },
    { name: 'delete_file', description: 'Deletes a file', inputSchema },
  ]
  async function openMeta() {
    const rig = await open({ config: { list_mode: 'meta' } })
    const upstream = await openNamed(tools)
    await rig.add({ name: 'up', url: upstream.url, deny: ['read_file'] })
    const session = await openRawSession(rig.listening.endpoint)
    const ask = async (name: string, args: object) => JSON.parse((await textOfCall(session, name, args)) ?? '') as unknown
    return { rig, session, ask, upstream }
  }
  const textOfCall = async (session: RawSession, name: string, args: object) =>
    ((await session.call(name, args)).result?.content as { text: string }[])[0]?.text

  it('lists the three tools that find, describe and run the others', async () => {
    const { session } = await openMeta()
    expect((await names(session)).sort()).toEqual(['describe_tool', 'invoke_tool', 'search_tools'])
  })

  it('finds by words of the name, the description and the parameters, without what is denied', async () => {
    const { ask } = await openMeta()
    const found = async (query: string) => ((await ask('search_tools', { query })) as { name: string }[]).map(({ name }) => name)
    expect(await found('empfanger')).toEqual(['up_send_mail'])
    expect(await found('recip')).toEqual(['up_send_mail'])
    expect(await found('file')).toEqual(['up_delete_file'])
    expect(await ask('describe_tool', { name: 'up_send_mail' })).toMatchObject({
      name: 'up_send_mail',
      input_schema: { properties: { recipient: {} } },
    })
  })

  it('runs a tool through the whole pipeline, once: held, approved, written down', async () => {
    const { rig, session, upstream } = await openMeta()
    expect(await textOfCall(session, 'invoke_tool', { name: 'up_send_mail', arguments: {} })).toBe('send_mail')
    const calling = session.call('invoke_tool', { name: 'up_delete_file', arguments: { path: 'x' } })
    await rig.approve((await rig.pending()).id)
    expect((await calling).result).toMatchObject({ content: [{ text: 'delete_file' }] })
    expect(upstream.asked('tools/call')).toHaveLength(2)
    expect((await rig.audit()).map(({ tool, door, decision }) => [tool, door, decision])).toEqual([
      ['delete_file', 'meta', 'approved'],
      ['send_mail', 'meta', 'allow'],
    ])
  })

  it('does not hide the tools from whoever embeds the gateway', async () => {
    const { rig } = await openMeta()
    expect((await rig.gateway.listTools()).map(({ name }) => name)).toEqual(['up_send_mail', 'up_delete_file'])
  })
})

describe('the other doors to the same tools', () => {
  async function openDoors() {
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    const upstream = await openNamed(
      [
        { name: 'read', inputSchema },
        { name: 'delete_all', inputSchema },
      ],
      {},
    )
    const { id } = await rig.add({ name: 'up', url: upstream.url })
    rig.gateway.groups.create({ name: 'readers', member_server_ids: [id], allow: ['read'] })
    return { rig, upstream }
  }

  it('REST lists, describes and calls, in a group too', async () => {
    const { rig } = await openDoors()
    const list = async (query = '') => ((await rig.admin('GET', `/tools${query}`)).body as Listed[]).map(({ name }) => name)
    expect([await list(), await list('?group=readers')]).toEqual([['up_read', 'up_delete_all'], ['up_read']])
    expect(await rig.admin('GET', '/tools/up_read')).toMatchObject({ status: 200, body: { bare_name: 'read', namespace: 'up' } })
    expect((await rig.admin('POST', '/tools/up_read/call', { arguments: {} })).body).toEqual({
      is_error: false,
      content: [{ type: 'text', text: 'read' }],
      structured_content: null,
    })
    expect((await rig.admin('POST', '/tools/up_delete_all/call', { group: 'readers' })).status).toBe(404)
    expect((await rig.admin('POST', '/tools/up_read/call', { group: 'nowhere' })).status).toBe(404)
  })

  it('REST and the library wait for a person like anybody else, under their own names', async () => {
    const { rig } = await openDoors()
    const rest = rig.admin('POST', '/tools/up_delete_all/call', {})
    const asked = await rig.pending()
    expect(asked.client).toBe('admin')
    await rig.approve(asked.id)
    expect((await rest).body).toMatchObject({ is_error: false })
    const library = expect(rig.gateway.callTool('up_delete_all')).rejects.toMatchObject({ code: 'tool.unconfirmed' })
    const again = await rig.pending()
    expect(again.client).toBe('library')
    await rig.deny(again.id, 'no')
    await library
    expect((await rig.audit()).map(({ door, client }) => [door, client])).toEqual([
      ['library', 'library'],
      ['rest', 'admin'],
    ])
  })

  it('the library lists and calls, in a group, with a signal and a time-out', async () => {
    const { rig } = await openDoors()
    expect((await rig.gateway.listTools({ group: 'readers' })).map(({ name }) => name)).toEqual(['up_read'])
    expect(await rig.gateway.callTool('up_read', {}, { group: 'readers' })).toMatchObject({ content: [{ text: 'read' }] })
    await expect(rig.gateway.callTool('up_delete_all', {}, { group: 'readers' })).rejects.toMatchObject({ code: 'tool.not_found' })
    await expect(rig.gateway.listTools({ group: 'nowhere' })).rejects.toMatchObject({ code: 'group.not_found' })
    await expect(rig.gateway.callTool('up_read', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'call.cancelled' })
    await expect(rig.gateway.callTool('up_delete_all', {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'call.cancelled' })
    expect((await rig.admin('GET', '/hil/pending')).body).toEqual([])
  })

  it('an MCP client in the same process is a client like any other', async () => {
    const { rig } = await openDoors()
    const client = await rig.gateway.client({ group: 'readers', name: 'embedded' })
    withTheTest(() => client.close())
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['up_read'])
    expect(await client.callTool({ name: 'up_read' })).toMatchObject({ content: [{ text: 'read' }] })
    expect(client.getServerVersion()).toMatchObject({ name: 'fast-gateway' })
    const changed = new Promise<void>((resolve) => (client.fallbackNotificationHandler = async () => resolve()))
    const [group] = rig.gateway.groups.list()
    rig.gateway.groups.patch(group?.id ?? '', { allow: ['read', 'delete_all'] })
    await changed
    const whole = await rig.gateway.client()
    withTheTest(() => whole.close())
    const calling = whole.callTool({ name: 'up_delete_all' })
    const asked = await rig.pending()
    expect(asked.client).toBe('library')
    await rig.approve(asked.id)
    expect(await calling).toMatchObject({ content: [{ text: 'delete_all' }] })
    expect(rig.gateway.status().sessions).toBe(2)
    await whole.close()
    expect(rig.gateway.status().sessions).toBe(1)
    await expect(rig.gateway.client({ group: 'nowhere' })).rejects.toMatchObject({ code: 'group.not_found' })
  })
})
