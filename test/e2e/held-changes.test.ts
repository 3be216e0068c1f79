import { expect, test, type Page } from '@playwright/test'
import { adminToken } from './support/app'
import { openDesktop, pageOf, type Desktop } from './support/desktop'

test.describe.configure({ mode: 'serial' })

let desktop: Desktop
let page: Page

test.beforeAll(async () => {
  desktop = await openDesktop()
  page = await pageOf(desktop, 'index')
})

test.afterAll(async () => {
  await desktop.close()
})

/** As a program does that found the admin token. */
async function ask(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly code: string | undefined }> {
  const answer = await fetch(new URL(`/admin${path}`, desktop.endpoint), {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { code } = (await answer.json()) as { code?: string }
  return { status: answer.status, code }
}

test('shows the person all of a change that a program asked for, and makes it once they let it happen', async () => {
  const asked = ask('POST', '/servers', { name: 'local', command: '/usr/bin/evil', args: ['--all', 'of it'] })
  await page.getByRole('link', { name: 'Approvals' }).click()
  const change = page.getByRole('article', { name: /^Add the server "local"/ })
  await expect(change.getByText('/usr/bin/evil')).toBeVisible()
  await expect(change.getByText('"of it"')).toBeVisible()
  expect(await ask('GET', '/servers/local')).toEqual({ status: 404, code: 'server.not_found' })
  await change.getByRole('button', { name: 'Let it happen' }).click()
  expect(await asked).toEqual({ status: 201, code: undefined })
  await expect(change).toHaveCount(0)
})

test('refuses it when they say no', async () => {
  const asked = ask('PUT', '/policy', { deny: [], confirm: [] })
  const change = page.getByRole('article', { name: /^Change the policy/ })
  await change.getByRole('button', { name: 'Refuse' }).click()
  expect(await asked).toEqual({ status: 403, code: 'change.rejected' })
})

test('lets a change pass that only tightens', async () => {
  expect((await ask('PATCH', '/servers/local', { enabled: false })).status).toBe(200)
})
