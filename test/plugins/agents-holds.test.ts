import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ImportSource } from '../../src/shared/agents'
import type { HeldChange } from '../../src/shared/changes'
import { bundledPlugins } from '../../src/main/plugins'
import { openRig } from '../support/gateway-rig'
import { storeFolder } from '../support/store-folder'

const raw = 'sk-raw-secret-of-somebody-0123456789'
const others = { mcpServers: { other: { command: 'npx', args: ['other'], env: { API_KEY: raw } } } }

/** The app beside an agent that has a config, in a home of their own. */
async function open() {
  const home = storeFolder()
  const file = join(home, '.cursor', 'mcp.json')
  mkdirSync(join(home, '.cursor'))
  writeFileSync(file, JSON.stringify(others, null, 2))
  const live: { endpoint: string | null } = { endpoint: null }
  const agents = { folder: storeFolder(), home, platform: 'linux', env: {}, endpoint: () => live.endpoint } as const
  const rig = await openRig({ holdChanges: true, plugins: bundledPlugins({ agents }), config: { startup_catalog: 'skip' } })
  live.endpoint = rig.listening.endpoint
  const held = async (): Promise<HeldChange> => {
    const waiting = () => {
      const closed = rig.events.flatMap((each) => (each.event === 'change.closed' ? [each.data.id] : []))
      return rig.events.flatMap((each) => (each.event === 'change.held' && !closed.includes(each.data.change.id) ? [each.data.change] : []))
    }
    await rig.until(() => waiting().length > 0)
    return waiting()[0]!
  }
  const decide = async (id: string, what: 'confirm' | 'reject') =>
    (await rig.gateway.admin(new Request(`http://gateway/changes/${id}/${what}`, { method: 'POST' }), 'desktop')).status
  const entry = { name: 'fast-gateway', url: live.endpoint, token: 'token-of-the-agent-123' }
  return { ...rig, home, file, held, decide, entry, now: () => readFileSync(file, 'utf8') }
}

describe("a write into an agent's config that came over HTTP", () => {
  it('shows the file and the lines that change, with no secret, and is done when confirmed', async () => {
    const { admin, held, decide, entry, file, now } = await open()
    const asked = admin('POST', '/agents/cursor/write', { ...entry, remove: ['other'] })
    const change = await held()
    expect(change.title).toBe('Write the gateway into the config of Cursor')
    expect(change.details.map(({ label }) => label)).toEqual([file])
    expect(change.details[0]?.before).toContain('"command": "npx"')
    expect(change.details[0]?.after).toContain(entry.url)
    expect(JSON.stringify(change)).not.toMatch(/sk-raw-secret|token-of-the-agent/)
    expect(JSON.parse(now())).toEqual(others)
    expect(await decide(change.id, 'confirm')).toBe(200)
    expect(await asked).toMatchObject({ status: 200, body: { connected: true } })
    expect(now()).toContain(entry.token)
  })

  it('is not done when somebody else has written there meanwhile', async () => {
    const { admin, held, decide, entry, file, now } = await open()
    const asked = admin('POST', '/agents/cursor/write', entry)
    const { id } = await held()
    const theirs = JSON.stringify({ mcpServers: { another: { command: 'x' } } })
    writeFileSync(file, theirs)
    expect(await decide(id, 'confirm')).toBe(409)
    expect(await asked).toMatchObject({ status: 409, body: { code: 'change.stale' } })
    expect(now()).toBe(theirs)
  })

  it('is undone only when that is confirmed too', async () => {
    const { admin, held, decide, entry, now } = await open()
    const writing = admin('POST', '/agents/cursor/write', entry)
    await decide((await held()).id, 'confirm')
    await writing
    const undoing = admin('POST', '/agents/cursor/undo')
    const change = await held()
    expect(change).toMatchObject({ kind: 'agent.write', title: 'Undo what was written into the config of Cursor' })
    expect(now()).toContain(entry.token)
    await decide(change.id, 'confirm')
    expect(await undoing).toMatchObject({ status: 200 })
    expect(JSON.parse(now())).toEqual(others)
  })
})

