import { describe, expect, it } from 'vitest'
import type { RequestContext } from '../../src/main/gateway/hooks'
import { createMemoryStore } from '../../src/main/gateway/store/memory'
import { bundledPlugins } from '../../src/main/plugins'
import { pluginStore } from '../support/plugin-store'
import { bearer, openRawSession, send, type RawSession } from '../support/gateway-http'
import { adminToken, approverToken, openRig, type RigOptions } from '../support/gateway-rig'
import { openToolServer, type ToolServerOptions } from '../support/gateway-upstream'
import { answer, type Script } from '../support/http-upstream'

/*
 * The security laws of the house that need a whole gateway; laws 1 and 2 stand in http/doors.test.ts.
 */

const everything = { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {} }

/** An upstream with one of everything that can be listed and used. */
const oneOfEach: NonNullable<Script['onRequest']> = (got, res) => {
  const { method, params } = got.message
  if (method === 'tools/list')
    answer(res, got, { tools: ['read_file', 'Write_File'].map((name) => ({ name, inputSchema: { type: 'object' } })) })
  else if (method === 'prompts/list') answer(res, got, { prompts: [{ name: 'read_file' }, { name: 'Write_File' }] })
  else if (method === 'resources/list')
    answer(res, got, {
      resources: [
        { uri: 'x://read', name: 'r' },
        { uri: 'x://Write', name: 'w' },
      ],
    })
  else if (method === 'resources/templates/list')
    answer(res, got, {
      resourceTemplates: [
        { uriTemplate: 'x://Write/{id}', name: 't' },
        { uriTemplate: 'x://read/{id}', name: 'u' },
      ],
    })
  else answer(res, got, { ok: method, name: params?.name ?? params?.uri ?? null })
}

async function openUp(options: RigOptions = {}, server: ToolServerOptions = {}, draft: object = {}) {
  const upstream = await openToolServer({}, { capabilities: everything, onRequest: oneOfEach, ...server })
  const rig = await openRig(options)
  const view = await rig.add({ name: 'up', url: upstream.url, ...draft })
  const { token } = rig.gateway.clients.create({ name: 'agent' })
  const session = (path = '', headers: Record<string, string> = {}) => openRawSession(rig.listening.endpoint + path, { token, headers })
  return { rig, upstream, view, token, session, one: await session() }
}

describe('law 3: no agent approves its own call', () => {
  async function openPending() {
    const upstream = await openToolServer({ delete_all: ({ text }) => text('deleted') })
    const rig = await openRig()
    await rig.add({ name: 'up', url: upstream.url })
    const { token } = rig.gateway.clients.create({ name: 'agent' })
    const session = await openRawSession(rig.listening.endpoint, { token })
    const calling = session.call('up_delete_all')
    return { rig, token, calling, approval: await rig.pending() }
  }

  it('with its own token, the admin token or none: only with the approver credential', async () => {
    const { rig, token, calling, approval } = await openPending()
    const path = `/hil/pending/${approval.id}/approve`
    expect((await rig.admin('POST', path, {}, token)).status).toBe(401)
    expect((await rig.admin('POST', path, {}, '')).status).toBe(401)
    expect(await rig.admin('POST', path, {}, adminToken)).toMatchObject({ status: 403, body: { code: 'auth.approver_required' } })
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await rig.admin(method, path, undefined, approverToken)).status).toBeGreaterThanOrEqual(400)
    expect((await rig.admin('GET', '/hil/pending')).body).toMatchObject([{ id: approval.id, status: 'pending' }])
    expect((await rig.admin('POST', path, {}, approverToken)).status).toBe(200)
    expect((await calling).result).toMatchObject({ content: [{ text: 'deleted' }] })
  })

  it('with a form, or a page, of another origin, whatever the credential', async () => {
    const { rig, calling, approval } = await openPending()
    const url = `${rig.listening.adminUrl}/hil/pending/${approval.id}/approve`
    const headers = { ...bearer(approverToken), origin: 'https://evil.example.com', 'content-type': 'application/x-www-form-urlencoded' }
    expect((await send(url, { headers, body: 'reason=x' })).status).toBe(403)
    await rig.deny(approval.id)
    await calling
  })

  it('with the approver credential at any other door: it opens nothing else', async () => {
    const { rig, calling, approval } = await openPending()
    for (const [method, path, body] of [
      ['GET', '/servers'],
      ['POST', '/servers', { name: 'evil', command: 'sh' }],
      ['POST', '/clients', { name: 'evil' }],
      ['PUT', '/policy', { default: 'allow' }],
      ['POST', '/tools/up_delete_all/call', {}],
      ['POST', '/reload'],
    ] as const)
      expect((await rig.admin(method, path, body, approverToken)).status, path).toBe(403)
    await rig.deny(approval.id)
    await calling
  })

  it('nor trusts a command for it', async () => {
    const rig = await openRig()
    const { id, trust_hash } = await rig.gateway.servers.create({ name: 'cmd', command: process.execPath, args: ['-e', ''] })
    expect(rig.gateway.servers.get(id)).toMatchObject({ state: 'needs_trust', trusted: false })
    expect((await rig.admin('POST', `/servers/${id}/trust`, { hash: trust_hash }, adminToken)).status).toBe(403)
    expect((await rig.admin('POST', `/servers/${id}/trust`, { hash: 'x'.repeat(64) }, approverToken)).status).toBe(409)
    expect((await rig.admin('POST', `/servers/${id}/trust`, { hash: trust_hash }, approverToken)).status).toBe(200)
    await rig.gateway.servers.patch(id, { args: ['-e', 'other'] })
    expect(rig.gateway.servers.get(id)).toMatchObject({ state: 'needs_trust', trusted: false })
  })
})

