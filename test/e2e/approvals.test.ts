import { expect, test, type Page } from '@playwright/test'
import { connectAgent, type Agent } from './support/agent'
import { isShown, openDesktop, pageOf, type Desktop } from './support/desktop'
import { clickNotification, watchNotifications, type NotificationWatch } from './support/notifications'
import { iconState } from './support/tray-state'

test.describe.configure({ mode: 'serial' })

let desktop: Desktop
let agent: Agent
let notifications: NotificationWatch

test.beforeAll(async () => {
  notifications = await watchNotifications()
  desktop = await openDesktop()
  agent = await connectAgent(desktop, 'Claude Code')
})

test.afterAll(async () => {
  await agent.close()
  await desktop.close()
  notifications.close()
})

/** While a person has the window before them, what comes is shown there and nowhere else. */
const windowPutAway = () => expect.poll(() => isShown(desktop, 'approval')).toBe(false)

const note = async () => (await agent.call('demo_add_note', { text: 'to be deleted' })).text
const approvalPage = (): Promise<Page> => pageOf(desktop, 'approval')

test('tells at once, urgently and in plain words, of a call that asks', async () => {
  await note()
  const asked = Date.now()
  const answer = agent.call('demo_delete_note', { id: 1 })
  const told = await notifications.next()
  expect(told).toMatchObject({ title: 'A call waits for you', body: 'Claude Code wants to run delete_note on demo', urgency: 2 })
  expect(told.at - asked).toBeLessThan(1000)
  await clickNotification()
  const page = await approvalPage()
  await expect(page.getByText('delete_note').first()).toBeVisible()
  await expect.poll(() => isShown(desktop, 'approval')).toBe(true)
  await page.getByRole('button', { name: 'Approve once' }).click()
  expect(await answer).toMatchObject({ isError: false })
  await expect.poll(() => told.isClosed()).toBe(true)
})

test('puts the approval window away when nothing waits any more', () => windowPutAway())

test('opens the approval window small, on top, in the middle of the display', async () => {
  const answer = agent.call('demo_delete_note', { id: 2 })
  await notifications.next()
  await clickNotification()
  await expect.poll(() => isShown(desktop, 'approval')).toBe(true)
  const window = await desktop.app.evaluate(({ BrowserWindow, screen }) => {
    const found = BrowserWindow.getAllWindows().find((each) => each.webContents.getURL().includes('/approval.html'))
    const { workArea } = screen.getPrimaryDisplay()
    const { x = 0, y = 0, width = 0, height = 0 } = found?.getBounds() ?? {}
    const offCentre = [x + width / 2 - workArea.x - workArea.width / 2, y + height / 2 - workArea.y - workArea.height / 2]
    return { width, height, onTop: found?.isAlwaysOnTop(), offCentre: Math.max(...offCentre.map(Math.abs)) }
  })
  expect(window).toMatchObject({ onTop: true })
  expect(window.width).toBeLessThan(500)
  expect(window.offCentre).toBeLessThan(4)
  const page = await approvalPage()
  await page.getByRole('button', { name: 'Deny', exact: true }).click()
  expect(await answer).toMatchObject({ isError: true })
})

test('gives the reason of a no to the model', async () => {
  await windowPutAway()
  const answer = agent.call('demo_delete_note', { id: 3 })
  await notifications.next()
  await clickNotification()
  const page = await approvalPage()
  await page.getByRole('textbox', { name: /reason/i }).fill('That note is still needed')
  await page.getByRole('button', { name: 'Deny', exact: true }).click()
  const { text, isError } = await answer
  expect(isError).toBe(true)
  expect(text).toContain('That note is still needed')
})

test('opens the first of those that wait from the tray, and shows by its icon that something waits', async () => {
  await windowPutAway()
  const answer = agent.call('demo_delete_note', { id: 4 })
  const told = await notifications.next()
  await expect.poll(() => iconState(desktop)).toBe('attention')
  await desktop.icon.click('delete_note  demo, Claude Code')
  const page = await approvalPage()
  await expect.poll(() => isShown(desktop, 'approval')).toBe(true)
  await page.getByRole('button', { name: 'Deny', exact: true }).click()
  expect((await answer).isError).toBe(true)
  await expect.poll(() => told.isClosed()).toBe(true)
  await expect.poll(() => iconState(desktop)).toBe('running')
})

test('shows a foreign name as the text that it is', async () => {
  await windowPutAway()
  const spoof = await connectAgent(desktop, '<b>Bank</b> & sons')
  const answer = spoof.call('demo_delete_note', { id: 5 })
  const told = await notifications.next()
  expect(told.body).toBe('&lt;b&gt;Bank&lt;/b&gt; &amp; sons wants to run delete_note on demo')
  await spoof.close()
  await answer
  await expect.poll(() => told.isClosed()).toBe(true)
})

test('puts many at once together, and takes all away when they are denied', async () => {
  const before = notifications.seen.length
  const many = await Promise.all(['one', 'two', 'three', 'four', 'five', 'six'].map((name) => connectAgent(desktop, name)))
  const answers = many.map((each, index) => each.call('demo_delete_note', { id: 100 + index }))
  await expect.poll(() => notifications.seen.slice(before).at(-1)?.body).toBe('6 calls wait')
  expect(notifications.seen.slice(before).filter(({ title }) => title === 'A call waits for you').length).toBeLessThanOrEqual(3)
  await Promise.all(many.map((each) => each.close()))
  await Promise.all(answers)
  await expect.poll(() => notifications.seen.slice(before).every((each) => each.isClosed())).toBe(true)
})
