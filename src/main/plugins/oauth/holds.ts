import type { HoldRule } from '../../gateway/plugin'

/** What is done at an authorization server, a person does there. */
export const oauthHolds: readonly HoldRule[] = [
  { method: 'POST', path: '/{server_id}/login', passes: 'A person logs in at the authorization server, or nothing comes of it.' },
  { method: 'DELETE', path: '/logins/{id}', passes: 'Ends a login that is not done.' },
  { method: 'POST', path: '/{server_id}/logout', passes: 'Takes an authorization away.' },
]
