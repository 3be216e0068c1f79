import { expect, test } from '@playwright/test'
import { connectAgent, type Agent } from './support/agent'
import { openDesktop, type Desktop } from './support/desktop'
import { iconState } from './support/tray-state'

test.describe.configure({ mode: 'serial' })

let desktop: Desktop
let agent: Agent

test.beforeAll(async () => {
  desktop = await openDesktop()
  agent = await connectAgent(desktop, 'An agent that is stopped')
})

test.afterAll(async () => {
  await agent.close()
  await desktop.close()
})

test('refuses every call with its reason while all calls are paused in the tray, and denies what waits for a person', async () => {
  const waiting = agent.call('demo_delete_note', { id: 1 })
  await expect.poll(() => desktop.icon.labels()).toContain('Waiting for you (1)')
  await desktop.icon.click('Pause all calls')
  expect((await waiting).text).toContain('paused')
  const refused = await agent.call('demo_echo', { message: 'anybody there?' })
  expect(refused.isError).toBe(true)
  expect(refused.text).toContain('A person has paused all calls')
  await expect.poll(() => desktop.icon.labels()).toContain('Resume')
  const [first] = await desktop.icon.labels()
  expect(first).toBe(`Paused on ${new URL(desktop.endpoint).host}: every call is refused`)
})

test('shows it by the icon', async () => {
  await expect.poll(() => iconState(desktop)).toBe('paused')
})

test('lets calls run again once they are resumed', async () => {
  await desktop.icon.click('Resume')
  await expect.poll(async () => (await agent.call('demo_echo', { message: 'welcome back' })).text).toContain('welcome back')
})
