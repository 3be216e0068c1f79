import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { CatalogTool, GatewayStatus, GroupRecord, ServerView } from '../../src/shared/records'
import { browse } from '../support/browser-double'
import { approver, built, buildTimeoutMs, endAll, newPlace, run, serve, start, type Place, type Served } from '../support/cli-runner'
import { freePort } from '../support/free-port'
import { openToolServer, type ToolServer } from '../support/gateway-upstream'
import { openOAuthServer } from '../support/oauth-server'
import { openProtectedUpstream } from '../support/oauth-upstream'

/*
 * What the README of the reference shows is typed here as it is written there; only the addresses are those of a server of the tests.
 */

let gateway: Served
let upstream: ToolServer
let place: Place
const endings: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  await built()
  place = newPlace()
  gateway = await serve(place, [], { WEATHER_TOKEN: 'weather-token-of-the-tests' })
  upstream = await openToolServer(
    { echo: ({ text }) => text('heard'), db_delete_rows: ({ text }) => text('deleted'), note_write_text: ({ text }) => text('written') },
    { ending: (close) => void endings.push(close) },
  )
}, buildTimeoutMs)
afterAll(async () => {
  for (const close of endings) await close()
  await endAll(gateway)
})

/** A gateway of one test's own. */
async function served(...args: Parameters<typeof serve>): Promise<Served> {
  const other = await serve(...args)
  onTestFinished(() => endAll(other))
  return other
}
/** An upstream that wants a login, and who gives one; both end with the test. */
async function openHosted() {
  const as = await openOAuthServer()
  onTestFinished(() => as.close())
  const hosted = await openProtectedUpstream(as)
  onTestFinished(() => hosted.close())
  return hosted
}
const cli = (...args: string[]) => gateway.cli(...args)
/** Commands take their time on a machine that is busy. */
const patience = { timeout: 10_000 }
const server = async (name: string) => (await gateway.json<ServerView[]>('list')).find((each) => each.name === name)
const adminToken = () => readFileSync(join(place.folder, 'admin-token'), 'utf8').trim()
const curl = (path: string, { token = adminToken(), ...init }: RequestInit & { readonly token?: string } = {}) =>
  fetch(`http://127.0.0.1:${gateway.port}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })

describe('the commands of the reference', () => {
  it('add NAME URL, with --deny, and list', async () => {
    expect((await cli('add', 'deepwiki', upstream.url)).code).toBe(0)
    expect((await cli('add', 'context7', upstream.url, '--deny', '*_delete_*')).code).toBe(0)
    const { stdout } = await cli('list')
    expect(stdout).toMatch(/^deepwiki +http +ready +3 /m)
    const names = (await gateway.json<CatalogTool[]>('tools', 'list')).map(({ name }) => name)
    expect(names).toContain('deepwiki_db_delete_rows')
    expect(names).toContain('context7_echo')
    expect(names).not.toContain('context7_db_delete_rows')
  })

  it('group create, group members --server --server, group list, group ls, group rm', async () => {
    expect((await cli('group', 'create', 'readonly')).code).toBe(0)
    const members = await cli('group', 'members', 'readonly', '--server', 'deepwiki', '--server', 'context7')
    expect(members).toMatchObject({ code: 0, stdout: 'deepwiki\ncontext7\n' })
    const tools = await gateway.json<CatalogTool[]>('tools', 'list', '--group', 'readonly')
    expect(tools.map(({ namespace }) => namespace)).not.toContain('demo')
    for (const list of ['list', 'ls']) expect((await cli('group', list)).stdout).toContain('readonly')
    expect((await cli('group', 'rm', 'readonly')).code).toBe(0)
    expect(await gateway.json<GroupRecord[]>('group', 'list')).toEqual([])
  })

  it('disable, enable, reload, and --no-reload', async () => {
    expect((await cli('disable', 'deepwiki')).code).toBe(0)
    expect(await server('deepwiki')).toMatchObject({ enabled: false, state: 'disabled' })
    expect((await cli('enable', 'deepwiki')).code).toBe(0)
    expect(await cli('reload')).toMatchObject({ code: 0, stdout: 'Reloaded every server.\n' })
    expect(await server('deepwiki')).toMatchObject({ state: 'ready' })
    expect((await cli('add', 'quiet', upstream.url, '--no-reload')).code).toBe(0)
  })

  it('remove, and rm', async () => {
    expect((await cli('remove', 'quiet')).code).toBe(0)
    expect((await cli('rm', 'context7')).code).toBe(0)
    expect((await gateway.json<ServerView[]>('ls')).map(({ name }) => name)).toEqual(['demo', 'deepwiki'])
  })

  it('add --transport sse, and --allow', async () => {
    const added = await cli('add', 'old', upstream.url, '--transport', 'sse', '--allow', 'get_*', '--allow', 'list_*', '--no-wait')
    expect(added.code).toBe(0)
    expect(await server('old')).toMatchObject({ transport: 'sse', allow: ['get_*', 'list_*'] })
    await cli('rm', 'old')
  })

  it('add --header with ${env:} and ${file:}: the registry has the reference, the server the value', async () => {
    const key = join(place.folder, 'billing-key')
    writeFileSync(key, 'billing-key-of-the-tests\n')
    await cli('add', 'weather', upstream.url, '--header', 'Authorization=Bearer ${env:WEATHER_TOKEN}')
    await cli('add', 'billing', upstream.url, '--header', `X-API-Key=\${file:${key}}`)
    expect((await server('weather'))?.static_headers).toEqual({ Authorization: 'Bearer ${env:WEATHER_TOKEN}' })
    expect((await server('billing'))?.static_headers).toEqual({ 'X-API-Key': `\${file:${key}}` })
    const sent = upstream.asked('tools/list').map(({ headers }) => headers)
    expect(sent.map(({ authorization }) => authorization)).toContain('Bearer weather-token-of-the-tests')
    expect(sent.map((headers) => headers['x-api-key'])).toContain('billing-key-of-the-tests')
  })

  it('a reference that leads nowhere fails loudly: POST /admin/servers/{id}/test', async () => {
    const { static_headers: before } = (await (
      await curl('/admin/servers', {
        method: 'POST',
        body: JSON.stringify({ name: 'lost', url: upstream.url, static_headers: { 'X-API-Key': '${env:NOWHERE}' } }),
      })
    ).json()) as ServerView
    expect(before).toEqual({ 'X-API-Key': '${env:NOWHERE}' })
    const id = (await server('lost'))?.id ?? ''
    const answer = await curl(`/admin/servers/${id}/test`, { method: 'POST' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ ok: false, error: expect.stringContaining('${env:NOWHERE}') as string })
    await cli('rm', 'lost')
  })

  it('add --oauth-token-url --oauth-client-id --oauth-client-secret: the secret as a reference only', async () => {
    const oauth = ['--oauth-token-url', 'https://idp.example.com/oauth/token', '--oauth-client-id', 'my-client', '--disabled']
    expect(await cli('add', 'machine', upstream.url, ...oauth, '--oauth-client-secret', 'raw-secret-of-the-tests')).toMatchObject({
      code: 1,
    })
    expect((await cli('add', 'machine', upstream.url, ...oauth, '--oauth-client-secret', '${env:MACHINE_CLIENT_SECRET}')).code).toBe(0)
    expect(await server('machine')).toMatchObject({
      ...{ auth: 'oauth_client_credentials', oauth_token_url: 'https://idp.example.com/oauth/token', oauth_client_id: 'my-client' },
      oauth_client_secret: '${env:MACHINE_CLIENT_SECRET}',
    })
  })

  it('add --oauth --scope, which says that a login comes next', async () => {
    const added = await cli('add', 'datadog', upstream.url, '--oauth', '--scope', 'read', '--scope', 'write')
    expect(added.stderr).toContain('Next: fast-gateway login datadog')
    expect(await server('datadog')).toMatchObject({ auth: 'oauth', oauth_scopes: ['read', 'write'], state: 'needs_login' })
  })

  it('connect, with --name and --mcp-path', async () => {
    const usual = await cli('connect')
    expect(usual.stdout).toContain(`claude mcp add --transport http gateway http://127.0.0.1:${gateway.port}/mcp`)
    expect(usual.stdout).toContain('.mcp.json')
    const other = await cli('connect', '--name', 'tools', '--mcp-path', '/behind/mcp/')
    expect(other.stdout).toContain(`claude mcp add --transport http tools http://127.0.0.1:${gateway.port}/behind/mcp `)
    expect(await cli('connect', '--mcp-path', 'https://elsewhere.test/mcp')).toMatchObject({ code: 2, stdout: '' })
  })

  it('info', async () => expect((await cli('info')).stdout).toContain(`http://127.0.0.1:${gateway.port}/mcp`))
})

