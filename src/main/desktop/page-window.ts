import { join } from 'node:path'
import type { BrowserWindowConstructorOptions, WebContents } from 'electron'
import { app, BrowserWindow, nativeTheme } from 'electron'
import type { Log } from '../gateway/log'
import { createBackOff } from './back-off'
import { tellPage } from './ipc'
import { pageUrl, type PageName } from './pages'

/** Milliseconds that a page may be deaf before it is ended and loaded anew. */
const longestSilenceMs = 20_000

/** What a window of the app is opened with. */
export interface PageWindowOptions {
  readonly page: PageName
  /** What follows `#`. */
  readonly place: string
  /** Behind the page until it is painted: light and dark. */
  readonly background: readonly [light: string, dark: string]
  readonly devServer: string | undefined
  readonly log: Log
}

const painted = new WeakSet<BrowserWindow>()

/** Runs once there is something to see; at once where there is. */
export function whenPainted(window: BrowserWindow, show: () => void): void {
  if (painted.has(window)) return show()
  window.once('ready-to-show', () => window.isDestroyed() || show())
}

/** A window that shows one of our documents, hidden until it is painted; a page that dies is loaded again. */
export function openPageWindow(
  { page, place, background, devServer, log }: PageWindowOptions,
  options: BrowserWindowConstructorOptions,
): BrowserWindow {
  const [light, dark] = background
  const paint = () => (nativeTheme.shouldUseDarkColors ? dark : light)
  const window = new BrowserWindow({
    ...{ title: 'Fast Gateway', show: false, backgroundColor: paint(), icon: join(app.getAppPath(), 'resources', 'icon.png') },
    ...options,
    webPreferences: {
      ...{ preload: join(import.meta.dirname, '../preload/index.cjs'), contextIsolation: true, sandbox: true, nodeIntegration: false },
      // A dictionary would be fetched from elsewhere.
      ...{ webviewTag: false, spellcheck: false, devTools: !app.isPackaged },
    },
  })
  window.setMenuBarVisibility(false)
  const repaint = () => window.setBackgroundColor(paint())
  nativeTheme.on('updated', repaint)
  window.once('closed', () => nativeTheme.off('updated', repaint))
  window.once('ready-to-show', () => painted.add(window))
  keepAlive(window, pageUrl(page, devServer, place), log)
  return window
}

/** Loads the page, and again whenever it fails, crashes or hangs; ever more slowly. */
function keepAlive(window: BrowserWindow, url: string, log: Log): void {
  const { webContents: page } = window
  const nextWait = createBackOff(Date.now)
  let timer: NodeJS.Timeout | undefined
  const load = () => {
    // Where it was within the document; a page that never came has another address.
    const last = page.getURL()
    const [document = url] = url.split('#')
    page.loadURL(last.startsWith(document) ? last : url).catch(() => undefined) // told below
  }
  const again = (why: string) => {
    if (window.isDestroyed()) return
    const waitMs = nextWait()
    log.warn('A page of the app is loaded again.', { why, wait_ms: waitMs })
    clearTimeout(timer)
    timer = setTimeout(() => window.isDestroyed() || load(), waitMs)
  }
  page.on('render-process-gone', (_event, { reason }) => reason === 'clean-exit' || again(`its process is gone: ${reason}`))
  page.on('did-fail-load', (_event, code, what, _url, isMainFrame) => {
    // -3: another loading took its place.
    if (isMainFrame && code !== -3) again(`it could not be loaded: ${what}`)
  })
  endWhenDeaf(window)
  window.once('closed', () => clearTimeout(timer))
  load()
}

/** A page that hangs is ended, which loads it anew; one that stands in the debugger is left alone. */
function endWhenDeaf(window: BrowserWindow): void {
  let silence: NodeJS.Timeout | undefined
  window.on('unresponsive', () => {
    clearTimeout(silence)
    silence = setTimeout(() => {
      if (!window.isDestroyed() && !window.webContents.isDevToolsOpened()) window.webContents.forcefullyCrashRenderer()
    }, longestSilenceMs)
  })
  window.on('responsive', () => clearTimeout(silence))
  window.once('closed', () => clearTimeout(silence))
}

/** Milliseconds that a loaded page takes to listen. */
const settledMs = 100

/** Shows another page of the same document. @param to such as `/settings` */
export function goTo(page: WebContents, to: string): void {
  const tell = () => tellPage(page, { event: 'desktop.navigate', at: new Date().toISOString(), data: { page: to } })
  if (page.isLoadingMainFrame()) page.once('did-finish-load', () => setTimeout(tell, settledMs))
  else tell()
}
