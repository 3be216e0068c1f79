import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { connectClient, type RealClient } from '../support/gateway-client'
import { openRig, withTheTest, type Rig } from '../support/gateway-rig'
import { openEverything, stdioDraft } from '../support/integration-upstreams'

/*
 * What real servers ask of a client: on a connection that belongs to one session they meet what this client declared, and on a shared one nothing.
 */

const patience = { timeout: 10_000 }

/** A client that lets servers work in these folders. */
function connectWithRoots(rig: Rig, ...folders: readonly string[]): Promise<RealClient> {
  const roots = folders.map((folder) => ({ uri: pathToFileURL(folder).href }))
  return connectClient(rig.listening.endpoint, {
    capabilities: { roots: { listChanged: true } },
    prepare: (client) => client.setRequestHandler(ListRootsRequestSchema, () => ({ roots })),
  })
}

function openFolders(...names: readonly string[]): string[] {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'fast-gateway-roots-')))
  withTheTest(async () => rmSync(base, { recursive: true, force: true }))
  return names.map((name) => {
    mkdirSync(join(base, name))
    writeFileSync(join(base, name, 'whose.txt'), name)
    return join(base, name)
  })
}

describe('server-filesystem', () => {
  it('with a process for each session works in the folders of that session alone', async () => {
    const [own = '', ada = '', bob = ''] = openFolders('own', 'ada', 'bob')
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    await rig.add(stdioDraft('files', 'filesystem', [own], { sharing: 'per_session' }))
    const clients = await Promise.all([connectWithRoots(rig, ada), connectWithRoots(rig, bob)])
    const read = (client: RealClient | undefined, folder: string) =>
      client?.text('files_read_text_file', { path: join(folder, 'whose.txt') })
    await expect.poll(() => read(clients[0], ada), patience).toBe('ada')
    await expect.poll(() => read(clients[1], bob), patience).toBe('bob')
    expect(await read(clients[0], bob)).toContain('Access denied')
    expect(await read(clients[1], ada)).toContain('Access denied')
    expect(await clients[1]?.text('files_list_allowed_directories')).toContain(bob)
  })

  it('that sessions share is asked by none of them where to work', async () => {
    const [own = '', ada = ''] = openFolders('own', 'ada')
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    await rig.add(stdioDraft('files', 'filesystem', [own]))
    const client = await connectWithRoots(rig, ada)
    expect(await client.text('files_list_allowed_directories')).toContain(own)
    expect(await client.text('files_read_text_file', { path: join(ada, 'whose.txt') })).toContain('Access denied')
  })
})

describe('server-everything, which offers tools to some clients only', () => {
  const conditional = ['all_get-roots-list', 'all_trigger-sampling-request', 'all_trigger-elicitation-request']

  async function openAll() {
    const everything = await openEverything()
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    await rig.add({ name: 'all', url: everything.url })
    return rig
  }

  function connectAble(rig: Rig, asked: string[] = []): Promise<RealClient> {
    return connectClient(rig.listening.endpoint, {
      capabilities: { roots: {}, sampling: {}, elicitation: {} },
      prepare: (each) => {
        each.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file:///home/ada/${asked.push('roots')}` }] }))
        each.setRequestHandler(CreateMessageRequestSchema, () => {
          asked.push('sampling')
          return { model: 'm', role: 'assistant', content: { type: 'text', text: 'said by the client' } }
        })
        each.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }))
      },
    })
  }

  it('asks a client for what it declared', async () => {
    const asked: string[] = []
    const client = await connectAble(await openAll(), asked)
    await client.text('all_echo', { message: 'opens the connection' })
    const { params } = await client.hears('notifications/message', ({ data }) => String(data).startsWith('Roots updated'))
    expect([params.data, asked]).toEqual(['Roots updated: 1 root(s) received from client', ['roots']])
  })

  it('offers them to a client that can be asked, and to no other', async () => {
    const rig = await openAll()
    const able = await connectAble(rig)
    const mute = await connectClient(rig.listening.endpoint)
    await expect.poll(() => able.names(), patience).toHaveLength(17)
    expect(await able.names()).toEqual(expect.arrayContaining(conditional))
    expect(await mute.names()).toHaveLength(13)
    for (const name of conditional) expect(await mute.text(name)).toBe(`There is no tool "${name}" here; list the tools again.`)
    expect(await able.text('all_trigger-sampling-request', { prompt: 'hello', maxTokens: 10 })).toContain('said by the client')
    expect(await able.text('all_get-roots-list')).toContain('file:///home/ada/')
  })
})
