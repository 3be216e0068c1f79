import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Approval } from '../../src/shared/records'
import { built, buildTimeoutMs } from '../support/cli-runner'
import { connectClient, firstText, type RealClient } from '../support/gateway-client'
import { bearer, initializeMessage } from '../support/gateway-http'
import { stdioDraft } from '../support/integration-upstreams'
import { mcporter, type Said } from '../support/real-mcporter'
import { openRealGateway, type RealGateway } from '../support/real-gateway'

/*
 * Clients that people use, at the gateway as people start it, in front of server-filesystem: what is written needs a person.
 */

const open: (() => Promise<unknown>)[] = []
const ending = (close: () => Promise<unknown>) => void open.push(close)

let gateway: RealGateway
let folder: string
let token: string
beforeAll(async () => {
  await built()
  gateway = await openRealGateway({}, ending)
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fast-gateway-files-')))
  ending(async () => rmSync(folder, { recursive: true, force: true }))
  const { id } = await gateway.add(stdioDraft('files', 'filesystem', [folder]))
  await gateway.group('reading', [id], { allow: ['read_*', 'list_*'], deny: ['read_file'] })
  token = await gateway.token('agent')
}, buildTimeoutMs)
afterAll(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const file = (name: string) => join(folder, name)
const content = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : undefined)
const history = async () => (await gateway.admin('GET', '/hil/history')).body as Approval[]

describe("the SDK's client", () => {
  let one: RealClient
  beforeEach(async () => void (one = await connectClient(gateway.endpoint, { token })))

  /** With a progress token, so that it is held for as long as a person may take. */
  function write(name: string, text: string, signal?: AbortSignal) {
    const told: (string | undefined)[] = []
    const result = one.client.callTool({ name: 'files_write_file', arguments: { path: file(name), content: text } }, undefined, {
      onprogress: ({ message }) => told.push(message),
      resetTimeoutOnProgress: true,
      ...(signal ? { signal } : {}),
    })
    return { told, result }
  }

  it('is told that its call waits, and what was approved is written', async () => {
    const { told, result } = write('approved.txt', 'yes')
    const { id, ...asked } = await gateway.pending()
    expect(asked).toMatchObject({
      client: 'agent',
      server: 'files',
      tool: 'write_file',
      arguments: { path: file('approved.txt'), content: 'yes' },
    })
    expect(content('approved.txt')).toBeUndefined()
    await gateway.decide(id, 'approve')
    expect(firstText(await result)).toContain('Successfully wrote')
    expect(content('approved.txt')).toBe('yes')
    expect(told[0]).toContain('waiting for approval in Fast Gateway')
  })

  it('reads why a person denied, and nothing is written', async () => {
    const { result } = write('denied.txt', 'no')
    await gateway.decide((await gateway.pending()).id, 'deny', 'Not in this folder.')
    expect(await result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: 'A person denied this call; they say: Not in this folder.' }],
    })
    expect(content('denied.txt')).toBeUndefined()
  })

  it('that nobody answers in time gets a ticket: approved later, the same call runs once, and then asks again', async () => {
    const hasty = await openRealGateway({ mcp_auth: 'none', hil: { impatient_seconds: 0.2 } })
    const [before, after] = [await connectClient(hasty.endpoint), await connectClient(hasty.endpoint)]
    const callAgain = /call .*again with the same arguments/i
    expect(await before.text('demo_delete_note', { id: 1 })).toMatch(callAgain)
    await hasty.decide((await hasty.pending()).id, 'approve')
    expect(await after.text('demo_delete_note', { id: 1 })).toBe('Deleted note 1.')
    expect(await before.text('demo_delete_note', { id: 1 })).toMatch(callAgain)
    expect((await hasty.audit()).map(({ decision, outcome }) => [decision, outcome])).toEqual([
      ['unconfirmed', 'denied'],
      ['approved', 'ok'],
      ['unconfirmed', 'denied'],
    ])
  })

  it.each([
    ['cancels', (stop: AbortController) => Promise.resolve(stop.abort())],
    ['goes away', () => one.client.close()],
  ])('that %s while its call waits takes the question back, and nothing is written', async (what, leave) => {
    const stop = new AbortController()
    const { result } = write(`${what}.txt`, 'never', stop.signal)
    const gone = expect(result).rejects.toThrow()
    const { id } = await gateway.pending()
    await leave(stop)
    await gone
    await vi.waitFor(async () => expect((await history()).find((each) => each.id === id)?.status).toBe('withdrawn'), { timeout: 10_000 })
    expect((await gateway.decide(id, 'approve')).status).toBe(404)
    expect(content(`${what}.txt`)).toBeUndefined()
  })

  it('sees in a group what the group shows, with its own token and no other', async () => {
    const grouped = await gateway.token('reader', 'reading')
    for (const path of ['/g/reading', '/g/reading/']) {
      const reader = await connectClient(gateway.endpoint + path, { token: grouped })
      const names = await reader.names()
      expect(names).toContain('files_read_text_file')
      expect(names.filter((name) => !/^files_(read|list)_/.test(name) || name === 'files_read_file')).toEqual([])
      expect(await reader.text('files_write_file', { path: file('group.txt'), content: '' })).toContain('There is no tool')
    }
    await expect(connectClient(gateway.endpoint, { token: grouped })).rejects.toThrow(/403|group/)
    await expect(connectClient(`${gateway.endpoint}/g/other`, { token })).rejects.toThrow(/404|no group/)
  })

  it('hears of an edit of the policy and obeys it at once', async () => {
    await one.names()
    await gateway.admin('PUT', '/policy', { rules: [{ effect: 'deny', server: 'files', tool: 'directory_*' }] })
    await one.hears('notifications/tools/list_changed')
    expect(await one.names()).not.toContain('files_directory_tree')
    expect(await one.text('files_directory_tree', { path: folder })).toContain('There is no tool')
    await gateway.admin('PUT', '/policy', {})
    await expect.poll(one.names).toContain('files_directory_tree')
  })
})

