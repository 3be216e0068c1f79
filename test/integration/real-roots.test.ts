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
  it('asks a client for what it declared; tools that it offers to nobody else are not in the catalogue and refused in words', async () => {
    const everything = await openEverything()
    const rig = await openRig({ config: { mcp_auth: 'none' } })
    await rig.add({ name: 'all', url: everything.url })
    let asked = 0
    const client = await connectClient(rig.listening.endpoint, {
      capabilities: { roots: {}, sampling: {}, elicitation: {} },
      prepare: (each) => {
        each.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file:///home/ada/${++asked}` }] }))
        each.setRequestHandler(CreateMessageRequestSchema, () => ({ model: 'm', role: 'assistant', content: { type: 'text', text: 'x' } }))
        each.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }))
      },
    })
    await client.text('all_echo', { message: 'opens the connection' })
    const { params } = await client.hears('notifications/message', ({ data }) => String(data).startsWith('Roots updated'))
    expect([params.data, asked]).toEqual(['Roots updated: 1 root(s) received from client', 1])
    // The catalogue is made on a connection that declares nothing.
    for (const name of ['all_get-roots-list', 'all_trigger-sampling-request', 'all_trigger-elicitation-request']) {
      expect(await client.names()).not.toContain(name)
      expect(await client.text(name)).toBe(`There is no tool "${name}" here; list the tools again.`)
    }
  })
})
