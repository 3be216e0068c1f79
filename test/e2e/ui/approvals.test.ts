import { connectWith, type Agent } from '../support/agent'
import { gapsBetween } from '../support/ui-rows'
import { connectAgent, expect, test, useUi } from '../support/ui-test'

const own = useUi()
let agent: Agent

test.beforeAll(async () => {
  agent = await connectAgent(own.ui, 'Claude Code')
  await own.ui.goTo('/approvals')
})

test.afterAll(() => agent.close())

const note = async (): Promise<number> => {
  const { text } = await agent.call('demo_add_note', { text: 'to be deleted' })
  return Number(/\d+/.exec(text)?.[0])
}
const question = () => own.ui.page.getByRole('group', { name: 'Arguments of the call' })
const button = (name: string) => own.ui.page.getByRole('button', { name, exact: true })
const chooseWay = async (name: string) => {
  await button('More ways to approve').click()
  await own.ui.page.getByRole('menuitem', { name }).click()
}
const show = (view: string) => own.ui.page.getByRole('radio', { name: view }).click()

test('teaches what will appear while nothing waits', async () => {
  await expect(own.ui.page.getByText('Nothing waits for you')).toBeVisible()
})

test('shows a call that asks, and its answer arrives once it is approved', async () => {
  const id = await note()
  const answer = agent.call('demo_delete_note', { id })
  await expect(question()).toContainText(String(id))
  const { page } = own.ui
  await expect(page.getByRole('heading', { name: /delete_note/ })).toBeVisible()
  await expect(page.getByText('Asks because of')).toBeVisible()
  await expect(page.getByText(/^(15:0[01]|14:5\d) left$/)).toBeVisible()
  await expect(page.getByRole('link', { name: 'Approvals' })).toContainText('1')
  await button('Approve once').click()
  expect(await answer).toMatchObject({ isError: false })
  await expect(page.getByText('Nothing waits for you')).toBeVisible()
})

test('takes no yes in the first half second, and none by Enter', async () => {
  const answer = agent.call('demo_delete_note', { id: await note() })
  await expect(question()).toBeVisible()
  const approve = button('Approve once')
  expect(await approve.getAttribute('aria-disabled')).toBe('true')
  await expect(approve).toHaveAttribute('aria-disabled', 'false')
  await approve.focus()
  await own.ui.page.keyboard.press('Enter')
  await expect(question()).toBeVisible()
  await button('Deny').click()
  expect((await answer).isError).toBe(true)
})

test('is decided by keys alone: Deny has the focus, Tab leads to every way to approve', async () => {
  const { page } = own.ui
  const answer = agent.call('demo_delete_note', { id: await note() })
  await expect(button('Deny')).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(button('Approve once')).toBeFocused()
  await expect(button('Approve once')).toHaveAttribute('aria-disabled', 'false')
  await page.keyboard.press('Tab')
  await expect(button('More ways to approve')).toBeFocused()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Space')
  expect((await answer).isError).toBe(false)
})

test('gives the reason of a no to the model', async () => {
  const answer = agent.call('demo_delete_note', { id: await note() })
  await own.ui.page.getByRole('textbox', { name: 'Reason for the model' }).fill('That note is still needed')
  await own.ui.page.keyboard.press('Enter')
  const { text, isError } = await answer
  expect(isError).toBe(true)
  expect(text).toContain('That note is still needed')
})

test('runs with the arguments as they were edited, checked against the schema', async () => {
  const [asked, instead] = [await note(), await note()]
  const answer = agent.call('demo_delete_note', { id: asked })
  await expect(question()).toContainText(String(asked))
  await chooseWay('Edit arguments…')
  const text = own.ui.page.getByRole('textbox', { name: /^Arguments/ })
  await text.fill('{"id": "a word"}')
  await expect(own.ui.page.getByText(/^id: /)).toBeVisible()
  await expect(button('Approve with these')).toBeDisabled()
  await expect(button('Approve once')).toBeHidden()
  await text.fill(JSON.stringify({ id: instead }))
  await button('Approve with these').click()
  expect((await answer).isError).toBe(false)
  const left = (await agent.call('demo_list_notes')).text
  expect(left).toContain(`${asked}`)
  expect(left).not.toMatch(new RegExp(`\\b${instead}\\b`))
})

test('asks no second time after "always for this tool", and again once that is revoked', async () => {
  const first = agent.call('demo_delete_note', { id: await note() })
  await expect(question()).toBeVisible()
  await chooseWay('Always for this tool')
  expect((await first).isError).toBe(false)
  expect((await agent.call('demo_delete_note', { id: await note() })).isError).toBe(false)
  await show('Grants')
  const grant = own.ui.page.getByRole('list', { name: 'Grants' }).getByRole('listitem')
  await expect(grant).toContainText('Any arguments')
  await expect(grant).toContainText('1 call')
  await grant.getByRole('button', { name: 'Revoke' }).click()
  await expect(own.ui.page.getByText('No standing permissions')).toBeVisible()
  await show('Waiting')
  await expect(own.ui.page.getByText('asks again for delete_note')).toBeVisible()
  const again = agent.call('demo_delete_note', { id: await note() })
  await expect(question()).toBeVisible()
  await button('Deny').click({ timeout: 2000 }) // what the toast says lies over no decision
  expect((await again).isError).toBe(true)
})

