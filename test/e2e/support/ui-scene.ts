import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { npmServer } from './ui-everything'
import type { Agent } from './agent'
import { connectAgent } from './ui-test'
import type { Ui } from './ui-window'

/** What a person has after some days: servers in every state, groups, agents, rules, calls, and one that waits. */
export interface Scene {
  readonly ids: Readonly<Record<'ready' | 'untrusted' | 'failed' | 'disabled', string>>
  readonly client: string
  close(): Promise<void>
}

/** Config files of agents, to be found. */
export async function prepareHome(home: string): Promise<void> {
  await mkdir(join(home, 'notes'))
  await mkdir(join(home, '.cursor'))
  const servers = {
    github: {
      type: 'http',
      url: 'https://api.githubcopilot.com/mcp/',
      headers: { Authorization: 'Bearer ghp_0123456789abcdefghijABCDEFGHIJ012345' },
    },
    files: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/home/me/notes'] },
  }
  await writeFile(join(home, '.claude.json'), JSON.stringify({ mcpServers: servers }, null, 2))
  await writeFile(
    join(home, '.cursor', 'mcp.json'),
    JSON.stringify({ mcpServers: { linear: { url: 'https://mcp.linear.app/mcp' } } }, null, 2),
  )
}

export async function prepareScene(ui: Ui, everythingUrl: string): Promise<Scene> {
  const add = async (name: string, draft: object) => (await ui.ask<{ id: string }>('POST', '/servers', { name, ...draft })).id
  const ready = await add('everything', { url: everythingUrl })
  const failed = await add('sentry', { url: 'http://127.0.0.1:9/mcp' })
  const disabled = await add('linear', { url: 'http://127.0.0.1:9/mcp', enabled: false })
  const untrusted = await add('filesystem', {
    command: process.execPath,
    args: [npmServer('filesystem'), join(ui.home, 'notes')],
    env: { NOTES_LEVEL: 'debug' },
  })
  await ui.ask('POST', '/groups', { name: 'work', member_server_ids: [ready] })
  await ui.ask('PUT', '/policy', {
    deny: ['everything_get-env'],
    rules: [
      { effect: 'ask', destructive: true, reason: 'changes something for good' },
      { effect: 'ask', server: 'everything', tool: 'get-*', client: 'Cursor' },
      { effect: 'allow', server: 'demo', tool: '{echo,add,time}' },
      { effect: 'ask', server: 'jira', tool: '*' },
    ],
    default: 'allow',
  })

  await ui.ask('PUT', '/secrets/GITHUB_TOKEN', { value: 'a-value-that-nobody-sees' })
  const agents = [await connectAgent(ui, 'Claude Code'), await connectAgent(ui, 'Cursor', 'work')] as const
  await expect.poll(() => agents[0].tools(), { timeout: 20_000 }).toContain('everything_echo')
  await makeCalls(ui, agents)
  const [client] = await ui.ask<{ id: string }[]>('GET', '/clients')
  const close = async () => {
    await Promise.all(agents.map((agent) => agent.close()))
  }
  return { ids: { ready, untrusted, failed, disabled }, client: client?.id ?? '', close }
}

/** Some that ran, failed, were denied and approved, one grant, and two that wait. */
async function makeCalls(ui: Ui, [claude, cursor]: readonly [Agent, Agent]): Promise<void> {
  for (let call = 0; call < 12; call++) await claude.call('everything_echo', { message: `call ${call} of a long day` })
  for (let call = 0; call < 5; call++) await cursor.call('everything_echo', { message: `sum ${call}` })
  await claude.call('demo_time', { zone: 'Nowhere/Atlantis' })
  await claude.call('demo_add_note', { text: 'Buy milk' })
  const decided = async (args: object, verdict: 'approve' | 'deny', body: object) => {
    const answer = claude.call('demo_delete_note', { ...args })
    const pending = () => ui.ask<{ id: string; client: string }[]>('GET', '/hil/pending')
    await expect.poll(async () => (await pending()).some(({ client }) => client === 'Claude Code')).toBe(true)
    const asked = (await pending()).find(({ client }) => client === 'Claude Code')
    await ui.ask('POST', `/hil/pending/${asked?.id}/${verdict}`, body)
    await answer
  }
  await decided({ id: 1 }, 'deny', { reason: 'That note is still needed' })
  await decided({ id: 1 }, 'approve', { grant: { scope: 'arguments' } })
  void claude.call('demo_delete_note', { id: 2 })
  void claude.call('demo_delete_note', { id: 3 })
  await expect.poll(async () => (await ui.ask<unknown[]>('GET', '/hil/pending')).length).toBeGreaterThanOrEqual(2)
}