describe('mcporter', () => {
  let run: (...args: readonly string[]) => Promise<Said>
  beforeAll(() => void (run = mcporter(gateway.place, gateway.endpoint, token)))

  it('lists the tools of every server and calls them', async () => {
    const listed = await run('list', 'gw', '--json')
    const { tools } = JSON.parse(listed.text) as { tools: { name: string }[] }
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['demo_echo', 'files_read_text_file', 'files_write_file']))
    expect(await run('call', 'gw.demo_echo', 'message=grüß dich')).toEqual({ code: 0, text: 'grüß dich\n' })
    const added = await run('call', 'gw.demo_add', '--output', 'json', 'a:2', 'b:40')
    expect(JSON.parse(added.text)).toEqual({ sum: 42 })
  })

  it('has a person asked: approved it writes, denied it shows the reason', async () => {
    const decided = async (name: string, what: 'approve' | 'deny') => {
      const writing = run('call', 'gw.files_write_file', `path=${file(name)}`, 'content=by mcporter')
      await gateway.decide((await gateway.pending()).id, what, 'Said the person.')
      return writing
    }
    expect((await decided('mcporter.txt', 'approve')).text).toContain('Successfully wrote')
    expect((await decided('mcporter-no.txt', 'deny')).text).toContain('they say: Said the person.')
    expect([content('mcporter.txt'), content('mcporter-no.txt')]).toEqual(['by mcporter', undefined])
  })
})

describe('fetch, with no library', () => {
  const post = (headers: Record<string, string>, message: unknown) =>
    fetch(gateway.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      body: JSON.stringify(message),
    })

  it('initializes, lists, calls and ends its session', async () => {
    const opened = await post(bearer(token), initializeMessage())
    const { result } = (await opened.json()) as { result: object }
    expect(result).toMatchObject({ protocolVersion: '2025-11-25', serverInfo: { name: expect.any(String) as string } })
    const headers = { ...bearer(token), 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': '2025-11-25' }
    expect((await post(headers, { jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(202)
    const listed = (await (await post(headers, { jsonrpc: '2.0', id: 'a', method: 'tools/list' })).json()) as {
      id: string
      result: { tools: object[] }
    }
    expect([listed.id, listed.result.tools.length > 7]).toEqual(['a', true])
    const called = await post(headers, {
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'demo_echo', arguments: { message: 'raw' } },
    })
    expect(await called.json()).toEqual({ jsonrpc: '2.0', id: 2, result: { content: [{ type: 'text', text: 'raw' }] } })
    expect((await fetch(gateway.endpoint, { method: 'DELETE', headers })).ok).toBe(true)
    expect((await post(headers, { jsonrpc: '2.0', id: 3, method: 'ping' })).status).toBe(404)
  })

  it('without a token, or with a wrong one, is told how to get one', async () => {
    for (const headers of [bearer(undefined), bearer('wrong')]) {
      const refused = await post(headers, initializeMessage())
      expect([refused.status, refused.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
      expect(JSON.stringify(await refused.json())).toContain('fast-gateway client add')
    }
  })
})
