import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { barriers } from '../../support/ui-axe'
import { openInBrowser, type BrowserUi } from '../../support/ui-browser'
import { startHeadless, tokens } from '../../support/ui-headless'
import { expect, test } from '../../support/ui-test'

test.describe.configure({ mode: 'serial' })

let ui: BrowserUi
test.beforeAll(async () => {
  ui = await openInBrowser()
})
test.afterAll(() => ui.close())

/** A tab that knows no token yet. */
const freshTab = async (): Promise<Page> => {
  const browser = ui.page.context().browser()
  const page = await (await browser?.newContext())?.newPage()
  if (!page) throw new Error('The browser has ended.')
  await page.goto(ui.gateway.uiUrl)
  return page
}
const overview = (page: Page) => expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible()

test('takes the tokens out of the address at once', async () => {
  await overview(ui.page)
  expect(ui.page.url()).toBe(`${ui.gateway.uiUrl}#/`)
})

test('knows them after the page is loaded anew, and forgets them with the tab', async () => {
  await ui.page.reload()
  await overview(ui.page)
  const page = await freshTab()
  await expect(page.getByLabel('Admin token')).toBeVisible()
  await page.context().close()
})

test('says what is wrong with a wrong token and where the right one is', async () => {
  const page = await freshTab()
  await page.getByLabel('Admin token').fill('not-the-token')
  await page.getByRole('button', { name: 'Open' }).click()
  await expect(page.getByRole('alert')).toHaveText(/That is not the admin token; it is in the file admin-token/)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await barriers(page), colorScheme).toEqual([])
    await page.screenshot({ path: join(import.meta.dirname, `../../screenshots/browser/sign-in-${colorScheme}-1180.png`) })
  }
  await page.getByLabel('Admin token').fill(tokens.admin)
  await page.keyboard.press('Enter')
  await overview(page)
  await page.context().close()
})

test('shows calls that wait without the approver credential, and says what is missing to decide', async () => {
  const page = await freshTab()
  await page.getByLabel('Admin token').fill(tokens.admin)
  await page.keyboard.press('Enter')
  await overview(page)
  const called = ui.ask('POST', '/tools/demo_delete_note/call', { arguments: { id: 1 } })
  await page.getByRole('link', { name: 'Approvals' }).click()
  await expect(page.getByText('give the approver credential')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Approve once' })).toBeHidden()
  await ui.ask('POST', '/hil/deny', {})
  await called
  await page.context().close()
})

test('says on every page that the gateway is gone, and goes on by itself when it is back', async () => {
  const { page } = ui
  await ui.goTo('/servers')
  await expect(page.getByRole('option', { name: /demo/ })).toBeVisible()
  await ui.gateway.stop()
  await expect(page.getByText('The gateway does not answer')).toBeVisible({ timeout: 15_000 })
  await expect(page.getByRole('option', { name: /demo/ })).toBeVisible() // what is known stays
  await ui.goTo('/')
  await expect(page.getByRole('main').getByText('Not reached')).toBeVisible()
  await expect(page.getByText('No calls yet.')).toBeHidden() // nobody knows
  const again = await startHeadless({ data: ui.data, home: ui.home, port: Number(new URL(ui.endpoint).port) })
  await expect(page.getByText('The gateway does not answer')).toBeHidden({ timeout: 15_000 })
  await expect(page.getByRole('complementary').getByText('Running')).toBeVisible()
  await again.stop()
})