describe('law 5: what a client authenticates with goes no further', () => {
  const inbound = {
    cookie: 'sid=COOKIE-SECRET',
    'proxy-authorization': 'Basic PROXY-SECRET',
    'x-api-key': 'KEY-OF-THE-CLIENT',
    'x-other': 'OTHER-HEADER',
  }

  it.each([['shared'], ['per_session']])('to no upstream, in no header and no message (%s)', async (sharing) => {
    const { upstream, token, session } = await openUp({}, {}, { sharing })
    const one = await session('', inbound)
    await one.call('up_read_file')
    await one.request('resources/read', { uri: 'x://read' })
    const sent = JSON.stringify(upstream.got)
    for (const secret of [token, 'COOKIE-SECRET', 'PROXY-SECRET', 'KEY-OF-THE-CLIENT', 'OTHER-HEADER', one.id])
      expect(sent).not.toContain(secret)
    expect(upstream.got.every(({ headers }) => headers.authorization === undefined)).toBe(true)
  })

  it('but a header that the config names goes where a server asks for it with ${var:}, each session its own', async () => {
    const header_vars = { 'X-Api-Key': 'KEY' }
    const { rig, upstream, view, session, token } = await openUp({ config: { header_vars } })
    await rig.gateway.servers.patch(view.id, { static_headers: { authorization: 'Bearer ${var:KEY}' } })
    for (const key of ['one', 'two']) await (await session('', { ...inbound, 'x-api-key': key })).call('up_read_file')
    expect(upstream.asked('tools/call').map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two'])
    expect(JSON.stringify(upstream.got)).not.toContain(token)
    expect((await (await session()).call('up_read_file')).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('KEY') as string }],
    })
  })

  it.each([['Authorization'], ['authorization'], ['Cookie'], ['PROXY-AUTHORIZATION']])(
    'and a config that would send on %s is refused',
    async (header) => {
      await expect(openRig({ config: { header_vars: { [header]: 'KEY' } } })).rejects.toMatchObject({ code: 'config.invalid' })
    },
  )

  it('to no hook either', async () => {
    const seen: RequestContext[] = []
    const hooks = { preToolCall: ({ context }: { context: RequestContext }) => void seen.push(context) }
    const { rig, token, session } = await openUp({ hooks })
    const one = await session('', inbound)
    await one.call('up_read_file')
    await rig.admin('POST', '/tools/up_read_file/call', {})
    expect(seen.map(({ door }) => door)).toEqual(['mcp', 'rest'])
    const shown = JSON.stringify(seen.map(({ headers }) => headers))
    for (const secret of [token, adminToken, 'COOKIE-SECRET', 'PROXY-SECRET', one.id]) expect(shown).not.toContain(secret)
    expect(seen[0]?.headers['x-other']).toBe('OTHER-HEADER')
  })

  it('nor into the log, the audit, the events or the admin API', async () => {
    const { rig, token, session } = await openUp()
    const one = await session('', inbound)
    await one.call('up_read_file', { password: 'ARGUMENT-SECRET', note: `use ${token}` })
    await one.call('up_nothing')
    const told = JSON.stringify([
      rig.lines,
      rig.events,
      await rig.audit(),
      (await rig.admin('GET', '/status')).body,
      (await rig.admin('GET', '/clients')).body,
    ])
    for (const secret of [token, adminToken, approverToken, 'COOKIE-SECRET', 'KEY-OF-THE-CLIENT', 'ARGUMENT-SECRET'])
      expect(told).not.toContain(secret)
  })
})

