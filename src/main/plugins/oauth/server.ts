import type { ServerRecord } from '../../../shared/records'

/** A server, as far as logging in to it is concerned. */
export type OAuthServer = Pick<
  ServerRecord,
  'id' | 'name' | 'url' | 'auth' | 'oauth_scopes' | 'oauth_token_url' | 'oauth_client_id' | 'oauth_client_secret'
>
