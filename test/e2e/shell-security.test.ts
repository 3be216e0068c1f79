import { expect, test, type Page } from '@playwright/test'
import { askApp, mainPage, openDesktop, type Desktop } from './support/desktop'

let desktop: Desktop
let page: Page

test.beforeAll(async () => {
  desktop = await openDesktop()
  page = await mainPage(desktop)
})

test.afterAll(async () => desktop.close())

test('has nothing of Node in its pages, and one bridge with two functions', async () => {
  const found = await page.evaluate(() => [typeof Reflect.get(globalThis, 'require'), typeof Reflect.get(globalThis, 'process')])
  expect(found).toEqual(['undefined', 'undefined'])
  expect(await page.evaluate(() => Object.keys(Reflect.get(globalThis, 'gateway') as object).sort())).toEqual(['onEvent', 'request'])
})

test('isolates and sandboxes every page', async () => {
  const settings = await desktop.app.evaluate(({ webContents }) =>
    // Not in Electron's types: what a page was really opened with.
    webContents
      .getAllWebContents()
      .map((each) => (each as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences()),
  )
  for (const { contextIsolation, sandbox, nodeIntegration, webviewTag, webSecurity } of settings)
    expect({ contextIsolation, sandbox, nodeIntegration, webviewTag, webSecurity }).toEqual({
      ...{ contextIsolation: true, sandbox: true, nodeIntegration: false, webviewTag: false, webSecurity: true },
    })
})

test('serves its pages from a secure origin of their own, with the strictest policy that they work with', async () => {
  const [origin, secure] = await page.evaluate(() => [location.origin, isSecureContext])
  expect([origin, secure]).toEqual(['app://fast-gateway', true])
  const policy = await desktop.app.evaluate(async ({ net }) =>
    (await net.fetch('app://fast-gateway/index.html')).headers.get('content-security-policy'),
  )
  expect(policy).toContain("default-src 'none'; script-src 'self'")
  expect(policy).toContain("connect-src 'none'")
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toContain('unsafe')
})

test('gives out nothing but the files of its pages', async () => {
  const statuses = await desktop.app.evaluate(async ({ net }) => {
    const asked = [
      '/../../package.json',
      '/%2e%2e/%2e%2e/package.json',
      '/..%2fmain/index.js',
      '/index.html%00.js',
      '//etc/passwd',
      '/',
      '/main/index.js',
    ]
    return Promise.all(asked.map(async (path) => (await net.fetch(`app://fast-gateway${path}`)).status))
  })
  expect(new Set(statuses)).toEqual(new Set([404]))
  const stranger = await desktop.app.evaluate(async ({ net }) => (await net.fetch('app://somebody-else/index.html')).status)
  expect(stranger).toBe(404)
})

test('runs no script without a file, and evaluates no text', async () => {
  const ran = await page.evaluate(() => {
    const script = document.createElement('script')
    try {
      script.textContent = 'globalThis.ranInline = true'
      document.head.append(script)
    } catch {
      return false // trusted types
    }
    return Reflect.has(globalThis, 'ranInline')
  })
  expect(ran).toBe(false)
  const markup = await page.evaluate(() => {
    try {
      document.createElement('div').innerHTML = '<img src=x onerror=alert(1)>'
      return 'taken'
    } catch {
      return 'refused'
    }
  })
  expect(markup).toBe('refused')
})

test('does not leave its page, opens no window and embeds no other', async () => {
  const address = page.url()
  await page.evaluate(() => location.assign('https://example.com/'))
  await page.evaluate(() => location.assign('app://fast-gateway/approval.html'))
  expect(await page.evaluate(() => open('https://example.com') === null)).toBe(true)
  await page.evaluate(() => {
    const frame = document.createElement('iframe')
    frame.src = 'https://example.com/'
    document.body.append(frame)
  })
  expect(page.url()).toBe(address)
  const addresses = await desktop.app.evaluate(({ webContents }) =>
    webContents.getAllWebContents().map((each) => each.getURL().split('#')[0]),
  )
  expect(addresses).toEqual([address.split('#')[0]])
})

test('reaches no network from its pages, its own gateway included', async () => {
  const reached = await page.evaluate(
    (own) =>
      Promise.all(
        [own, 'https://example.com/'].map((url) =>
          fetch(url)
            .then(() => true)
            .catch(() => false),
        ),
      ),
    new URL('/health', desktop.endpoint).href,
  )
  expect(reached).toEqual([false, false])
})

test('grants its pages nothing of the machine', async () => {
  const granted = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read'] as PermissionName[]
    const asked = names.map(async (name) => (await navigator.permissions.query({ name })).state)
    const camera = navigator.mediaDevices
      .getUserMedia({ video: true })
      .then(() => 'granted')
      .catch(() => 'denied')
    return Promise.all([...asked, camera, Notification.requestPermission()])
  })
  expect(new Set(granted)).toEqual(new Set(['denied']))
})

test('opens https addresses in the browser, and nothing else', async () => {
  await desktop.app.evaluate(({ shell }) => {
    const opened: string[] = []
    Reflect.set(globalThis, 'openedOutside', opened)
    shell.openExternal = async (url) => void opened.push(url)
  })
  for (const url of ['http://example.com', 'file:///etc/passwd', 'javascript:alert(1)', 'smb://share', 'vscode://open', 'https:'])
    await expect(askApp(page, 'POST', '/desktop/open', { what: 'url', url })).rejects.toThrow('422')
  await askApp(page, 'POST', '/desktop/open', { what: 'url', url: 'https://example.com/manual' })
  expect(await desktop.app.evaluate(() => Reflect.get(globalThis, 'openedOutside') as string[])).toEqual(['https://example.com/manual'])
})

test('answers the bridge to its own windows only, and only on their own page', async () => {
  const answers = await desktop.app.evaluate(async ({ app, BrowserWindow }) => {
    const preload = `${app.getAppPath()}/out/preload/index.cjs`
    const ask = 'gateway.request({ method: "GET", path: "/status" }).then(() => "answered", (error) => String(error))'
    const stranger = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true, contextIsolation: true } })
    await stranger.loadURL('app://fast-gateway/index.html')
    const answer = (await stranger.webContents.executeJavaScript(ask)) as string
    stranger.destroy()
    return answer
  })
  expect(answers).toContain('This page is not the window of Fast Gateway.')
})

test('refuses what belongs to the app over HTTP, whoever asks', async () => {
  const { adminToken } = await import('./support/app')
  for (const [method, path, body] of [
    ['GET', '/desktop/preferences', undefined],
    ['POST', '/desktop/copy', { text: 'x' }],
    ['POST', '/desktop/open', { what: 'url', url: 'https://example.com' }],
    ['POST', '/desktop/approval-window', {}],
  ] as const) {
    const answer = await fetch(new URL(`/admin${path}`, desktop.endpoint), {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    expect(answer.status).toBe(403)
  }
})
