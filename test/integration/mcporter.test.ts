import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRig, withTheTest, type Rig } from '../support/gateway-rig'
import { stdioDraft } from '../support/integration-upstreams'

/*
 * `mcporter`, a client that somebody else wrote, as a program of its own: as people have it in their shells and agents.
 */

const program = resolve('node_modules/.bin/mcporter')

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A shell of a user who has the gateway, and one group of it, in mcporter's config. */
function shell(rig: Rig, token: string): (...args: string[]) => Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-mcporter-'))
  withTheTest(async () => rmSync(folder, { recursive: true, force: true }))
  const headers = { Authorization: `Bearer ${token}` }
  const { endpoint } = rig.listening
  const mcpServers = {
    gateway: { baseUrl: endpoint, headers },
    few: { baseUrl: `${endpoint}/g/few/`, headers },
    stranger: { baseUrl: endpoint, headers: { Authorization: 'Bearer wrong' } },
  }
  const config = join(folder, 'mcporter.json')
  writeFileSync(config, JSON.stringify({ mcpServers, imports: [] }))
  return async (...args) => {
    const child = spawn(process.execPath, [program, '--config', config, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...said }
  }
}

async function openShell() {
  const rig = await openRig({ demo: true })
  const { id } = await rig.add(stdioDraft('all', 'everything', ['stdio']))
  rig.gateway.groups.create({ name: 'few', member_server_ids: [id], allow: ['echo'] })
  return { rig, run: shell(rig, rig.gateway.clients.create({ name: 'mcporter' }).token) }
}

describe('mcporter', () => {
  it('lists the tools of all servers, and of a group its part', async () => {
    const { run } = await openShell()
    const tools = async (server: string) => {
      const { stdout, stderr } = await run('list', server, '--json')
      return (JSON.parse(stdout || stderr) as { tools: { name: string }[] }).tools.map(({ name }) => name)
    }
    const all = await tools('gateway')
    expect(all).toHaveLength(13 + 7)
    expect(all).toEqual(expect.arrayContaining(['all_echo', 'demo_delete_note']))
    expect(await tools('few')).toEqual(['all_echo'])
  })

  it('calls, and is told what is wrong', async () => {
    const { run } = await openShell()
    expect((await run('call', 'gateway.all_echo', 'message=hello')).stdout).toContain('Echo: hello')
    expect((await run('call', 'few.all_echo', 'message=hello')).stdout).toContain('Echo: hello')
    const denied = await run('call', 'few.all_get-env')
    expect(denied.stdout + denied.stderr).toMatch(/no tool|not found|unknown/i)
    const stranger = await run('call', 'stranger.all_echo', 'message=hello', '--timeout', '5000')
    expect([stranger.code === 0, stranger.stdout.includes('Echo')]).toEqual([false, false])
  })

  it('waits for a person: approved it gets the result, denied the reason', async () => {
    const { rig, run } = await openShell()
    const approved = run('call', 'gateway.demo_delete_note', 'id=1')
    const asked = await rig.pending()
    expect(asked.client).toBe('mcporter')
    await rig.approve(asked.id)
    expect((await approved).stdout).toContain('Deleted note 1.')
    const denied = run('call', 'gateway.demo_delete_note', 'id=2')
    await rig.deny((await rig.pending()).id, 'Keep that one.')
    const { stdout, stderr } = await denied
    expect(stdout + stderr).toContain('Keep that one.')
    expect((await run('call', 'gateway.demo_list_notes')).stdout).toContain('"id": 2')
  })
})