describe('law 6: deny wins, everywhere', () => {
  const names = (list: unknown, key = 'name') => (list as Record<string, string>[]).map((item) => item[key])
  const lists = async (one: RawSession) => ({
    tools: names((await one.request('tools/list')).result?.tools),
    prompts: names((await one.request('prompts/list')).result?.prompts),
    resources: names((await one.request('resources/list')).result?.resources, 'uri'),
    templates: names((await one.request('resources/templates/list')).result?.resourceTemplates, 'uriTemplate'),
  })
  /** Everything that would use what is called write; true where it was refused. */
  const refusals = async (one: RawSession) => {
    const refused = async (method: string, params: object) => {
      const { error, result } = await one.request(method, params)
      return error !== undefined || result?.isError === true
    }
    return {
      tool: await refused('tools/call', { name: 'up_Write_File' }),
      prompt: await refused('prompts/get', { name: 'up_Write_File' }),
      resource: await refused('resources/read', { uri: 'x://Write' }),
      template: await refused('resources/read', { uri: 'x://Write/1' }),
      subscription: await refused('resources/subscribe', { uri: 'x://Write' }),
      completion: await refused('completion/complete', {
        ref: { type: 'ref/prompt', name: 'up_Write_File' },
        argument: { name: 'a', value: '' },
      }),
      templateCompletion: await refused('completion/complete', {
        ref: { type: 'ref/resource', uri: 'x://Write/{id}' },
        argument: { name: 'id', value: '' },
      }),
    }
  }
  const all = (value: boolean) => ({
    tool: value,
    prompt: value,
    resource: value,
    template: value,
    subscription: value,
    completion: value,
    templateCompletion: value,
  })
  const readOnly = { tools: ['up_read_file'], prompts: ['up_read_file'], resources: ['x://read'], templates: ['x://read/{id}'] }

  it('lets through what nobody denies', async () => {
    const { one } = await openUp({ config: { policy: { deny: [], audit: true, rules: [], default: 'allow', confirm: [] } } })
    expect(await refusals(one)).toEqual(all(false))
    expect((await lists(one)).tools).toEqual(['up_read_file', 'up_Write_File'])
  })

  it.each([
    ['as it is written', ['*Write*', 'x://Write*']],
    ['whatever the case', ['*wRiTe*']],
    ['in another form of the same letters (NFKC)', ['*ｗｒｉｔｅ*']],
  ])("by a server's deny list %s: in lists and in calls", async (_how, deny) => {
    const { one, upstream } = await openUp({}, {}, { deny })
    expect(await lists(one)).toEqual(readOnly)
    const before = upstream.got.length
    expect(await refusals(one)).toEqual(all(true))
    expect(upstream.got.length).toBe(before)
  })

  it('by an allow list that does not name it, exactly', async () => {
    const { one } = await openUp({}, {}, { allow: ['read_file', 'x://read*'] })
    expect(await lists(one)).toEqual(readOnly)
    expect(await refusals(one)).toEqual(all(true))
    const { one: other } = await openUp({}, {}, { allow: ['READ_FILE', 'write_file'] })
    expect((await lists(other)).tools).toEqual([])
  })

  it('by a group, even where the server allows it; and a group shows its members only', async () => {
    const { rig, view, session } = await openUp({}, {}, { allow: ['*'] })
    rig.gateway.groups.create({ name: 'readers', member_server_ids: [view.id], deny: ['*write*'] })
    rig.gateway.groups.create({ name: 'nobody', member_server_ids: [] })
    expect(await lists(await session('/g/readers'))).toEqual(readOnly)
    expect(await refusals(await session('/g/readers'))).toEqual(all(true))
    expect(await lists(await session('/g/nobody'))).toEqual({ tools: [], prompts: [], resources: [], templates: [] })
    expect(await refusals(await session('/g/nobody/'))).toEqual(all(true))
  })

  it('by policy, for tools at every door: MCP, meta-tools, REST and library', async () => {
    const policy = { deny: ['up_write*'], audit: true, rules: [], default: 'allow' as const }
    const { rig, one, upstream } = await openUp({ config: { policy } })
    expect((await one.call('up_Write_File')).result).toMatchObject({ isError: true })
    expect((await one.call('invoke_tool', { name: 'up_Write_File', arguments: {} })).result).toMatchObject({ isError: true })
    expect((await rig.admin('POST', '/tools/up_Write_File/call', {})).status).toBe(404)
    await expect(rig.gateway.callTool('up_Write_File')).rejects.toMatchObject({ code: 'tool.not_found' })
    expect(JSON.stringify((await one.call('search_tools', { query: 'write' })).result)).not.toContain('Write_File')
    expect((await one.call('describe_tool', { name: 'up_Write_File' })).result).toMatchObject({ isError: true })
    expect(upstream.asked('tools/call')).toEqual([])
  })

  it('and denied is not told from unknown', async () => {
    const { rig, one } = await openUp({}, {}, { deny: ['*Write*'] })
    const told = async (method: string, params: Record<string, unknown>) => JSON.stringify(await one.request(method, params, 7))
    for (const [method, key, denied, unknown] of [
      ['tools/call', 'name', 'up_Write_File', 'up_Nothing_At'],
      ['prompts/get', 'name', 'up_Write_File', 'up_Nothing_At'],
      ['resources/read', 'uri', 'x://Write', 'x://Nothing'],
    ] as const)
      expect((await told(method, { [key]: denied })).replaceAll(denied, '?')).toBe(
        (await told(method, { [key]: unknown })).replaceAll(unknown, '?'),
      )
    const rest = async (name: string) => (await rig.admin('POST', `/tools/${name}/call`, {})).status
    expect(await rest('up_Write_File')).toBe(await rest('up_Nothing_At'))
  })
})

