import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ElectronApplication, Page } from '@playwright/test'
import { expect } from '@playwright/test'
import { emptyFolder, launchApp, showWindow, type Launch } from './app'
import { openTrayHost, type TrayIcon } from './tray-host'

/** The running app as a person has it before them. */
export interface Desktop {
  readonly app: ElectronApplication
  readonly process: ChildProcess
  /** Its data folder. */
  readonly data: string
  readonly icon: TrayIcon
  /** `http://127.0.0.1:PORT/mcp` */
  readonly endpoint: string
  /** What it has said on standard error. */
  log(): string
  /** Ends it, however it stands, and takes its data away unless the folder was given. */
  close(): Promise<void>
}

export interface DesktopLaunch extends Launch {
  /** Default: an empty one of its own. */
  readonly data?: string
  /** Whether the window begins with the first run. Default: it was gone through. */
  readonly firstRun?: boolean
  /** Whether the main window is open. Default true. */
  readonly window?: boolean
}

/** Starts the app with a panel for its icon, and waits until its menu is there. */
export async function openDesktop({ data, firstRun = false, window = true, ...launch }: DesktopLaunch = {}): Promise<Desktop> {
  const folder = data === undefined ? await emptyFolder() : { path: data, remove: async () => undefined }
  if (!firstRun)
    await writeFile(join(folder.path, 'app.json'), JSON.stringify({ preferences: { welcome_done: true } }), { flag: 'wx' }).catch(
      () => undefined,
    )
  const panel = await openTrayHost()
  const app = await launchApp(folder.path, launch)
  const child = app.process()
  const log = collect(child)
  const icon = await panel.icon()
  if (window) await showWindow(app)
  const endpoint = (await icon.labels()).find((label) => label.startsWith('http')) ?? ''
  const close = async () => {
    await endApp(child)
    panel.close()
    await folder.remove()
  }
  return { app, process: child, data: folder.path, icon, endpoint, log, close }
}

function collect({ stderr }: ChildProcess): () => string {
  let said = ''
  stderr?.on('data', (text: Buffer) => (said += text.toString()))
  return () => said
}

/** By a signal, as the system does; Playwright's own way waits for windows that are only hidden. */
async function endApp(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Quits as a person does. @returns the exit code */
export async function quitFromTray({ process, icon }: Desktop): Promise<number | null> {
  const ended = once(process, 'exit') as Promise<[number | null]>
  await icon.click('Quit')
  return (await ended)[0]
}

/** The page of one of the app's windows, as soon as there is one. */
export async function pageOf({ app }: Pick<Desktop, 'app'>, name: 'index' | 'approval'): Promise<Page> {
  const isIt = (page: Page) => page.url().startsWith(`app://fast-gateway/${name}.html`)
  await expect.poll(() => app.windows().some(isIt), { timeout: 20_000 }).toBe(true)
  const page = app.windows().find(isIt)
  if (!page) throw new Error(`There is no window that shows ${name}.html.`)
  await page.waitForLoadState('domcontentloaded')
  return page
}

/** The main window's page. */
export const mainPage = (desktop: Pick<Desktop, 'app'>): Promise<Page> => pageOf(desktop, 'index')

/** Whether a person sees the window of this page. */
export const isShown = ({ app }: Pick<Desktop, 'app'>, name: 'index' | 'approval'): Promise<boolean> =>
  app.evaluate(
    ({ BrowserWindow }, file) =>
      BrowserWindow.getAllWindows().some((window) => window.webContents.getURL().includes(`/${file}.html`) && window.isVisible()),
    name,
  )

interface Reply {
  readonly status: number
  readonly body: string
}
interface Bridged {
  readonly gateway: { request(request: { method: string; path: string; body?: string }): Promise<Reply> }
}

/** Asks the admin API over the bridge, as the window does. @throws what it answered when that is no success */
export async function askApp<Answer = unknown>(page: Page, method: string, path: string, body?: unknown): Promise<Answer> {
  const request = { method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const { status, body: text } = await page.evaluate((asked) => (window as unknown as Bridged).gateway.request(asked), request)
  if (status >= 400) throw new Error(`${method} ${path} was answered ${status}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}
