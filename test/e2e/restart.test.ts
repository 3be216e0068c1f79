import { expect, test } from '@playwright/test'
import { emptyFolder } from './support/app'
import { connectAgent, connectWith } from './support/agent'
import { askApp, mainPage, openDesktop, quitFromTray } from './support/desktop'
import { startServer } from './support/server'

test('has everything again after it was quit and started: servers, groups, agents, preferences, endpoint, history', async () => {
  const data = await emptyFolder()
  const server = await startServer(['hello'])
  const before = await openDesktop({ data: data.path })
  const page = await mainPage(before)
  const { id } = await askApp<{ id: string }>(page, 'POST', '/servers', { name: 'greeter', url: server.url })
  await askApp(page, 'POST', '/groups', { name: 'work', member_server_ids: [id] })
  await askApp(page, 'PATCH', '/desktop/preferences', { appearance: 'dark', notifications: false })
  const agent = await connectAgent(before, 'A faithful agent')
  await expect.poll(() => agent.tools()).toContain('greeter_hello')
  await agent.call('greeter_hello')
  await agent.close()
  expect(await quitFromTray(before), before.log()).toBe(0)
  await before.close()

  const after = await openDesktop({ data: data.path })
  expect(after.endpoint).toBe(before.endpoint)
  const again = await mainPage(after)
  const names = async (path: string) => (await askApp<{ name: string }[]>(again, 'GET', path)).map(({ name }) => name)
  expect(await names('/servers')).toContain('greeter')
  expect(await names('/groups')).toEqual(['work'])
  expect(await askApp(again, 'GET', '/desktop/preferences')).toMatchObject({ appearance: 'dark', notifications: false })
  const faithful = await connectWith(after.endpoint, 'A faithful agent', agent.token)
  await expect.poll(() => faithful.tools()).toContain('greeter_hello')
  expect((await faithful.call('greeter_hello')).text).toBe('hello is done')
  expect(await after.icon.labels()).toContain('hello  greeter')
  await faithful.close()
  await after.close()
  await server.close()
  await data.remove()
})
