import * as z from 'zod'

/*
 * Every record that travels (config file, REST, database, events). Keys are the reference's, snake_case, and the same from
 * the schema to the screen. XRecord = stored, XDraft = new, XPatch = changed, XView = stored plus what the gateway knows now.
 * Times are ISO 8601 in UTC; durations say their unit in the name; sizes are bytes.
 */

const time = z.iso.datetime()
/** No underscore: it separates the server from the tool in an exposed name. */
export const serverName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'letters, digits and "-" only, beginning with a letter or digit (no underscore)')
  .max(48)
/** A group's name, as it stands in `/mcp/g/{name}`. */
export const groupName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'letters, digits, "-" and "_" only, beginning with a letter or digit')
  .max(64)
const headers = z.record(z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'not a header name'), z.string())

/** How a server is reached: Streamable HTTP, legacy SSE, a child process, or a server that is part of the gateway. */
export const Transport = z.enum(['http', 'sse', 'stdio', 'builtin'])
export type Transport = z.infer<typeof Transport>

/** `shared`: one connection for all sessions (no sampling, elicitation, roots); `per_session`: one for each. */
export const Sharing = z.enum(['shared', 'per_session'])
export type Sharing = z.infer<typeof Sharing>

const serverFields = {
  name: serverName,
  transport: Transport,
  /** http and sse: the endpoint; builtin: `builtin:demo`; stdio: null. */
  url: z.string().nullable(),
  /** stdio only; spawned without a shell. */
  command: z.string().min(1).nullable(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  cwd: z.string().nullable(),
  static_headers: headers,
  /** Globs on the bare name of tool or prompt, or on a resource's URI; `tool:`, `prompt:`, `resource:` narrow one to a kind. */
  allow: z.array(z.string()),
  deny: z.array(z.string()),
  /** Seconds without any word from the upstream on a call before it is given up. */
  timeout_seconds: z.number().positive().max(86_400),
  enabled: z.boolean(),
  tags: z.array(z.string()),
  auth: z.enum(['none', 'oauth', 'oauth_client_credentials']),
  oauth_scopes: z.array(z.string()),
  oauth_token_url: z.string().nullable(),
  oauth_client_id: z.string().nullable(),
  /** A `${env:}`, `${file:}` or `${keychain:}` reference, never the secret. */
  oauth_client_secret: z.string().nullable(),
  sharing: Sharing,
}

/** What a person confirms before a stdio server is started: program, arguments, environment (references, not values) and folder. */
export const TrustedCommand = z.object({
  command: z.string(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  cwd: z.string().nullable(),
})
export type TrustedCommand = z.infer<typeof TrustedCommand>

/** One upstream MCP server as stored. `trusted_hash` is the hash of argv, env and cwd that a person confirmed (stdio). */
export const ServerRecord = z.object({
  id: z.string(),
  ...serverFields,
  trusted_hash: z.string().nullable(),
  /** What was confirmed last, also when it has changed since: for comparing. Absent: never. */
  trusted_command: TrustedCommand.nullish(),
  created_at: time,
  updated_at: time,
})
export type ServerRecord = z.infer<typeof ServerRecord>

const partialServer = z.strictObject(serverFields).partial()
/** A new server: a name and a url, or a name and a command; the rest has defaults. */
export const ServerDraft = partialServer.required({ name: true })
export type ServerDraft = z.infer<typeof ServerDraft>
/** What is to change of a server; keys that are left out stay as they are. */
export const ServerPatch = partialServer
export type ServerPatch = z.infer<typeof ServerPatch>

/**
 * disabled: switched off. needs_trust: a person has not confirmed its command. needs_login: it answered 401.
 * connecting: first attempt under way. ready: connected, catalogue fresh. degraded: was ready, is reconnecting or its
 * catalogue could not be refreshed; the last-known catalogue is served. failed: the last attempt failed; retried with back-off.
 */
export const UpstreamState = z.enum(['disabled', 'needs_trust', 'needs_login', 'connecting', 'ready', 'degraded', 'failed'])
export type UpstreamState = z.infer<typeof UpstreamState>

/** A server with what the gateway knows of it now. `trust_hash` is what has to be confirmed (null unless stdio). */
export const ServerView = ServerRecord.omit({ trusted_hash: true }).extend({
  state: UpstreamState,
  state_reason: z.string().nullable(),
  /** The reason for programs, an error code such as `upstream.timeout` or `secret.unresolved`; null where there is nothing to do. */
  state_code: z.string().nullish(),
  state_since: time,
  trusted: z.boolean(),
  trust_hash: z.string().nullable(),
  tool_count: z.number().int(),
  /** Tools that were left out of the catalogue, and why (invalid, duplicate, name too long). */
  catalog_problems: z.array(z.string()),
})
export type ServerView = z.infer<typeof ServerView>

const groupFields = { name: groupName, member_server_ids: z.array(z.string()), allow: z.array(z.string()), deny: z.array(z.string()) }
/** A named subset of servers, served at `/mcp/g/{name}`; its rules narrow each server's own. */
export const GroupRecord = z.object({ id: z.string(), ...groupFields })
export type GroupRecord = z.infer<typeof GroupRecord>
/** A new group: its name, and whatever is not to be empty. */
export const GroupDraft = z.strictObject(groupFields).partial().required({ name: true })
export type GroupDraft = z.infer<typeof GroupDraft>
/** What is to change of a group; keys that are left out stay as they are. */
export const GroupPatch = z.strictObject(groupFields).partial()
export type GroupPatch = z.infer<typeof GroupPatch>

/** An agent that may open `/mcp`, or only `/mcp/g/{group}`. Its token is stored hashed (SHA-256, hex) and shown once. */
export const ClientRecord = z.object({
  id: z.string(),
  name: z.string().min(1).max(100),
  /** Name of the one group that it may open; null = everything. */
  group: groupName.nullable(),
  token_hash: z.string(),
  created_at: time,
  last_seen_at: time.nullable(),
})
export type ClientRecord = z.infer<typeof ClientRecord>
/** A new client. `group` binds its token to that group. */
export const ClientDraft = z.strictObject({ name: z.string().trim().min(1).max(100), group: groupName.nullish() })
export type ClientDraft = z.infer<typeof ClientDraft>
/** What may change of a client: what its token opens (null: everything). */
export const ClientPatch = z.strictObject({ group: groupName.nullable() })
export type ClientPatch = z.infer<typeof ClientPatch>
/** A client as it is shown: without its token's hash. */
export const ClientView = ClientRecord.omit({ token_hash: true })
export type ClientView = z.infer<typeof ClientView>
/** Answer to creating or rotating: the only time the token is shown. */
export const ClientWithToken = ClientView.extend({ token: z.string() })
export type ClientWithToken = z.infer<typeof ClientWithToken>

/** What an upstream offers, as it said it: definitions are kept whole and untouched. */
export const UpstreamCatalog = z.object({
  server_id: z.string(),
  fetched_at: time,
  /** The upstream's initialize result: protocolVersion, capabilities, serverInfo, instructions. */
  initialize: z.record(z.string(), z.unknown()),
  tools: z.array(z.record(z.string(), z.unknown())),
  prompts: z.array(z.record(z.string(), z.unknown())),
  resources: z.array(z.record(z.string(), z.unknown())),
  resource_templates: z.array(z.record(z.string(), z.unknown())),
  problems: z.array(z.string()),
  /** Tools that a `per_session` server shows only to clients that declare sampling, elicitation or roots; not in `tools`. */
  capable_tools: z.array(z.record(z.string(), z.unknown())).optional(),
})
export type UpstreamCatalog = z.infer<typeof UpstreamCatalog>

/** One tool as the gateway exposes it. `name` is what clients see; `bare_name` is the upstream's own. */
export const CatalogTool = z.object({
  server_id: z.string(),
  /** The server's name. */
  namespace: z.string(),
  name: z.string(),
  bare_name: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  tags: z.array(z.string()),
  parameters: z.record(z.string(), z.unknown()),
  output_schema: z.record(z.string(), z.unknown()).nullable(),
  annotations: z.record(z.string(), z.unknown()).nullable(),
  /** SHA-256 (hex) of the definition: an approval or grant is void when it changes. */
  definition_hash: z.string(),
})
export type CatalogTool = z.infer<typeof CatalogTool>

/** What a rule does: refuse, have a person asked, or let through. */
export const Effect = z.enum(['deny', 'ask', 'allow'])
export type Effect = z.infer<typeof Effect>

/** One policy rule; every condition that is named must hold. `server` and `tool` are globs; `client` and `group` are names. */
export const PolicyRule = z.strictObject({
  effect: Effect,
  server: z.string().optional(),
  /** Matched against the bare name and against `server_tool`. */
  tool: z.string().optional(),
  client: z.string().optional(),
  group: z.string().optional(),
  /** true: only tools that say so (`destructiveHint`) or whose name has a destructive word; false: only the others. */
  destructive: z.boolean().optional(),
  /** Desktop: the notification itself may approve. */
  notify_approve: z.boolean().optional(),
  reason: z.string().max(500).optional(),
})
export type PolicyRule = z.infer<typeof PolicyRule>

/**
 * The strongest wins: deny, then ask, then allow, then `default`. `deny` and `confirm` are globs on `server_tool`; with `prompt:` or
 * `resource:` before them also on the bare name or URI. Nobody can be asked about a prompt or resource: an ask that names one denies it.
 */
export const PolicyDocument = z.strictObject({
  deny: z.array(z.string()).default([]),
  /** Absent: tools with a destructive word in their name or `destructiveHint: true` ask. Given: exactly these globs ask. */
  confirm: z.array(z.string()).optional(),
  audit: z.boolean().default(true),
  rules: z.array(PolicyRule).default([]),
  default: Effect.default('allow'),
})
export type PolicyDocument = z.infer<typeof PolicyDocument>

/** What policy says of one call, and which rule said it: `rules[2]`, `deny[0]`, `confirm[1]`, `confirm:destructive`, `default`. */
export const PolicyDecision = z.object({ effect: Effect, rule: z.string(), reason: z.string() })
export type PolicyDecision = z.infer<typeof PolicyDecision>

/** pending -> approved | denied | expired (nobody decided) | withdrawn (the caller went away). `used_at`: an approved call ran. */
export const ApprovalStatus = z.enum(['pending', 'approved', 'denied', 'expired', 'withdrawn'])
/** One question to a person: may this client make this call? */
export const Approval = z.object({
  id: z.string(),
  client: z.string(),
  group: z.string().nullable(),
  session_id: z.string().nullable(),
  server: z.string(),
  /** The upstream's own name of the tool. */
  tool: z.string(),
  /** The name that the client called (the reference's key). */
  tool_name: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  /** SHA-256 (hex) over client, group, server, tool, canonical arguments, definition, policy and rules. */
  call_hash: z.string(),
  /** Why it asks: the policy's reason. */
  reason: z.string(),
  /** The rule that asked (`rules[2]`, `confirm:destructive`…); absent in rows of earlier versions. */
  rule: z.string().nullish(),
  created_at: time,
  expires_at: time,
  status: ApprovalStatus,
  decided_at: time.nullable(),
  /** `approver`, `desktop`, `notification`, `grant:ID`, `timeout`, `caller`, `restart`, `pause`. */
  decided_by: z.string().nullable(),
  /** The person's own words, given to the model. */
  decision_reason: z.string().nullable(),
  used_at: time.nullable(),
  /** True when the person changed the arguments before approving; `arguments` are then what ran. */
  edited: z.boolean().optional(),
})
export type Approval = z.infer<typeof Approval>

/**
 * How far a yes reaches. `once`: one call with `call_hash` (a decision that came after its caller had gone). `session`: this tool, until
 * the session ends. `tool`: this tool with any arguments. `arguments`: this tool with exactly these arguments.
 */
export const GrantScope = z.enum(['once', 'session', 'tool', 'arguments'])
export type GrantScope = z.infer<typeof GrantScope>
/** A standing permission of one client (and group) for one tool; void when the tool's definition changes. */
export const Grant = z.object({
  id: z.string(),
  scope: GrantScope,
  approval_id: z.string(),
  client: z.string(),
  group: z.string().nullable(),
  session_id: z.string().nullable(),
  server: z.string(),
  tool: z.string(),
  definition_hash: z.string(),
  call_hash: z.string().nullable(),
  created_at: time,
  expires_at: time,
  used_at: time.nullable(),
  /** Redacted; for showing what an `arguments` grant covers. */
  arguments: z.record(z.string(), z.unknown()).nullish(),
  /** Calls that ran by it. */
  uses: z.number().int().optional(),
  /** Who gave it: `desktop`, `approver`. */
  granted_by: z.string().nullish(),
  /** The rules that asked when it was given: it answers the policy's asking, and of other plugins only those that asked then. */
  rule: z.string().nullish(),
  /** SHA-256 (hex) of the client, the group and the server behind the names, and of where the server is: void when one changes. */
  bound_to: z.string().nullish(),
  /** SHA-256 (hex) of the canonical arguments that an `arguments` grant covers. */
  arguments_hash: z.string().nullish(),
})
export type Grant = z.infer<typeof Grant>

/** `running`: the intent row; `interrupted`: the gateway ended before the outcome was known. */
export const AuditOutcome = z.enum(['running', 'ok', 'tool_error', 'error', 'denied', 'cancelled', 'interrupted'])
export type AuditOutcome = z.infer<typeof AuditOutcome>

/** One tool call: who, what, why it was let through or refused, and what came of it. */
export const AuditEntry = z.object({
  id: z.number().int(),
  at: time,
  client: z.string(),
  session_id: z.string().nullable(),
  group: z.string().nullable(),
  server: z.string(),
  tool: z.string(),
  /** `mcp`, `meta`, `rest` or `library`. */
  door: z.string(),
  /** Redacted; JSON text is cut at 8 KiB. */
  arguments: z.string(),
  arguments_hash: z.string(),
  decision: z.enum(['allow', 'deny', 'approved', 'unconfirmed']),
  /** What decided: `default`, `rules[2]`, `approval:ID`, `approval:ID:edited` (a person changed the arguments), `grant:ID`, a refusal… */
  decided_by: z.string(),
  outcome: AuditOutcome,
  duration_ms: z.number().nullable(),
  request_bytes: z.number().int(),
  result_bytes: z.number().int().nullable(),
  error: z.string().nullable(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** Which entries to find; conditions add up. */
export const AuditQuery = z.object({
  /** Full text over client, server, tool, arguments and error. */
  q: z.string().optional(),
  client: z.string().optional(),
  server: z.string().optional(),
  tool: z.string().optional(),
  outcome: AuditOutcome.optional(),
  since: time.optional(),
  /** Exclusive. */
  until: time.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  /** `next_cursor` of the page before. */
  cursor: z.string().optional(),
})
export type AuditQuery = z.infer<typeof AuditQuery>
/** Entries, the newest first, and where the next page begins (null: there is none). */
export const AuditPage = z.object({ entries: z.array(AuditEntry), next_cursor: z.string().nullable() })
export type AuditPage = z.infer<typeof AuditPage>

/** A session of a client, kept so that its id survives a restart of the gateway. */
export const SessionRecord = z.object({
  id: z.string(),
  client_id: z.string(),
  group: z.string().nullable(),
  protocol_version: z.string(),
  capabilities: z.record(z.string(), z.unknown()),
  client_info: z.record(z.string(), z.unknown()),
  created_at: time,
  last_seen_at: time,
})
export type SessionRecord = z.infer<typeof SessionRecord>

/** `application/problem+json` (RFC 9457) with our `code`. `message` repeats `detail`; `errors` names the fields. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  message: z.string(),
  details: z.unknown().optional(),
  request_id: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

/** The gateway at a glance. Sizes in bytes, uptime in seconds; `endpoint` is null while it does not listen. */
export const GatewayStatus = z.object({
  name: z.string(),
  version: z.string(),
  started_at: time,
  uptime_seconds: z.number(),
  endpoint: z.string().nullable(),
  safe_mode: z.boolean(),
  config_file: z.string().nullable(),
  /** Why the newest edit of the config was not taken; null when it was. */
  config_error: z.string().nullable(),
  vault: z.string(),
  sessions: z.number().int(),
  calls_in_flight: z.number().int(),
  approvals_pending: z.number().int(),
  /** Since when every new call is refused (ISO 8601); null: calls run. */
  paused_since: time.nullable(),
  servers: z.array(
    z.object({ id: z.string(), name: z.string(), state: UpstreamState, state_reason: z.string().nullable(), tool_count: z.number().int() }),
  ),
  memory_bytes: z.number().int(),
})
export type GatewayStatus = z.infer<typeof GatewayStatus>
