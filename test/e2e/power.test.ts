import { expect, test } from '@playwright/test'
import { connectAgent } from './support/agent'
import { askApp, mainPage, openDesktop, quitFromTray, type Desktop } from './support/desktop'
import { startServer, type HttpServer } from './support/server'

test.describe.configure({ mode: 'serial' })

let desktop: Desktop
let server: HttpServer

test.beforeAll(async () => {
  server = await startServer(['hello'])
  desktop = await openDesktop()
})

test.afterAll(async () => {
  await desktop.close()
  await server.close()
})

/** As the system tells of it. */
const machine = (what: 'suspend' | 'resume') => desktop.app.evaluate(({ powerMonitor }, event) => powerMonitor.emit(event), what)

test('asks its servers anew after a sleep', async () => {
  const page = await mainPage(desktop)
  await askApp(page, 'POST', '/servers', { name: 'greeter', url: server.url })
  const state = async () =>
    (await askApp<{ name: string; state: string }[]>(page, 'GET', '/servers')).find(({ name }) => name === 'greeter')?.state
  await expect.poll(state).toBe('ready')
  const before = server.lists()
  await machine('suspend')
  await machine('resume')
  await expect.poll(desktop.log, { timeout: 10_000 }).toContain('the machine woke up')
  await expect.poll(() => server.lists()).toBeGreaterThan(before)
  expect(await state()).toBe('ready')
})

test('gives a call that waits the time that the machine slept, and runs it when it is approved', async () => {
  const page = await mainPage(desktop)
  const agent = await connectAgent(desktop, 'A patient agent')
  const answer = agent.call('demo_delete_note', { id: 1 })
  const pending = () => askApp<{ id: string; expires_at: string }[]>(page, 'GET', '/hil/pending')
  await expect.poll(async () => (await pending()).length).toBe(1)
  const [asked] = await pending()
  await machine('suspend')
  await new Promise((slept) => setTimeout(slept, 1000))
  await machine('resume')
  const [waiting] = await pending()
  expect(Date.parse(waiting?.expires_at ?? '') - Date.parse(asked?.expires_at ?? '')).toBeGreaterThanOrEqual(900)
  await askApp(page, 'POST', `/hil/pending/${waiting?.id ?? ''}/approve`, {})
  expect((await answer).text).not.toContain('denied')
  await agent.close()
})

test('says that a call runs before it quits, and quits when that is wanted', async () => {
  const agent = await connectAgent(desktop, 'A busy agent')
  const answer = agent.call('demo_delete_note', { id: 2 })
  await expect.poll(() => desktop.icon.labels()).toContain('Waiting for you (1)')
  await desktop.app.evaluate(({ dialog }) => {
    const asked: string[] = []
    Reflect.set(globalThis, 'askedInDialogs', asked)
    const answer = (options: Electron.MessageBoxOptions) => {
      asked.push(options.message)
      return Promise.resolve({ response: asked.length === 1 ? 1 : 0, checkboxChecked: false })
    }
    Reflect.set(dialog, 'showMessageBox', answer)
  })
  await desktop.icon.click('Quit')
  await expect.poll(() => desktop.app.evaluate(() => Reflect.get(globalThis, 'askedInDialogs') as string[])).toEqual(['1 call is running'])
  expect((await fetch(new URL('/health', desktop.endpoint))).status).toBe(200)
  expect(await quitFromTray(desktop), desktop.log()).toBe(0)
  expect((await answer).isError).toBe(true)
})
