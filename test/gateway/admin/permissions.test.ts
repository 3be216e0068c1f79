import { Hono } from 'hono'
import { expect, it } from 'vitest'
import type { Problem } from '../../../src/shared/records'
import { createAdmin } from '../../../src/main/gateway/admin'
import { whoMay } from '../../../src/main/gateway/admin/permissions'
import type { AdminEnv, Principal } from '../../../src/main/gateway/plugin'
import { adminParts } from '../../support/admin-doubles'

const done = (path: string) => new Response(path)
const hil = new Hono<AdminEnv>()
  .get('/', () => done('/'))
  .get('/pending', () => done('pending'))
  .get('/pending/:id', () => done('one'))
  .post('/pending/:id/approve', () => done('approve'))
  .post('/pending/:id/deny', () => done('deny'))
  .get('/history', () => done('history'))
  .get('/grants', () => done('grants'))
  .get('/settings', () => done('settings'))
  .delete('/grants/:id', () => done('revoke'))
const audit = new Hono<AdminEnv>().get('/', () => done('audit'))

const { parts } = adminParts({
  plugins: [
    { name: 'hil', routes: hil },
    { name: 'audit', routes: audit },
  ],
})
const admin = createAdmin(parts)
const routes = [...new Set(admin.routes.filter((route) => route.method !== 'ALL').map((route) => `${route.method} ${route.path}`))]

/** Everything that is not said here is for the admin token and the desktop. */
const exceptions: Record<string, readonly Principal[]> = {
  'GET /servers/:id': ['admin', 'approver', 'desktop'],
  'POST /servers/:id/trust': ['approver', 'desktop'],
  'POST /servers/test-draft': ['admin', 'approver', 'desktop'],
  'POST /pause': ['admin', 'approver', 'desktop'],
  'POST /resume': ['admin', 'approver', 'desktop'],
  'GET /changes': ['desktop'],
  'POST /changes/:id/confirm': ['desktop'],
  'POST /changes/:id/reject': ['desktop'],
  'GET /hil/pending': ['admin', 'approver', 'desktop'],
  'GET /hil/pending/:id': ['admin', 'approver', 'desktop'],
  'GET /hil/history': ['admin', 'approver', 'desktop'],
  'GET /hil/grants': ['admin', 'approver', 'desktop'],
  'POST /hil/pending/:id/approve': ['approver', 'desktop'],
  'POST /hil/pending/:id/deny': ['approver', 'desktop'],
  'DELETE /hil/grants/:id': ['approver', 'desktop'],
}

const knock = async (route: string, principal: Principal | undefined) => {
  const [method = '', path = ''] = route.split(' ')
  const response = await admin.request(path.replaceAll(/:\w+/g, 'x'), { method }, principal === undefined ? undefined : { principal })
  await response.body?.cancel()
  return response.status
}

it('knows routes of every noun', () => {
  expect(routes.length).toBeGreaterThan(25)
  expect(Object.keys(exceptions).filter((route) => !routes.includes(route))).toEqual([])
})

it.each(routes)('%s opens to whom it should and to nobody else', async (route) => {
  const may = exceptions[route] ?? ['admin', 'desktop']
  for (const principal of ['admin', 'approver', 'desktop'] as const) {
    const status = await knock(route, principal)
    if (may.includes(principal)) expect([401, 403]).not.toContain(status)
    else expect(status).toBe(403)
  }
  expect(await knock(route, undefined)).toBe(401)
})

it('tells the admin token who decides, and the approver credential what it is for', async () => {
  const ask = async (principal: Principal, method: string, path: string) =>
    ((await (await admin.request(path, { method }, { principal })).json()) as Problem).code
  expect(await ask('admin', 'POST', '/hil/pending/x/approve')).toBe('auth.approver_required')
  expect(await ask('approver', 'GET', '/servers')).toBe('auth.forbidden')
  expect(await ask('approver', 'GET', '/nowhere')).toBe('auth.forbidden')
})

it.each([
  ['POST', '/%68il/pending/x/approve'],
  ['POST', '/hil/pending/x%2Fy/approve'],
  ['POST', '/servers/x/%74rust'],
  ['POST', '/./hil/pending/x/approve'],
  ['POST', '/servers/../hil/pending/x/approve'],
  ['PATCH', '/hil/pending/x'],
])('no other spelling lets the admin token decide: %s %s', async (method, path) => {
  expect((await admin.request(path, { method }, { principal: 'admin' })).status).toBe(403)
})

it.each(['//hil/pending/x/approve', '/hil//pending/x/approve', '/hil/pending/x/approve/', '/HIL/pending/x/approve'])(
  'what is not quite a decision is none: %s',
  async (path) => {
    expect([403, 404]).toContain((await admin.request(path, { method: 'POST' }, { principal: 'admin' })).status)
  },
)

it('a HEAD is a GET, and an unknown method is the owners’ at most', () => {
  expect(whoMay('HEAD', '/hil/pending')).toEqual(whoMay('GET', '/hil/pending'))
  expect(whoMay('BREW', '/servers/x')).toEqual(['admin', 'desktop'])
  expect(whoMay('GET', '/servers/')).toEqual(['admin', 'desktop'])
})
