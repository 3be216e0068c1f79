import type { Agent } from '../support/agent'
import { gapsBetween } from '../support/ui-rows'
import { connectAgent, expect, test, useUi } from '../support/ui-test'

const own = useUi()
let [claude, cursor]: (Agent | undefined)[] = []
const agents = () => {
  if (!claude || !cursor) throw new Error('The agents are not connected.')
  return { claude, cursor }
}
test.beforeAll(async () => {
  await own.ui.goTo('/activity')
  await expect(own.ui.page.getByText('No calls yet')).toBeVisible()
  claude = await connectAgent(own.ui, 'Claude Code')
  cursor = await connectAgent(own.ui, 'Cursor')
})
test.afterAll(() => Promise.all([claude?.close(), cursor?.close()]))

const calls = () => own.ui.page.getByRole('list', { name: 'Calls' })
const rows = () => calls().getByRole('listitem')
const filter = async (any: string, choice: string) => {
  await own.ui.page.getByRole('button', { name: any, exact: true }).click()
  await own.ui.page.getByRole('menuitemradio', { name: choice }).click()
}
const follow = () => own.ui.page.getByRole('switch', { name: 'Follow new calls' })

test('shows calls as they come', async () => {
  await agents().claude.call('demo_echo', { message: 'a needle in a haystack', token: 'sk-live-0123456789abcdefghij' })
  await agents().claude.call('demo_add', { a: 1, b: 2 })
  await agents().cursor.call('demo_list_notes')
  await agents().cursor.call('demo_time', { zone: 'Nowhere/Atlantis' })
  await expect(rows()).toHaveCount(4)
  await expect(rows().first()).toContainText('time')
  await expect(rows().first()).toContainText('Tool error')
})

test('opens a row to its arguments without secrets, how it was decided, and how long it took', async () => {
  const row = rows().filter({ hasText: 'echo' })
  await row.getByRole('button', { name: /echo/ }).click()
  await expect(row.getByRole('tree', { name: 'Arguments' })).toContainText('a needle in a haystack')
  await expect(row).not.toContainText('sk-live-0123456789')
  await expect(row.getByRole('heading', { name: /^Decision/ })).toBeVisible()
  await expect(row.getByText('Came through no group')).toBeVisible()
  await expect(row.getByRole('heading', { name: /^Timing/ })).toBeVisible()
})

test('lays its rows one below the other, whichever is open', async () => {
  const lie = () => gapsBetween(calls().locator('[data-index]'))
  await expect.poll(lie).toEqual([0, 0, 0])
  await rows().first().getByRole('button').first().click()
  await expect.poll(lie).toEqual([0, 0, 0])
  await rows().first().getByRole('button').first().click()
  await expect(calls().getByRole('button', { expanded: true })).toHaveCount(0)
  await expect.poll(lie).toEqual([0, 0, 0])
})

test('runs a recorded call again from its row', async () => {
  await rows().filter({ hasText: 'add' }).getByRole('button', { name: /add/ }).click()
  await calls().getByRole('button', { name: 'Run again…' }).click()
  const pane = own.ui.page.getByRole('region', { name: 'add', exact: true })
  await expect(pane.getByLabel(/^b /)).toHaveValue('2')
  await pane.getByRole('button', { name: 'Run' }).click()
  await expect(pane.getByLabel('Text')).toHaveText('3')
  await own.ui.goTo('/activity')
  await expect(rows()).toHaveCount(5)
})

test('is filtered by client, server, outcome and text', async () => {
  const { page } = own.ui
  await filter('Any client', 'Cursor')
  await expect(rows()).toHaveCount(2)
  await filter('Any outcome', 'Tool error')
  await expect(rows()).toHaveCount(1)
  await page.getByRole('button', { name: /^Any outcome/ }).click()
  await page.getByRole('button', { name: /^Any client/ }).click()
  await filter('Any server', 'demo')
  await page.getByRole('searchbox', { name: 'Search calls' }).fill('needle')
  await expect(rows()).toHaveCount(1)
  await page.getByRole('searchbox', { name: 'Search calls' }).fill('no call says this')
  await expect(page.getByText('No call matches')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(rows()).toHaveCount(5)
})

test('is filtered by one tool of a server', async () => {
  const { page } = own.ui
  await expect(page.getByRole('button', { name: 'Any tool', exact: true })).toBeHidden()
  await filter('Any server', 'demo')
  await filter('Any tool', 'echo')
  await expect(rows()).toHaveCount(1)
  await expect(rows()).toContainText('echo')
  await page.getByRole('button', { name: /^Any server/ }).click()
  await expect(rows()).toHaveCount(5)
})

test('counts new calls instead of pushing them in while it does not follow', async () => {
  await follow().click()
  await agents().claude.call('demo_echo', { message: 'one more' })
  const fresh = own.ui.page.getByRole('button', { name: '1 new' })
  await expect(fresh).toBeVisible()
  await expect(rows()).toHaveCount(5)
  await fresh.click()
  await expect(rows()).toHaveCount(6)
  await follow().click()
})

test('is walked through by arrow keys, and opened by Enter', async () => {
  const { page } = own.ui
  await calls().getByRole('button', { expanded: false }).first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(rows().nth(1).getByRole('button', { expanded: true })).toBeFocused()
  await page.keyboard.press('Home')
  await expect(rows().first().getByRole('button').first()).toBeFocused()
})

test('is exported as JSON Lines, as it is filtered', async () => {
  await filter('Any client', 'Claude Code')
  const text = await own.ui.savedBy(() => own.ui.page.getByRole('button', { name: 'Export' }).click())
  const lines = text.trim().split('\n')
  expect(lines.length).toBe(3)
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ client: 'Claude Code', server: 'demo' })
  expect(text).not.toContain('sk-live-0123456789')
})
