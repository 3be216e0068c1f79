import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { draftLimits } from '../../src/main/gateway/server-drafts'
import { createMemoryVault } from '../../src/main/vault/memory'
import type { DraftTest } from '../../src/shared/draft-test'
import type { ServerDraft } from '../../src/shared/records'
import { approverToken, openRig, type Rig, type RigOptions } from '../support/gateway-rig'
import { openToolServer } from '../support/gateway-upstream'
import { answer, json, openHttpUpstream } from '../support/http-upstream'
import { storeFolder } from '../support/store-folder'
import { childScript } from '../support/upstream-rig'

const secret = 'k7-opensesame-9'

async function open(options: RigOptions = {}) {
  const rig = await openRig({ config: { startup_catalog: 'skip' }, vault: createMemoryVault({ KEY: secret }), ...options })
  return {
    rig,
    desktop: atDesktop(rig),
    http: async (draft: ServerDraft) => (await rig.admin('POST', '/servers/test-draft', draft)).body as DraftTest,
  }
}

const atDesktop =
  ({ gateway }: Pick<Rig, 'gateway'>) =>
  async (draft: ServerDraft, signal = new AbortController().signal) => {
    const headers = { 'content-type': 'application/json' }
    const request = new Request('http://gateway/servers/test-draft', { method: 'POST', headers, body: JSON.stringify(draft), signal })
    return (await (await gateway.admin(request, 'desktop')).json()) as DraftTest
  }

