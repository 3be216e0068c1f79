import { readFile } from 'node:fs/promises'
import { chromium, type Page } from '@playwright/test'
import { emptyFolder } from './app'
import { startHeadless, tokens, type Headless } from './ui-headless'
import { listenForFaults, type Ui, type UiOptions } from './ui-window'

/** Debian's, where there is one: Playwright's own is downloaded from where not every machine gets to. */
const executablePath = process.env.FAST_GATEWAY_E2E_CHROMIUM ?? '/usr/bin/chromium'

/** Opens Chromium without a page. */
export const openChromium = () =>
  chromium.launch({ executablePath, args: process.getuid?.() === 0 || process.env.CI ? ['--no-sandbox'] : [] })

/** What only the browser's door has. */
export interface BrowserUi extends Ui {
  readonly gateway: Headless
}

/** A headless gateway and its pages in a browser, with both credentials in the address. */
export async function openInBrowser({ firstRun = false, prepareHome, prepareData }: UiOptions = {}): Promise<BrowserUi> {
  const [home, data] = await Promise.all([emptyFolder(), emptyFolder()])
  await Promise.all([prepareHome?.(home.path), prepareData?.(data.path)])
  const [gateway, browser] = await Promise.all([startHeadless({ data: data.path, home: home.path }), openChromium()])
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, reducedMotion: 'reduce' })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await context.newPage()
  const faults = listenForFaults(page)
  await page.goto(`${gateway.uiUrl}#token=${tokens.admin}&approver=${tokens.approver}${firstRun ? '&page=/welcome' : ''}`)
  const close = async () => {
    await browser.close()
    await gateway.stop()
    await Promise.all([home.remove(), data.remove()])
  }
  return {
    ...{ door: 'browser', page, gateway, home: home.path, data: data.path, endpoint: gateway.endpoint, faults, close },
    ...partsOf(page),
    ask: (method, path, body) => askOver(gateway.adminUrl, method, path, body),
  }
}

const partsOf = (page: Page): Pick<Ui, 'goTo' | 'questionPage' | 'clipboard' | 'savedBy' | 'look'> => ({
  goTo: (place) => goTo(page, place),
  questionPage: async () => page,
  clipboard: () => page.evaluate(() => navigator.clipboard.readText()),
  async savedBy(click) {
    const [download] = await Promise.all([page.waitForEvent('download'), click()])
    return readFile(await download.path(), 'utf8')
  },
  async look(colorScheme, [width, height]) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
  },
})

/** By the address, as a link does. */
export const goTo = (page: Page, place: string): Promise<void> => page.evaluate((hash) => void (location.hash = hash), place)

const decisions = /^\/(?:hil\/|resume|servers\/[^/]+\/trust)/

async function askOver<Answer>(adminUrl: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const token = decisions.test(path) ? tokens.approver : tokens.admin
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(adminUrl + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}