it('--gateway-url, --admin-token and --admin-prefix, and their variables, name another gateway', async () => {
  const elsewhere = newPlace()
  const url = `http://127.0.0.1:${gateway.port}`
  const flags = ['--gateway-url', url, '--admin-token', adminToken(), '--admin-prefix', '/admin']
  const byFlags = await run(elsewhere, ['info', '--json', ...flags])
  const byVariables = await run(elsewhere, ['info', '--json'], { env: { FAST_GATEWAY_URL: url, FAST_GATEWAY_ADMIN_TOKEN: adminToken() } })
  elsewhere.remove()
  for (const { code, stdout } of [byFlags, byVariables]) {
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as GatewayStatus).config_file).toBe(place.config)
  }
})

it('serve -c --host --port --db run it elsewhere', async () => {
  const here = newPlace()
  const config = join(here.folder, 'other.json')
  writeFileSync(config, '{"name": "Other"}')
  const other = await served(here, ['-c', config, '--host', '127.0.0.1', '--db', 'data/registry.db'])
  const status = await run(here, ['info', '--json', '-c', config], { env: { FAST_GATEWAY_URL: `http://127.0.0.1:${other.port}` } })
  expect(JSON.parse(status.stdout)).toMatchObject({ name: 'Other', config_file: config })
  expect(
    readFileSync(join(here.folder, 'data', 'registry.db'))
      .subarray(0, 15)
      .toString(),
  ).toBe('SQLite format 3')
})

