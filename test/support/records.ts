import type { ServerRecord } from '../../src/shared/records'

const at = '2026-11-01T00:00:00.000Z'

/** A server like any other, but for what a test says of it. */
export const aServerRecord = (fields: Partial<ServerRecord> & { readonly id: string }): ServerRecord => ({
  name: fields.id,
  transport: 'http',
  url: 'http://127.0.0.1:9/mcp',
  command: null,
  args: [],
  env: {},
  cwd: null,
  static_headers: {},
  allow: [],
  deny: [],
  timeout_seconds: 30,
  enabled: true,
  tags: [],
  auth: 'none',
  oauth_scopes: [],
  oauth_token_url: null,
  oauth_client_id: null,
  oauth_client_secret: null,
  sharing: 'shared',
  trusted_hash: null,
  created_at: at,
  updated_at: at,
  ...fields,
})