describe('law 7: what breaks denies', () => {
  const text = async (one: RawSession) =>
    ((await one.call('up_read_file')).result?.content as { text: string }[] | undefined)?.[0]?.text ?? ''

  it('a hook that throws before the call', async () => {
    const hooks = {
      preToolCall: () => {
        throw new Error('out of order, with a SECRET')
      },
    }
    const { one, upstream } = await openUp({ hooks })
    const said = await text(one)
    expect(said).toContain('refused')
    expect(said).not.toContain('SECRET')
    expect(upstream.asked('tools/call')).toEqual([])
  })

  it('a confirmation that throws, and one that nobody gives', async () => {
    const ask = { preToolCall: () => ({ decision: 'confirm' as const, reason: 'may it?' }) }
    const nobody = await openUp({ plugins: [], hooks: ask })
    expect(await text(nobody.one)).toContain('nobody is here to approve')
    const broken = await openUp({ plugins: [], hooks: { ...ask, confirmation: () => Promise.reject(new Error('x')) } })
    expect(await text(broken.one)).toContain('refused')
    expect([...nobody.upstream.asked('tools/call'), ...broken.upstream.asked('tools/call')]).toEqual([])
  })

  it('an audit row that cannot be written', async () => {
    const store = pluginStore(createMemoryStore())
    const { one, upstream } = await openUp({ store, plugins: bundledPlugins() })
    store.broken.add('append')
    expect((await one.call('up_read_file')).result).toMatchObject({ isError: true })
    expect(upstream.asked('tools/call')).toEqual([])
    store.broken.delete('append')
    expect((await one.call('up_read_file')).result).toMatchObject({ ok: 'tools/call' })
  })

  it('an approval that cannot be stored', async () => {
    const store = pluginStore(createMemoryStore())
    const policy = { deny: [], confirm: ['*'], audit: true, rules: [], default: 'allow' as const }
    const { one, upstream } = await openUp({ store, config: { policy } })
    store.broken.add('approvals')
    expect((await one.call('up_read_file')).result).toMatchObject({ isError: true })
    expect(upstream.asked('tools/call')).toEqual([])
  })

  it('a list hook that throws: nothing is listed and nothing can be called', async () => {
    const hooks = { preListTools: () => Promise.reject(new Error('x')) }
    const { one, upstream } = await openUp({ hooks })
    expect((await one.request('tools/list')).error ?? (await one.request('tools/list')).result?.tools).not.toContainEqual(
      expect.objectContaining({ name: 'up_read_file' }),
    )
    await one.call('up_read_file')
    expect(upstream.asked('tools/call')).toEqual([])
  })
})
