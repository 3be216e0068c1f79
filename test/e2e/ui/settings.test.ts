import { expect, test, useUi } from '../support/ui-test'

const own = useUi()
const part = (name: string) => own.ui.page.getByRole('region', { name, exact: true })
const settings = async () => (await own.ui.ask<{ settings: Record<string, unknown> }>('GET', '/settings')).settings

test('changes a setting at once, and takes it back by Undo', async () => {
  const { page } = own.ui
  await own.ui.goTo('/settings')
  const time = part('Gateway').getByRole('textbox', { name: 'Time to decide' })
  await time.fill('120')
  await page.keyboard.press('Enter')
  await expect.poll(async () => (await settings()).hil_timeout_seconds).toBe(120)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await settings()).hil_timeout_seconds).toBe(300)
  await expect(time).toHaveValue('300')
})

test('says below a setting why it was refused, and takes nothing that is no number', async () => {
  const time = part('Gateway').getByRole('textbox', { name: 'Time to decide' })
  await time.fill('-5')
  await own.ui.page.keyboard.press('Enter')
  await expect(part('Gateway').getByRole('alert')).toContainText('That was not taken')
  await time.fill('soon')
  await own.ui.page.keyboard.press('Enter')
  await expect(time).toHaveValue('300')
})

test('says of a change that waits for the next start', async () => {
  const port = part('Gateway').getByRole('textbox', { name: 'Port' })
  const before = await port.inputValue()
  await port.fill('7999')
  await own.ui.page.keyboard.press('Enter')
  await expect(part('Gateway').getByText('In force after the next start')).toBeVisible()
  await port.fill(before)
  await own.ui.page.keyboard.press('Enter')
})

test('changes how many tools agents see', async () => {
  await part('Gateway').getByRole('combobox', { name: 'Tools that agents see' }).selectOption('Three meta-tools')
  await expect.poll(async () => (await settings()).list_mode).toBe('meta')
  await part('Gateway').getByRole('combobox', { name: 'Tools that agents see' }).selectOption('All of them')
  await expect.poll(async () => (await settings()).list_mode).toBe('all')
})

test('keeps a secret, replaces it and removes it, and never shows its value', async () => {
  const { page, ui } = { page: own.ui.page, ui: own.ui }
  const keep = async (dialog: string, value: string) => {
    await page.getByRole('dialog', { name: dialog }).getByLabel('Value').fill(value)
    await page.getByRole('button', { name: 'Keep it' }).click()
    await expect(page.getByRole('dialog')).toBeHidden()
  }
  await part('Secrets').getByRole('button', { name: 'Add a secret' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('a name with spaces')
  await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible()
  await page.getByRole('dialog').getByLabel('Name').fill('E2E_TOKEN')
  await keep('Add a secret', 'the-first-value')
  const row = part('Secrets').getByRole('listitem').filter({ hasText: 'E2E_TOKEN' })
  await expect(row).toContainText('No server uses it')
  await ui.ask('POST', '/servers', {
    name: 'user-of-it',
    url: 'http://127.0.0.1:9/mcp',
    static_headers: { Authorization: 'Bearer ${keychain:E2E_TOKEN}' },
  })
  await expect(row).toContainText('Used by user-of-it')
  await row.getByRole('button', { name: 'Replace…' }).click()
  await keep('Replace E2E_TOKEN', 'the-second-value')
  await expect(page.getByRole('main')).not.toContainText('the-second-value')
  expect(JSON.stringify(await ui.ask('GET', '/secrets'))).not.toMatch(/the-(first|second)-value/)
  await row.getByRole('button', { name: 'Remove E2E_TOKEN' }).click()
  const asked = page.getByRole('alertdialog', { name: 'Remove E2E_TOKEN' })
  await expect(asked).toContainText('user-of-it will fail')
  await asked.getByRole('button', { name: 'Remove' }).click()
  await expect(row).toBeHidden()
})

test('saves diagnostics without secrets and tokens', async () => {
  const saved = await own.ui.savedBy(() => part('Data').getByRole('button', { name: 'Save…' }).click())
  const bundle = JSON.parse(saved) as Record<string, unknown>
  expect(Object.keys(bundle).length).toBeGreaterThan(3)
  expect(saved).not.toMatch(/an-(admin|approver)-token-for-these-tests|the-(first|second)-value/)
})

test('says where the config and the data are', async () => {
  await expect(part('Data')).toContainText('gateway.json')
  await expect(part('Data')).toContainText(own.ui.data)
})

test('follows the appearance that was chosen, where there is an app', async () => {
  const { page, door } = { page: own.ui.page, door: own.ui.door }
  const app = page.getByRole('region', { name: 'App', exact: true })
  if (door === 'browser') return expect(app).toBeHidden()
  await app.getByRole('radio', { name: 'Dark' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await app.getByRole('radio', { name: 'System' }).click()
  await expect(page.locator('html')).not.toHaveAttribute('data-theme')
})
