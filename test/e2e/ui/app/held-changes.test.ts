import { adminToken } from '../../support/app'
import { barriers } from '../../support/ui-axe'
import { expect, test, useUi } from '../../support/ui-test'

const own = useUi()

/** As a program with the admin token asks, past the window. */
const overHttp = (path: string, body: unknown) =>
  fetch(new URL(`/admin${path}`, own.ui.endpoint), {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const change = () => own.ui.page.getByRole('article')

test('shows on every page that a program asked for a change, and what it would do', async () => {
  const { page } = own.ui
  await own.ui.goTo('/tools')
  const refused = overHttp('/servers', { name: 'sneaky', command: 'a-program', args: ['--with', 'a secret \u202Eplan'] })
  await expect(page.getByText('1 change waits for you')).toBeVisible()
  await page.getByRole('main').getByRole('link', { name: 'Review' }).click()
  await expect(change()).toContainText('a-program')
  await expect(change()).toContainText('⟨U+202E⟩')
  expect(await barriers(page)).toEqual([])
  await change().getByRole('button', { name: 'Refuse' }).click()
  expect((await refused).status).toBeGreaterThanOrEqual(400)
  await expect(page.getByText('Nothing waits for you')).toBeVisible()
  expect(JSON.stringify(await own.ui.ask('GET', '/servers'))).not.toContain('sneaky')
})

test('makes it once it was confirmed in the window, and not by Enter', async () => {
  const answer = overHttp('/clients', { name: 'A new agent' })
  const confirm = change().getByRole('button', { name: 'Let it happen' })
  await expect(confirm).toHaveAttribute('aria-disabled', 'false')
  await confirm.focus()
  await own.ui.page.keyboard.press('Enter')
  await expect(change()).toBeVisible()
  await confirm.click()
  expect((await answer).status).toBe(201)
  expect(JSON.stringify(await own.ui.ask('GET', '/clients'))).toContain('A new agent')
})
