import * as z from 'zod'

/** waiting: the person is at the authorization server. finishing: they came back. The others are ends. */
export const LoginState = z.enum(['waiting', 'finishing', 'done', 'failed', 'cancelled'])
export type LoginState = z.infer<typeof LoginState>

/** One login of a person to one server, from its beginning to its end; holds no secret. */
export const Login = z.object({
  id: z.string(),
  server_id: z.string(),
  server_name: z.string(),
  state: LoginState,
  /** Where the person logs in: https, or http on this machine for a local server. */
  authorization_url: z.string(),
  /** What went wrong, and what to do about it. */
  error: z.string().nullable(),
  started_at: z.iso.datetime(),
  /** When nobody waits for the person any more. */
  expires_at: z.iso.datetime(),
})
export type Login = z.infer<typeof Login>

/** logged_in: by a person. on_demand: tokens are fetched with the server's client secret whenever they are needed. */
export const AuthorizationState = z.enum(['logged_in', 'needs_login', 'on_demand'])

/** How one server that wants OAuth is authorized. */
export const Authorization = z.object({
  server_id: z.string(),
  server_name: z.string(),
  state: AuthorizationState,
  issuer: z.string().nullable(),
  scopes: z.array(z.string()),
  /** What it has refused for want of these; the next login asks for them too. */
  missing_scopes: z.array(z.string()),
  logged_in_at: z.iso.datetime().nullable(),
  /** Of the present token; null where it is not known. */
  expires_at: z.iso.datetime().nullable(),
  /** Whether the token is renewed without the person. */
  refreshable: z.boolean(),
})
export type Authorization = z.infer<typeof Authorization>
