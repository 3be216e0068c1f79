import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { commandFor } from './support/app'
import { connectAgent } from './support/agent'
import { askApp, isShown, mainPage, openDesktop, quitFromTray, type Desktop } from './support/desktop'

test.describe.configure({ mode: 'serial' })

/** The app as the first test found it; the last one quits it. */
let desktop: Desktop

test.beforeAll(async () => {
  desktop = await openDesktop({ window: false })
})

test.afterAll(async () => desktop.close())

test('says in the tray where it runs, and offers a way in and a way out', async () => {
  expect(desktop.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/)
  expect(await desktop.icon.labels()).toEqual([
    `Running on ${new URL(desktop.endpoint).host}`,
    desktop.endpoint,
    'Pause all calls',
    'Copy connect snippet for Claude Code',
    'Open Fast Gateway',
    'Settings…',
    'Quit',
  ])
})

test('opens no window when it is started at login', () => expect(desktop.app.windows()).toEqual([]))

test('copies the endpoint when it is clicked', async () => {
  await desktop.icon.click(desktop.endpoint)
  await expect.poll(() => desktop.app.evaluate(({ clipboard }) => clipboard.readText())).toBe(desktop.endpoint)
})

test('goes by its name wherever it is read', async () => {
  const names = await desktop.app.evaluate(({ app, Menu }) => [app.name, Menu.getApplicationMenu()?.items[0]?.submenu?.items.at(-1)?.label])
  expect(names).toEqual(['Fast Gateway', 'Quit Fast Gateway'])
})

test('keeps its data in the folder of the app', async () => {
  expect(await desktop.app.evaluate(({ app }) => app.getPath('userData'))).toBe(desktop.data)
})

test('opens its window from the tray', async () => {
  await desktop.icon.click('Open Fast Gateway')
  const page = await mainPage(desktop)
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await expect.poll(() => isShown(desktop, 'index')).toBe(true)
})

test('opens Settings from the tray', async () => {
  await desktop.icon.click('Settings…')
  const page = await mainPage(desktop)
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible()
})

test('is the gateway: healthy, closed to strangers, open to an agent with its token', async () => {
  expect((await fetch(new URL('/health', desktop.endpoint))).status).toBe(200)
  const stranger = await fetch(desktop.endpoint, { method: 'POST', headers: { authorization: 'Bearer a-token-that-nobody-was-given' } })
  expect(stranger.status).toBe(401)
  const agent = await connectAgent(desktop, 'A desktop test')
  expect(await agent.tools()).toContain('demo_echo')
  await agent.close()
})

test('lists the last calls in the tray', async () => {
  const agent = await connectAgent(desktop, 'Another desktop test')
  await agent.call('demo_echo', { message: 'hello' })
  await agent.close()
  await expect.poll(() => desktop.icon.labels(), { timeout: 10_000 }).toContain('echo  demo')
})

test('is started by the system at login, without a window, once that is wanted', async () => {
  const page = await mainPage(desktop)
  const entry = () => readFile(join(process.env.XDG_CONFIG_HOME ?? '', 'autostart', 'fast-gateway.desktop'), 'utf8').catch(() => 'none')
  await askApp(page, 'PATCH', '/desktop/preferences', { launch_at_login: true })
  expect(await entry()).toMatch(/^Exec=.*"--hidden"$/m)
  await askApp(page, 'PATCH', '/desktop/preferences', { launch_at_login: false })
  expect(await entry()).toBe('none')
})

test('copies a command for Claude Code that works', async () => {
  await desktop.icon.click('Copy connect snippet for Claude Code')
  const clipboard = () => desktop.app.evaluate(({ clipboard }) => clipboard.readText())
  await expect.poll(clipboard).toContain(`claude mcp add --transport http gateway ${desktop.endpoint}`)
  const [, token = ''] = /Bearer ([^"]+)"/.exec(await clipboard()) ?? []
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
  expect((await fetch(desktop.endpoint, { method: 'POST', headers, body })).status).not.toBe(401)
})

test('is in the Dock of macOS for as long as its window is open', async () => {
  await desktop.app.evaluate(({ app }) => {
    const told: string[] = []
    const tell = (what: string) => () => void told.push(what)
    Reflect.set(globalThis, 'toldTheDock', told)
    Reflect.set(app, 'dock', { show: tell('show'), hide: tell('hide') })
  })
  const told = () => desktop.app.evaluate(() => Reflect.get(globalThis, 'toldTheDock') as string[])
  await desktop.icon.click('Open Fast Gateway')
  await expect.poll(told).toEqual(['show'])
  await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((window) => window.close()))
  await expect.poll(told).toEqual(['show', 'hide'])
  await desktop.icon.click('Open Fast Gateway')
  await expect.poll(() => isShown(desktop, 'index')).toBe(true)
})

test('stays in the tray when its window is closed', async () => {
  await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().forEach((window) => window.close()))
  await expect.poll(() => isShown(desktop, 'index')).toBe(false)
  expect((await fetch(new URL('/health', desktop.endpoint))).status).toBe(200)
})

test('starts once: the second launch ends and shows the window of the first', async () => {
  const { executablePath, args, env } = commandFor(desktop.data)
  const second = spawn(executablePath, args, { env, stdio: 'ignore' })
  const [code] = (await once(second, 'exit')) as [number | null]
  expect(code).toBe(0)
  await expect.poll(() => isShown(desktop, 'index')).toBe(true)
})

test('closes the gateway when it is quit from the tray', async () => {
  expect(await quitFromTray(desktop), desktop.log()).toBe(0)
  expect(await isListening(Number(new URL(desktop.endpoint).port))).toBe(false)
})

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