/** A program that says its process id in a file, then serves. */
function program(start = 'well') {
  const pidFile = join(storeFolder(), 'pid')
  const code = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); import(${JSON.stringify(`file://${childScript}`)})`
  const draft: ServerDraft = { name: 'local', command: process.execPath, args: ['-e', code, 'child', start] }
  const isRunning = () => {
    try {
      return process.kill(Number(readFileSync(pidFile, 'utf8')), 0)
    } catch {
      return false
    }
  }
  return { draft, isRunning, wasStarted: () => existsSync(pidFile) }
}

describe('a draft that answers', () => {
  it('is described, and nothing of it is kept', async () => {
    const upstream = await openToolServer({ one: ({ text }) => text(''), two: ({ text }) => text('') })
    const { rig, http } = await open()
    const result = await http({ name: 'draft', url: upstream.url, enabled: false })
    expect(result).toEqual({
      ...{ ok: true, tool_count: 2, tools: ['one', 'two'], server_info: { name: 'fixture', version: '1' }, protocol_version: '2025-11-25' },
      latency_ms: expect.any(Number) as number,
    })
    expect(upstream.got.map(({ method }) => method)).toContain('DELETE')
    expect(rig.gateway.servers.list()).toEqual([])
    expect(rig.events.map(({ event }) => event)).not.toContain('server.changed')
    expect(await rig.gateway.listTools()).not.toContainEqual(expect.objectContaining({ bare_name: 'one' }))
  })

  it('is sent its secrets, and they do not come back, whatever it says', async () => {
    const upstream = await openHttpUpstream({
      onInitialize: (got, res) => {
        const said = String(got.headers['x-key'])
        const result = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: said, version: `v ${said}` } }
        res.writeHead(200, json).end(JSON.stringify({ jsonrpc: '2.0', id: got.message.id, result }))
      },
      onRequest: (got, res) => answer(res, got, { tools: [{ name: String(got.headers['x-key']), inputSchema: { type: 'object' } }] }),
    })
    const { http } = await open()
    const result = await http({ name: 'draft', url: upstream.url, static_headers: { 'X-Key': '${keychain:KEY}' } })
    expect(upstream.got[0]?.headers['x-key']).toBe(secret)
    expect(result).toMatchObject({ ok: true, tool_count: 1 })
    expect(JSON.stringify(result)).not.toContain(secret)
  })

  it('may offer more than is told', async () => {
    const tools = Array.from({ length: draftLimits.tools + 1 }, (_each, i) => ({ name: `${i}`.padEnd(400, 'x'), inputSchema: {} }))
    const upstream = await openToolServer({}, { tools })
    const result = await (await open()).http({ name: 'draft', url: upstream.url })
    if (!result.ok) throw new Error(result.error)
    expect([result.tool_count, result.tools.length, result.tools[0]?.length]).toEqual([
      tools.length,
      draftLimits.tools,
      draftLimits.textChars,
    ])
  })

  it('by a program is started for the person at the app, and ended after it', async () => {
    const { draft, isRunning, wasStarted } = program()
    const { rig, desktop } = await open({ holdChanges: true })
    expect(await desktop(draft)).toMatchObject({ ok: true, tools: ['listed-1'], server_info: { name: 'child' } })
    expect([wasStarted(), isRunning()]).toEqual([true, false])
    expect(rig.gateway.servers.list()).toEqual([])
  })

  it('by a program is started for the approver credential of a gateway without the app, never for the admin token', async () => {
    const { draft, wasStarted } = program()
    const { rig } = await open()
    expect(await rig.admin('POST', '/servers/test-draft', draft)).toMatchObject({ status: 403, body: { code: 'auth.approver_required' } })
    expect(wasStarted()).toBe(false)
    expect(await rig.admin('POST', '/servers/test-draft', draft, approverToken)).toMatchObject({ status: 200, body: { ok: true } })
  })
})

describe('a draft that fails', () => {
  it.each<[string, Omit<ServerDraft, 'name'>, string]>([
    ['is nowhere', { url: 'http://127.0.0.1:9/mcp' }, 'upstream.unreachable'],
    ['is no program', { command: '/no/such/program' }, 'upstream.unreachable'],
    ['ends at once', { command: process.execPath, args: [childScript, 'exit'], env: { API_KEY: '${keychain:KEY}' } }, 'upstream.closed'],
    ['names a secret that there is not', { url: 'http://127.0.0.1:9/mcp', static_headers: { X: '${keychain:NONE}' } }, 'secret.unresolved'],
  ])('because it %s says why and what to do', async (_what, draft, code) => {
    const { desktop } = await open()
    const result = await desktop({ name: 'draft', ...draft })
    expect(result).toEqual({
      ok: false,
      code,
      error: expect.stringMatching(/\w/) as string,
      remedy: expect.stringMatching(/\.$/) as string,
    })
    expect(JSON.stringify(result)).not.toContain(secret)
  })

  it.each([
    [401, 'upstream.login_required'],
    [403, 'upstream.refused'],
  ])('with HTTP %i says %s', async (status, code) => {
    const upstream = await openHttpUpstream({ onInitialize: (_got, res) => void res.writeHead(status).end() })
    expect(await (await open()).http({ name: 'draft', url: upstream.url })).toMatchObject({ ok: false, code })
  })

  it('is not even tried when it is none', async () => {
    const { rig } = await open()
    for (const draft of [{ name: 'draft' }, { name: 'draft', url: 'ftp://x' }, { url: 'http://127.0.0.1:9/mcp' }])
      expect(await rig.admin('POST', '/servers/test-draft', draft)).toMatchObject({ status: 422, body: { code: 'input.invalid' } })
  })
})

describe('testing a draft', () => {
  it('ends when whoever asked goes away, and so does the program', async () => {
    const { draft, isRunning, wasStarted } = program('mute')
    const { desktop } = await open()
    const leaving = new AbortController()
    const asked = desktop(draft, leaving.signal)
    await expect.poll(wasStarted, { timeout: 10_000 }).toBe(true)
    leaving.abort()
    expect(await asked).toMatchObject({ ok: false })
    expect(isRunning()).toBe(false)
  })

  it('is limited in number at once', async () => {
    const arrived: (() => void)[] = []
    const upstream = await openHttpUpstream({ onInitialize: (_got, res) => void arrived.push(() => res.writeHead(500).end()) })
    const { rig, http } = await open()
    const asked = Array.from({ length: draftLimits.atOnce }, () => http({ name: 'draft', url: upstream.url }))
    await expect.poll(() => arrived.length).toBe(draftLimits.atOnce)
    const more = await rig.admin('POST', '/servers/test-draft', { name: 'draft', url: upstream.url })
    expect(more).toMatchObject({ status: 429, body: { code: 'limit.in_flight' } })
    for (const end of arrived) end()
    await Promise.all(asked)
  })

  it('is in no way of a server that is called so', async () => {
    const upstream = await openToolServer({ one: ({ text }) => text('') })
    const { rig } = await open()
    await rig.gateway.servers.create({ name: 'test-draft', url: upstream.url })
    expect((await rig.admin('GET', '/servers/test-draft')).body).toMatchObject({ name: 'test-draft' })
    expect((await rig.admin('POST', '/servers/test-draft/test')).body).toEqual({ ok: true, tool_count: 1 })
  })
})
