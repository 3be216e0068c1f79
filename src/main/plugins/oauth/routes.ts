import { createRoute, z } from '@hono/zod-openapi'
import { Authorization, Login } from '../../../shared/logins'
import { json, newRoutes } from '../routes'
import type { OAuthDesk } from './desk'

const OfServer = z.object({ server_id: z.string() })
const OfLogin = z.object({ id: z.string() })

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'How each server that wants OAuth is authorized',
  responses: { 200: json(z.array(Authorization), 'One for each of them') },
})
const begin = createRoute({
  method: 'post',
  path: '/{server_id}/login',
  summary: 'Begin a login',
  description: 'Answers with the address to open in a browser; nothing is opened. A login that is on its way is answered again.',
  request: { params: OfServer },
  responses: { 200: json(Login, 'It waits for the person') },
})
const get = createRoute({
  method: 'get',
  path: '/logins/{id}',
  summary: 'How a login is going',
  request: { params: OfLogin },
  responses: { 200: json(Login, 'As it is now') },
})
const cancel = createRoute({
  method: 'delete',
  path: '/logins/{id}',
  summary: 'Cancel a login',
  request: { params: OfLogin },
  responses: { 200: json(Login, 'As it is now; one that has ended stays as it was') },
})
const logout = createRoute({
  method: 'post',
  path: '/{server_id}/logout',
  summary: 'Log out',
  description: 'Forgets the tokens, and tells the authorization server where it can be told.',
  request: { params: OfServer },
  responses: { 200: json(z.object({ was_logged_in: z.boolean(), revoked: z.boolean() }), '`revoked`: the other side took it') },
})

/** `/admin/oauth`: logins to servers. */
export const oauthRoutes = (desk: () => Promise<OAuthDesk>) =>
  newRoutes()
    .openapi(list, async (c) => c.json((await desk()).authorizations(), 200))
    .openapi(begin, async (c) => c.json(await (await desk()).logins.start(c.req.valid('param').server_id), 200))
    .openapi(get, async (c) => c.json((await desk()).logins.get(c.req.valid('param').id), 200))
    .openapi(cancel, async (c) => c.json((await desk()).logins.cancel(c.req.valid('param').id), 200))
    .openapi(logout, async (c) => c.json(await (await desk()).logout(c.req.valid('param').server_id), 200))
export type OAuthRoutes = ReturnType<typeof oauthRoutes>
