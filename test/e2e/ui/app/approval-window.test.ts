import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { Agent } from '../../support/agent'
import { barriers } from '../../support/ui-axe'
import { connectAgent, expect, test, useUi } from '../../support/ui-test'

const own = useUi()
let agent: Agent
let page: Page

test.beforeAll(async () => {
  agent = await connectAgent(own.ui, 'Claude Code')
})
test.afterAll(() => agent.close())

const button = (name: string) => page.getByRole('button', { name, exact: true })

test('shows several calls that wait one after the other, without a barrier in light and in dark', async () => {
  for (const id of [1, 2, 3]) void agent.call('demo_delete_note', { id })
  await expect.poll(async () => (await own.ui.ask<unknown[]>('GET', '/hil/pending')).length).toBe(3)
  await own.ui.ask('POST', '/desktop/approval-window', {})
  page = await own.ui.questionPage()
  await expect(page.getByText('1 of 3')).toBeVisible()
  await expect(page.getByText('2 more')).toBeVisible()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect(await barriers(page), colorScheme).toEqual([])
    await page.screenshot({ path: join(import.meta.dirname, `../../screenshots/app/approval-window-${colorScheme}.png`) })
  }
})

test('goes on to the next and back', async () => {
  const shown = page.getByRole('tree', { name: 'Arguments' })
  const first = await shown.innerText()
  await button('Next').click()
  await expect(page.getByText('2 of 3')).toBeVisible()
  await expect(shown).not.toHaveText(first)
  await button('Previous').click()
  await expect(page.getByText('1 of 3')).toBeVisible()
})

test('denies all of one client at once', async () => {
  await button('Deny all from Claude Code').click()
  await expect.poll(async () => (await own.ui.ask<unknown[]>('GET', '/hil/pending')).length).toBe(0)
})
