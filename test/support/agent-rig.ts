import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AgentId } from '../../src/shared/agents'
import type { ServerDraft, ServerView } from '../../src/shared/records'
import type { Vault } from '../../src/main/gateway/secrets'
import { agentsPlugin } from '../../src/main/plugins/agents'
import { fakeHost, started } from './plugin-host'

export const endpoint = 'http://127.0.0.1:7411/mcp'
export const agentToken = 'fgw_fixture-token-of-the-gateway-0123456789'

const fixtures: Readonly<Record<AgentId, string>> = {
  'claude-code': 'claude-code.json',
  'claude-desktop': 'claude-desktop.json',
  cursor: 'cursor.json',
  vscode: 'vscode.jsonc',
  codex: 'codex.toml',
}
export const agentIds = Object.keys(fixtures) as AgentId[]
/** The config of an agent as it could be found. */
export const fixture = (id: AgentId): string => readFileSync(join(import.meta.dirname, '../fixtures/agents', fixtures[id]), 'utf8')

export interface AgentRigOptions {
  readonly vault?: Vault | null
  readonly env?: Readonly<Record<string, string>>
  readonly taken?: readonly string[]
  /** Refuses servers of these names. */
  readonly refused?: readonly string[]
}

/** The plugin behind the admin API, with a home folder of its own (Linux). */
export async function agentRig({ vault = null, env = {}, taken = [], refused = [] }: AgentRigOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fast-gateway-agents-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const home = join(folder, 'home')
  const created: ServerDraft[] = []
  const servers = {
    list: () => [...taken, ...created.map(({ name }) => name)].map((name) => ({ name }) as ServerView),
    async create(draft: ServerDraft) {
      if (refused.includes(draft.name)) throw new Error('the disk is full')
      created.push(draft)
      return { id: `id-of-${draft.name}`, name: draft.name } as ServerView
    },
    remove: () => Promise.resolve(),
    refresh: (id: string) => Promise.resolve({ status: 'refreshed' as const, server_id: id, degraded: false }),
  }
  const host = { ...fakeHost(), vault, servers }
  const data = join(folder, 'data')
  const { ask } = await started(agentsPlugin({ folder: data, endpoint: () => endpoint, home, platform: 'linux', env }), host)
  const files: Readonly<Record<AgentId, string>> = {
    'claude-code': join(home, '.claude.json'),
    'claude-desktop': join(home, '.config/Claude/claude_desktop_config.json'),
    cursor: join(home, '.cursor/mcp.json'),
    vscode: join(home, '.config/Code/User/mcp.json'),
    codex: join(home, '.codex/config.toml'),
  }
  return {
    ...{ home, data, host, created, files, ask },
    backups: join(data, 'agent-backups'),
    put(id: AgentId, content: string | Uint8Array) {
      mkdirSync(dirname(files[id]), { recursive: true })
      writeFileSync(files[id], content)
      return files[id]
    },
    text: (id: AgentId) => readFileSync(files[id], 'utf8'),
    /** As the admin, with a JSON body. @returns the body of the answer, which must be good */
    async ok<T>(method: string, path: string, body?: unknown): Promise<T> {
      const answer = await ask('admin', method, path, ...asJson(body))
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
      return answer.body as T
    },
    async fails(method: string, path: string, body?: unknown) {
      const { status, body: problem } = await ask('admin', method, path, ...asJson(body))
      return { status, ...(problem as { code: string; message: string }) }
    },
  }
}
export type AgentRig = Awaited<ReturnType<typeof agentRig>>

const asJson = (body: unknown): [body?: string, headers?: Record<string, string>] =>
  body === undefined ? [] : [JSON.stringify(body), { 'content-type': 'application/json' }]

export const entry = { name: 'fast-gateway', url: endpoint, token: agentToken }
