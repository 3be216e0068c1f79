import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ElectronApplication } from '@playwright/test'
import { expect, test } from '@playwright/test'
import { adminToken, chromiumArgs, cleanEnvironment, emptyFolder, laidOutApp, launchApp } from './support/app'
import { openTrayHost, type TrayHost, type TrayIcon } from './support/tray-host'

test.describe.configure({ mode: 'serial' })

/** The app as the first test found it; the last one quits it. */
let app: ElectronApplication
let panel: TrayHost
let icon: TrayIcon
let endpoint: string
let data: Awaited<ReturnType<typeof emptyFolder>>

test.beforeAll(async () => {
  data = await emptyFolder()
  panel = await openTrayHost()
  app = await launchApp(data.path)
  icon = await panel.icon()
  endpoint = (await icon.labels()).find((label) => label.startsWith('http')) ?? ''
})

test.afterAll(async () => {
  await app.close()
  panel.close()
  await data.remove()
})

test('shows the endpoint, a way in and a way out in the tray', async () => {
  expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/)
  expect(await icon.labels()).toEqual([endpoint, 'Open', 'Quit'])
})

test('opens no window by itself', () => expect(app.windows()).toEqual([]))

test('copies the endpoint when it is clicked', async () => {
  await icon.click(endpoint)
  await expect.poll(() => app.evaluate(({ clipboard }) => clipboard.readText())).toBe(endpoint)
})

test('is the gateway: healthy, closed to strangers, open to a client with its token', async () => {
  expect((await fetch(new URL('/health', endpoint))).status).toBe(200)
  expect((await initialize('a-token-that-nobody-was-given')).status).toBe(401)
  const answer = await initialize(await clientToken())
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('protocolVersion')
})

test('keeps its data in the folder of the app', async () => {
  expect(await app.evaluate(({ app }) => app.getPath('userData'))).toBe(data.path)
})

test('opens a window that got the endpoint over the bridge, and is locked', async () => {
  const opened = app.waitForEvent('window')
  await icon.click('Open')
  const window = await opened
  await expect(window.getByRole('heading')).toHaveText('Fast Gateway is running')
  await expect(window.getByText(endpoint)).toBeVisible()
  expect(await window.evaluate(() => [typeof Reflect.get(globalThis, 'require'), typeof Reflect.get(globalThis, 'process')])).toEqual([
    'undefined',
    'undefined',
  ])
  expect(await window.evaluate(() => open('https://example.com') === null)).toBe(true)
  expect(await window.evaluate(runInlineScript)).toBe(false)
  await window.screenshot({ path: 'test/e2e/screenshots/running.png' })
})

test('stays in the tray when its window is closed', async () => {
  await app.windows()[0]?.close()
  expect((await fetch(new URL('/health', endpoint))).status).toBe(200)
})

test('starts once: the second launch ends and shows the window of the first', async () => {
  const opened = app.waitForEvent('window')
  const { executablePath, args } = laidOutApp()
  const second = spawn(executablePath, [...args, ...chromiumArgs(data.path)], { env: cleanEnvironment(), stdio: 'ignore' })
  const [code] = (await once(second, 'exit')) as [number | null]
  expect(code).toBe(0)
  await expect((await opened).getByRole('heading')).toHaveText('Fast Gateway is running')
})

test('closes the gateway when it is quit from the tray', async () => {
  const ended = once(app.process(), 'exit') as Promise<[number | null]>
  await icon.click('Quit')
  expect((await ended)[0]).toBe(0)
  expect(await isListening(Number(new URL(endpoint).port))).toBe(false)
})

test('says why on standard error, in no dialog, and ends with 1 when it cannot start', async () => {
  const empty = await emptyFolder()
  const { executablePath, args } = laidOutApp()
  const env = { ...cleanEnvironment(), FAST_GATEWAY_CONFIG: '/nowhere/gateway.json' }
  const broken = spawn(executablePath, [...args, ...chromiumArgs(empty.path)], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const [said, [code]] = await Promise.all([text(broken.stderr), once(broken, 'exit') as Promise<[number | null]>])
  expect(code).toBe(1)
  expect(said).toContain('$FAST_GATEWAY_CONFIG names /nowhere/gateway.json, which is no file')
  await empty.remove()
})

async function clientToken(): Promise<string> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  const answer = await fetch(new URL('/admin/clients', endpoint), {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'A desktop test' }),
  })
  return ((await answer.json()) as { token: string }).token
}

const initialize = (token: string) =>
  fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
    }),
  })

/** Whether the page's policy lets a script without a file run. */
function runInlineScript(): boolean {
  const script = document.createElement('script')
  script.textContent = 'globalThis.ranInline = true'
  document.head.append(script)
  return Reflect.has(globalThis, 'ranInline')
}

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