describe('an import that came over HTTP', () => {
  it('shows every server whole, where its secrets go, and none of them', async () => {
    const { admin, held, decide, gateway } = await open()
    const text = JSON.stringify({
      mcpServers: { evil: { command: '/bin/sh', args: ['-c', 'id'], env: { MODE: 'x' } }, web: { url: 'https://web.test/mcp' } },
    })
    const picks = [
      { key: 'evil', name: 'good' },
      { key: 'web', name: 'web' },
    ]
    const asked = admin('POST', '/agents/import', { source: { text }, picks })
    const change = await held()
    expect(change.details.map(({ label }) => label)).toEqual(['good', 'web'])
    expect(JSON.parse(change.details[0]?.after ?? '')).toMatchObject({ command: '/bin/sh', args: ['-c', 'id'], env: { MODE: 'x' } })
    expect(gateway.servers.list().map(({ name }) => name)).not.toContain('good')
    await decide(change.id, 'confirm')
    expect(await asked).toMatchObject({ status: 200 })
    expect(gateway.servers.list().map(({ name }) => name)).toContain('good')
  })

  it('of a file is of the version that was shown, also where the file is another the moment after', async () => {
    const { admin, held, decide, gateway, file } = await open()
    const put = (host: string) => writeFileSync(file, JSON.stringify({ mcpServers: { web: { url: `https://${host}.test/mcp` } } }))
    const picks = [{ key: 'web', name: 'web' }]
    const versionNow = async () =>
      ((await admin('GET', '/agents/import')).body as ImportSource[]).find(({ id }) => id === 'cursor')?.version
    put('evil')
    const evil = await versionNow()
    put('good')
    expect(await admin('POST', '/agents/import', { source: 'cursor', picks })).toMatchObject({
      status: 422,
      body: { code: 'input.invalid' },
    })
    const another = await admin('POST', '/agents/import', { source: 'cursor', picks, version: evil })
    expect(another).toMatchObject({ status: 409, body: { code: 'agent.changed' } })
    const asked = admin('POST', '/agents/import', { source: 'cursor', picks, version: await versionNow() })
    const change = await held()
    expect(change.details[0]?.after).toContain('good.test')
    await decide(change.id, 'confirm')
    expect((await asked).status).toBe(200)
    expect(gateway.servers.list().map(({ url }) => url)).toEqual(['https://good.test/mcp'])
  })

  it('adds the server that was shown, where a file calls two of them the same', async () => {
    const { admin, gateway, home, events } = await open()
    const mcpServers = { 'web (/p)': { type: 'http', url: 'https://good.test/mcp' } }
    const projects = { '/p': { mcpServers: { web: { type: 'http', url: 'https://evil.test/mcp' } } } }
    writeFileSync(join(home, '.claude.json'), JSON.stringify({ mcpServers, projects }))
    const answer = await admin('POST', '/agents/import', { source: 'claude-code', picks: [{ key: 'web (/p)', name: 'web' }] })
    expect(answer).toMatchObject({ status: 404, body: { code: 'agent.not_found' } })
    expect(events.some(({ event }) => event === 'change.held')).toBe(false)
    const sources = (await admin('GET', '/agents/import')).body as ImportSource[]
    expect(sources.find(({ id }) => id === 'claude-code')?.error).toContain('"web (/p)"')
    expect(gateway.servers.list()).toEqual([])
  })

  it.each([
    ['a source that there is not', { source: 'nobody', picks: [{ key: 'a', name: 'a' }] }],
    ['a server that there is not', { source: { text: '{"mcpServers":{}}' }, picks: [{ key: 'a', name: 'a' }] }],
    ['nothing', { source: { text: '{}' }, picks: [] }],
    ['what it cannot read', 7],
  ])('of %s is refused and not held', async (_what, body) => {
    const { admin, events } = await open()
    expect((await admin('POST', '/agents/import', body)).status).toBeGreaterThanOrEqual(400)
    expect(events.some(({ event }) => event === 'change.held')).toBe(false)
  })
})
