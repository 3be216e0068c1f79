import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectClient, firstText, type RealClient } from '../support/gateway-client'
import { openRig, type Rig } from '../support/gateway-rig'
import { stdioDraft } from '../support/integration-upstreams'

/*
 * What the product is for, on real servers: an agent with the SDK's client uses `server-filesystem` and `server-memory`, under policy,
 * with a person's approval and an audit trail.
 */

describe('server-filesystem and server-memory behind one endpoint', () => {
  const open: (() => Promise<unknown>)[] = []
  const ending = (close: () => Promise<unknown>) => void open.push(close)
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-files-'))
  const file = (name: string) => join(folder, name)
  let rig: Rig
  let agent: RealClient
  let token: string

  beforeAll(async () => {
    writeFileSync(file('there.txt'), 'it was there')
    rig = await openRig({ ending, config: { hil: hil() } })
    await rig.add(stdioDraft('fs', 'filesystem', [folder], { deny: ['move_file'] }))
    await rig.add(stdioDraft('memory', 'memory', [], { env: { MEMORY_FILE_PATH: file('memory.jsonl') } }))
    token = rig.gateway.clients.create({ name: 'agent' }).token
    agent = await connectClient(rig.listening.endpoint, { token, ending })
  })
  afterAll(async () => {
    for (const close of open.reverse()) await close()
    rmSync(folder, { recursive: true, force: true })
  })
  const hil = () => ({
    ...{ enabled: true, auto_open_browser: false, timeout_seconds: 300, ticket_seconds: 900, approval_base_url: null },
    impatient_seconds: 1,
  })
  const write = (name: string, content: string) =>
    agent.client.callTool({ name: 'fs_write_file', arguments: { path: file(name), content } })

  it('lists both, namespaced, without what is denied', async () => {
    const counts = Object.fromEntries(rig.gateway.servers.list().map(({ name, tool_count }) => [name, tool_count]))
    expect(counts).toEqual({ fs: 14, memory: 9 })
    const names = await agent.names()
    expect(names).toHaveLength(14 + 9 - 1)
    expect(names).toEqual(expect.arrayContaining(['fs_read_text_file', 'memory_search_nodes']))
    expect(names).not.toContain('fs_move_file')
  })

  it('runs what is harmless, unasked', async () => {
    expect(await agent.text('fs_read_text_file', { path: file('there.txt') })).toBe('it was there')
    const entities = [{ name: 'Ada Lovelace', entityType: 'person', observations: ['writes programs'] }]
    await agent.client.callTool({ name: 'memory_create_entities', arguments: { entities } })
    expect(await agent.text('memory_search_nodes', { query: 'Lovelace' })).toContain('writes programs')
  })

  it('does not run what is denied, in any writing', async () => {
    const moved = { source: file('there.txt'), destination: file('moved.txt') }
    for (const name of ['fs_move_file', 'fs_MOVE_FILE', 'move_file', 'fs_fs_move_file'])
      expect(await agent.text(name, moved)).toContain('There is no tool')
    expect(existsSync(file('moved.txt'))).toBe(false)
  })

  it('writes a file once a person has approved it, and not before', async () => {
    const writing = write('new.txt', 'approved')
    const approval = await rig.pending()
    expect(approval).toMatchObject({
      client: 'agent',
      tool_name: 'fs_write_file',
      arguments: { path: file('new.txt'), content: 'approved' },
    })
    expect(existsSync(file('new.txt'))).toBe(false)
    await rig.approve(approval.id)
    expect(firstText(await writing)).toContain('Successfully wrote')
    expect(readFileSync(file('new.txt'), 'utf8')).toBe('approved')
  })

  it('writes nothing that a person denied, and tells the model why', async () => {
    const writing = write('denied.txt', 'x')
    await rig.deny((await rig.pending()).id, 'Use the other folder.')
    expect(firstText(await writing)).toContain('Use the other folder.')
    expect(existsSync(file('denied.txt'))).toBe(false)
  })

  it('writes nothing while nobody decides; approved later, the identical call finds it once', async () => {
    expect(firstText(await write('later.txt', 'x'))).toMatch(/again with the same arguments/)
    await rig.approve((await rig.pending()).id)
    expect(existsSync(file('later.txt'))).toBe(false)
    expect(firstText(await write('later.txt', 'x'))).toContain('Successfully wrote')
    rmSync(file('later.txt'))
    expect(firstText(await write('later.txt', 'x'))).toMatch(/again with the same arguments/)
    expect(existsSync(file('later.txt'))).toBe(false)
    await rig.deny((await rig.pending()).id)
  })

  it('writes nothing for a caller that cancelled, or whose process is gone', async () => {
    const stop = new AbortController()
    const writing = agent.client.callTool({ name: 'fs_write_file', arguments: { path: file('cancelled.txt'), content: 'x' } }, undefined, {
      signal: stop.signal,
    })
    const { id } = await rig.pending()
    stop.abort()
    await expect(writing).rejects.toThrow()
    await rig.until(() => rig.events.some((each) => each.event === 'approval.closed' && each.data.approval.id === id))
    expect((await rig.approve(id)).status).toBe(404)
    const other = await connectClient(rig.listening.endpoint, { token })
    const lost = other.client.callTool({ name: 'fs_write_file', arguments: { path: file('lost.txt'), content: 'x' } }).catch(() => 'lost')
    const asked = await rig.pending()
    await other.client.close()
    await lost
    await rig.until(() => rig.events.some((each) => each.event === 'approval.closed' && each.data.approval.id === asked.id))
    expect([existsSync(file('cancelled.txt')), existsSync(file('lost.txt'))]).toEqual([false, false])
  })

  it('has written all of it down: who, what, decided by what, and how it ended', async () => {
    const rows = await rig.audit('?tool=write_file')
    expect(rows.map(({ decision, outcome }) => `${decision} ${outcome}`)).toEqual([
      'unconfirmed cancelled',
      'unconfirmed cancelled',
      'unconfirmed denied',
      'approved ok',
      'unconfirmed denied',
      'unconfirmed denied',
      'approved ok',
    ])
    expect(rows.every(({ client, server }) => client === 'agent' && server === 'fs')).toBe(true)
    // No word that a folder with a name by chance could have in it.
    expect((await rig.audit('?q=Lovelace')).map(({ tool }) => tool).sort()).toEqual(['create_entities', 'search_nodes'])
    expect((await rig.audit('?outcome=denied&tool=move_file')).length).toBeGreaterThan(0)
  })
})
