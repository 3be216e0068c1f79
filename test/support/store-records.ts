import type { Approval, ClientRecord, Grant, GroupRecord, ServerRecord, SessionRecord, UpstreamCatalog } from '../../src/shared/records'
import { aServerRecord } from './records'
import type { AuditDraft } from '../../src/main/gateway/store/store'

const at = '2026-11-20T08:00:00.000Z'

export const aServer = (id: string, name = id): ServerRecord =>
  aServerRecord({
    ...{ id, name, created_at: at, updated_at: at, sharing: 'per_session' },
    ...{ static_headers: { authorization: 'Bearer ${env:TOKEN}' }, deny: ['delete_*'], tags: ['日本'] },
  })

export const aGroup = (id: string, name = id): GroupRecord => ({ id, name, member_server_ids: ['s1'], allow: [], deny: [] })

export const aClient = (id: string, name = id): ClientRecord => ({
  id,
  name,
  group: null,
  token_hash: 'ab'.repeat(32),
  created_at: at,
  last_seen_at: null,
})

export const anApproval = (id: string, status: Approval['status'] = 'pending'): Approval => ({
  id,
  client: 'claude',
  group: null,
  session_id: null,
  server: 'github',
  tool: 'delete_repo',
  tool_name: 'github_delete_repo',
  arguments: { repo: 'a' },
  call_hash: 'cd'.repeat(32),
  reason: 'it destroys',
  created_at: at,
  expires_at: at,
  status,
  decided_at: null,
  decided_by: null,
  decision_reason: null,
  used_at: null,
})

export const aGrant = (id: string): Grant => ({
  id,
  scope: 'tool',
  approval_id: 'a1',
  client: 'claude',
  group: null,
  session_id: null,
  server: 'github',
  tool: 'delete_repo',
  definition_hash: 'ef'.repeat(32),
  call_hash: null,
  created_at: at,
  expires_at: at,
  used_at: null,
})

export const aSession = (id: string, lastSeenAt = at): SessionRecord => ({
  id,
  client_id: 'c1',
  group: null,
  protocol_version: '2025-11-25',
  capabilities: { roots: { listChanged: true } },
  client_info: { name: 'claude-code', version: '2.1' },
  created_at: at,
  last_seen_at: lastSeenAt,
})

export const anIntent = (changes: Partial<AuditDraft> = {}): AuditDraft => ({
  at,
  client: 'claude',
  session_id: 'session-1',
  group: null,
  server: 'github',
  tool: 'create_issue',
  door: 'mcp',
  arguments: '{"title":"Broken door"}',
  arguments_hash: 'ab'.repeat(32),
  decision: 'allow',
  decided_by: 'default',
  outcome: 'running',
  duration_ms: null,
  request_bytes: 230,
  result_bytes: null,
  error: null,
  ...changes,
})

export const anEnd = { outcome: 'ok', duration_ms: 12.5, result_bytes: 512, error: null } as const

/** A tool as an upstream lists it: a name, or a name and more. */
export type ToolSketch = string | Readonly<Record<string, unknown>>

export const aCatalog = (serverId: string, ...tools: ToolSketch[]): UpstreamCatalog => ({
  server_id: serverId,
  fetched_at: at,
  initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} } },
  tools: tools.map((tool) => (typeof tool === 'string' ? { name: tool, inputSchema: { type: 'object' } } : { ...tool })),
  prompts: [],
  resources: [],
  resource_templates: [],
  problems: [],
})
