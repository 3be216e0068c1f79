import { z } from 'zod'
import { GatewayError } from '../../shared/errors'
import { explain, mostFlaws, type Flaw } from '../../shared/explain'
import { policyFlaws } from '../../shared/policy'
import { PolicyDocument } from '../../shared/records'
import { credentialHeaders } from './secrets'

/** `gateway.json`: the reference's keys and defaults, and ours. Unknown keys are refused. */
export const GatewayConfig = z.strictObject({
  name: z.string().default('MCP Gateway'),
  /** Registry file, relative to the config file's folder. The audit lies beside it as `NAME.audit.db`. */
  db: z.string().default('gateway.db'),
  host: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(7411),
  mcp_path: z
    .string()
    .regex(/^\/[A-Za-z0-9/_-]*[A-Za-z0-9_-]$/)
    .default('/mcp'),
  admin_prefix: z
    .string()
    .regex(/^\/[A-Za-z0-9/_-]*[A-Za-z0-9_-]$/)
    .default('/admin'),
  /** The token itself, or a `${env:}`, `${file:}` or `${keychain:}` reference to it. */
  admin_token: z.string().min(1).nullable().default(null),
  /** `none` opens `/mcp` to every program on this machine. */
  mcp_auth: z.enum(['token', 'none']).default('token'),
  /** JSON, top level or under "policy"; replaces the inline policy. Relative to the config file's folder. */
  policy_file: z.string().nullable().default(null),
  policy: PolicyDocument.prefault({}),
  oauth_token_dir: z.string().nullable().default(null),
  /** Port on 127.0.0.1 that logins come back to, for servers that know one address only; null = the gateway's own. */
  oauth_callback_port: z.number().int().min(1).max(65_535).nullable().default(null),
  /** Where a client-id metadata document for this gateway is published: an https URL, which is then its client id. */
  oauth_client_metadata_url: z
    .url({ protocol: /^https$/ })
    .max(2048)
    .nullable()
    .default(null),
  startup_catalog: z.enum(['refresh', 'background', 'skip']).default('background'),
  list_mode: z.enum(['all', 'meta']).default('all'),
  /** Largest message of a client that is read, in MiB. */
  max_body_mb: z.number().positive().max(64).default(4),
  /** Header of the incoming request -> name for `${var:NAME}`. Names no credential header. */
  header_vars: z.record(z.string(), z.string()).default({}),
  hil: z
    .strictObject({
      enabled: z.boolean().default(true),
      auto_open_browser: z.boolean().default(true),
      /** How long a call is held while a person decides. */
      timeout_seconds: z.number().positive().max(86_400).default(300),
      /** How long an approval whose caller was told "pending" can still be decided and used. */
      ticket_seconds: z.number().positive().max(86_400).default(900),
      /** How long a call is held for a client that stops waiting at 60 s and gave no progress token. */
      impatient_seconds: z.number().positive().max(86_400).default(50),
      /** Default: built from the real port and prefix. */
      approval_base_url: z.string().nullable().default(null),
    })
    .prefault({}),
  /** `full` syncs the audit to the disk with every group of rows; `normal` survives a killed process, not a power cut. */
  audit_durability: z.enum(['normal', 'full']).default('normal'),
  audit: z
    .strictObject({
      retention_days: z.number().positive().nullable().default(90),
      max_mb: z.number().positive().nullable().default(1024),
    })
    .prefault({}),
})
export type GatewayConfig = z.infer<typeof GatewayConfig>

/** The configuration in force and where it came from. */
export interface ConfigSource {
  readonly file: string | null
  /** True when the file could not be read at start: everything is denied until it can. */
  readonly safeMode: boolean
  /** Why the newest edit was not taken; null when it was. */
  readonly error: string | null
  current(): GatewayConfig
  policy(): PolicyDocument
  savePolicy(policy: PolicyDocument): Promise<void>
  /** Merges top-level keys into the file, atomically, keeping what is there. */
  save(changes: Partial<GatewayConfig>): Promise<void>
  onChange(listener: () => void): () => void
  close(): void
}

/**
 * Values of `gateway.json` as they are in force, defaults filled in.
 * @throws GatewayError `config.invalid` that names path, type and the nearest valid key, never a value; `details` lists them, at most 20
 */
export function parseConfig(json: unknown): GatewayConfig {
  const parsed = GatewayConfig.safeParse(json)
  const flaws = parsed.success ? meaningFlaws(parsed.data) : explain(GatewayConfig, parsed.error, json)
  if (!parsed.success || flaws.length > 0) throw invalidConfig(flaws)
  return parsed.data
}

const invalidConfig = (flaws: readonly Flaw[]) =>
  new GatewayError('config.invalid', flaws.map((flaw) => flaw.message).join(' '), { details: flaws })

/** What the schema cannot say. */
function meaningFlaws(config: GatewayConfig): Flaw[] {
  const policy = policyFlaws(config.policy).map(({ path, message }) => ({ path: `policy.${path}`, message: `policy.${message}` }))
  const headers = Object.keys(config.header_vars).filter((header) => credentialHeaders.has(header.toLowerCase()))
  const credentials = headers.map((header) => ({
    path: `header_vars.${header}`,
    message: `header_vars.${header} names a credential of the caller, which never reaches an upstream; send it in a header of another name.`,
  }))
  return [...policy, ...credentials].slice(0, mostFlaws)
}