describe('a server that wants an OAuth login', () => {
  /** `fast-gateway login NAME`, and a person at the address that it shows. */
  async function logIn(here: Place, env: Record<string, string> = {}) {
    const running = start(here, ['login', 'hosted', '--no-browser'], { env })
    const [address = ''] = /http:\/\/127\.0\.0\.1:\d+\/auth\S+/.exec(await running.says(/\/auth\?\S+\s/)) ?? []
    await browse(address)
    return running.ended
  }

  it('is logged in to once by login, with a gateway that runs, and out of by logout', async () => {
    const hosted = await openHosted()
    const other = await served(newPlace())
    await other.cli('add', 'hosted', hosted.url, '--oauth', '--scope', 'read')
    const stateOf = async () => (await other.json<ServerView[]>('list')).find(({ name }) => name === 'hosted')?.state
    expect(await stateOf()).toBe('needs_login')
    const login = await logIn(other.place, { FAST_GATEWAY_URL: `http://127.0.0.1:${other.port}` })
    expect(login).toMatchObject({ code: 0, stdout: 'Logged in to hosted.\n' })
    expect(await stateOf()).toBe('ready')
    expect(await other.cli('logout', 'hosted')).toMatchObject({ code: 0, stdout: 'Logged out of hosted.\n' })
    await expect.poll(stateOf, patience).toBe('needs_login')
  })

  it('is logged in to without a gateway that runs; the one that starts then has the tokens', async () => {
    const hosted = await openHosted()
    const here = newPlace({ port: await freePort() })
    const first = await served(here)
    await first.cli('add', 'hosted', hosted.url, '--oauth')
    await first.stop()
    expect(await logIn(here)).toMatchObject({ code: 0, stdout: 'Logged in to hosted.\n' })
    const second = await served(here)
    expect(await second.says('OAuth         :')).toContain('OAuth         : hosted, logged in\n')
    const states = async () => (await second.json<ServerView[]>('list')).map(({ name, state }) => `${name} ${state}`)
    await expect.poll(states, patience).toContain('hosted ready')
  })
})

it('serve says of every OAuth server at its start whether it needs a login', async () => {
  const here = newPlace()
  const first = await served(here)
  await first.cli('add', 'datadog', upstream.url, '--oauth')
  await first.stop()
  const second = await served(here)
  const said = await second.says('OAuth         :')
  expect(said).toContain('OAuth         : datadog, needs a login (fast-gateway login datadog)\n')
})

it('a gateway.json of the reference works unchanged, with every key of it', async () => {
  const here = newPlace({
    ...{ name: 'Mine', db: 'gateway.db', host: '127.0.0.1', port: 0, mcp_path: '/tools', admin_prefix: '/manage' },
    ...{ admin_token: 'admin-token-of-the-tests', policy_file: null, oauth_token_dir: 'oauth', startup_catalog: 'skip', list_mode: 'meta' },
    ...{ header_vars: { 'x-user': 'user' }, policy: { deny: ['*_purge_*'], confirm: ['*_delete_*', '*_write_*'], audit: true } },
    hil: { enabled: true, auto_open_browser: true, timeout_seconds: 300, approval_base_url: 'http://127.0.0.1:8000/admin/hil' },
  })
  const other = await served(here)
  const info = await run(here, ['info', '--json'], { env: { FAST_GATEWAY_URL: `http://127.0.0.1:${other.port}` } })
  const asked = await run(here, ['policy', 'check', '--tool', 'fs_delete_file', '--json'], {
    env: { FAST_GATEWAY_URL: `http://127.0.0.1:${other.port}` },
  })
  expect(JSON.parse(info.stdout)).toMatchObject({ name: 'Mine', safe_mode: false, endpoint: `http://127.0.0.1:${other.port}/tools` })
  expect(JSON.parse(asked.stdout)).toMatchObject({ effect: 'ask', rule: 'confirm[0]' })
})