test('asks again for other arguments than those that were allowed', async () => {
  const [first, second] = [await note(), await note()]
  const answer = agent.call('demo_delete_note', { id: first })
  await expect(question()).toContainText(String(first))
  await chooseWay('Always with these arguments')
  await answer
  const other = agent.call('demo_delete_note', { id: second })
  await expect(question()).toContainText(String(second))
  await button('Deny').click()
  expect((await other).isError).toBe(true)
})

test('lets a grant for a session reach no further than that session', async () => {
  const answer = agent.call('demo_delete_note', { id: await note() })
  await expect(question()).toBeVisible()
  await chooseWay('For this session')
  await answer
  expect((await agent.call('demo_delete_note', { id: await note() })).isError).toBe(false)
  const second = await connectWith(own.ui.endpoint, 'Claude Code', agent.token)
  const asked = second.call('demo_delete_note', { id: await note() })
  await expect(question()).toBeVisible()
  await button('Deny').click()
  expect((await asked).isError).toBe(true)
  await second.close()
  for (const { id } of await own.ui.ask<{ id: string }[]>('GET', '/hil/grants')) await own.ui.ask('DELETE', `/hil/grants/${id}`)
})

test('keeps every decision: who, what, how it ended, and with which arguments', async () => {
  const { page } = own.ui
  await show('History')
  const history = page.getByRole('list', { name: 'Past approvals' })
  await expect(history.getByText('That note is still needed')).toBeVisible()
  await expect(history.getByText('with edited arguments')).toBeVisible()
  expect([...new Set(await gapsBetween(history.getByRole('listitem')))]).toEqual([0])
  await page.keyboard.press('/')
  await expect(page.getByRole('searchbox', { name: 'Filter' })).toBeFocused()
  await page.keyboard.type('still needed')
  await expect(history.getByRole('listitem')).toHaveCount(1)
  await history.getByRole('button').click()
  await expect(history.getByRole('tree', { name: 'Arguments' })).toContainText('id')
  await page.getByRole('searchbox', { name: 'Filter' }).fill('nobody ever said this')
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect(history.getByRole('listitem').first()).toBeVisible()
})

test('lists several that wait, walks through them by arrow keys, and closes one that was decided elsewhere', async () => {
  const { page, ui } = { page: own.ui.page, ui: own.ui }
  await show('Waiting')
  const ids = [await note(), await note(), await note()]
  const answers = ids.map((id) => agent.call('demo_delete_note', { id }))
  const list = page.getByRole('listbox', { name: 'Calls that wait' })
  await expect(list.getByRole('option')).toHaveCount(3)
  await list.focus()
  await page.keyboard.press('End')
  await expect(list.getByRole('option').nth(2)).toHaveAttribute('aria-selected', 'true')
  const [pending] = await ui.ask<{ id: string }[]>('GET', '/hil/pending')
  await ui.ask('POST', `/hil/pending/${pending?.id}/deny`, {})
  await expect(list.getByRole('option')).toHaveCount(2)
  await ui.ask('POST', '/hil/deny', {})
  await expect(page.getByText('Nothing waits for you')).toBeVisible()
  for (const answer of answers) expect((await answer).isError).toBe(true)
})

test('stops every call while all calls are paused, says so on every page, and lets them run again', async () => {
  const { page } = own.ui
  await page.getByRole('complementary').getByRole('button', { name: 'Pause all calls' }).click()
  await expect(page.getByRole('main').getByText('All calls are paused')).toBeVisible()
  const refused = await agent.call('demo_echo', { message: 'anybody there?' })
  expect(refused.isError).toBe(true)
  expect(refused.text).toContain('paused')
  await own.ui.goTo('/settings')
  await page.getByRole('main').getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByRole('main').getByText('All calls are paused')).toBeHidden()
  await expect.poll(async () => (await agent.call('demo_echo', { message: 'welcome back' })).text).toContain('welcome back')
})

test('shows hidden characters of what an agent sends by their name', async () => {
  const { policy } = await own.ui.ask<{ policy: object }>('GET', '/policy')
  await own.ui.ask('PUT', '/policy', { ...policy, rules: [{ effect: 'ask', server: 'demo', tool: 'add_note' }] })
  await own.ui.goTo('/approvals')
  const answer = agent.call('demo_add_note', { text: 'harmless\u202Etxt.exe' })
  await expect(question()).toContainText('harmless⟨U+202E⟩txt.exe')
  await expect(question()).toContainText('1 hidden character')
  await expect(own.ui.page.getByText('Asks because of demo : add_note')).toBeVisible()
  await expect(own.ui.page.getByText('rules[0]')).toBeHidden() // people read what the rule says
  await button('Deny').click()
  expect((await answer).isError).toBe(true)
})