describe('the admin API of the reference, as its curl examples call it', () => {
  it('registers a server by POST /admin/servers; POST /admin/reload answers as there', async () => {
    const added = await curl('/admin/servers', {
      method: 'POST',
      body: JSON.stringify({ name: 'math', url: upstream.url, transport: 'http' }),
    })
    expect(added.status).toBe(201)
    const reloaded = await curl('/admin/reload', { method: 'POST' })
    expect(await reloaded.json()).toMatchObject({ status: 'reloaded', degraded: expect.any(Array) as unknown[] })
    expect((await gateway.json<CatalogTool[]>('tools', 'list')).map(({ name }) => name)).toContain('math_echo')
  })

  it('reads, changes, lists, tests, refreshes and removes one by id', async () => {
    const { id } = (await server('math'))!
    expect(await (await curl(`/admin/servers/${id}`)).json()).toMatchObject({ name: 'math' })
    const patched = await curl(`/admin/servers/${id}`, { method: 'PATCH', body: JSON.stringify({ deny: ['echo'] }) })
    expect(await patched.json()).toMatchObject({ deny: ['echo'] })
    expect(((await (await curl(`/admin/servers/${id}/tools`)).json()) as { name: string }[]).map(({ name }) => name)).toContain('echo')
    expect(await (await curl(`/admin/servers/${id}/test`, { method: 'POST' })).json()).toEqual({ ok: true, tool_count: 3 })
    const refreshed = await curl(`/admin/servers/${id}/refresh`, { method: 'POST' })
    expect(await refreshed.json()).toEqual({ status: 'refreshed', server_id: id, degraded: false })
    expect((await curl(`/admin/servers/${id}`, { method: 'DELETE' })).status).toBe(204)
  })

  it('makes a group by POST /admin/groups and sets its members by PUT /admin/groups/{id}/servers', async () => {
    const made = await curl('/admin/groups', { method: 'POST', body: JSON.stringify({ name: 'analytics' }) })
    expect(made.status).toBe(201)
    const { id } = (await made.json()) as GroupRecord
    const { id: member } = (await server('deepwiki'))!
    const set = await curl(`/admin/groups/${id}/servers`, { method: 'PUT', body: JSON.stringify([member]) })
    expect(await set.json()).toMatchObject({ member_server_ids: [member] })
    expect(
      await (await curl(`/admin/groups/${id}`, { method: 'PATCH', body: JSON.stringify({ deny: ['*_delete_*'] }) })).json(),
    ).toMatchObject({ deny: ['*_delete_*'] })
    expect((await curl(`/admin/groups/${id}`, { method: 'DELETE' })).status).toBe(204)
  })

  it('lists, describes and calls tools by /admin/tools, ?group= too', async () => {
    expect(((await (await curl('/admin/tools')).json()) as CatalogTool[]).map(({ name }) => name)).toContain('demo_echo')
    expect((await curl('/admin/tools?group=none')).status).toBe(404)
    expect(await (await curl('/admin/tools/demo_echo')).json()).toMatchObject({ bare_name: 'echo', parameters: { type: 'object' } })
    const called = await curl('/admin/tools/demo_echo/call', { method: 'POST', body: JSON.stringify({ arguments: { message: 'hi' } }) })
    expect(await called.json()).toMatchObject({ is_error: false, content: [{ type: 'text', text: 'hi' }] })
  })

  it('decides over /admin/hil/pending, whoever the program is that decides', async () => {
    const call = (path: string) => curl(path, { method: 'POST', body: JSON.stringify({ arguments: { id: 1 } }) })
    for (const [decision, approved] of [
      ['approve', true],
      ['deny', false],
    ] as const) {
      const running = call('/admin/tools/demo_delete_note/call')
      const waiting = async () => (await (await curl('/admin/hil/pending')).json()) as { id: string; tool_name: string }[]
      await expect.poll(async () => (await waiting()).length, patience).toBe(1)
      const [{ id } = { id: '' }] = await waiting()
      expect(await (await curl(`/admin/hil/pending/${id}`)).json()).toMatchObject({ tool_name: 'demo_delete_note', arguments: { id: 1 } })
      const decided = await curl(`/admin/hil/pending/${id}/${decision}`, { method: 'POST', token: approver })
      expect(await decided.json()).toMatchObject({ id, tool_name: 'demo_delete_note', approved })
      await (await running).body?.cancel()
    }
  })

  it('says in the log where the call waits, for where no browser opens', () =>
    expect(gateway.stderr()).toMatch(/A call waits for a person\..*http:\/\/127\.0\.0\.1:\d+\/admin\/hil\/pending\/[\w-]+/))
})
