import { join } from 'node:path'
import type { WebContents } from 'electron'
import { app, BrowserWindow } from 'electron'

/** The app's one window: opened when asked for, brought to the front when it is there. */
export interface Window {
  show(): void
  /** Whether this page is the one that we opened, still where we opened it. */
  owns(page: WebContents): boolean
}

export function createWindow(): Window {
  let open: BrowserWindow | undefined
  return {
    show() {
      if (!open) {
        open = openWindow()
        open.once('closed', () => (open = undefined))
      }
      open.show()
      open.focus()
    },
    owns: (page) => page === open?.webContents,
  }
}

function openWindow(): BrowserWindow {
  const window = new BrowserWindow({
    title: 'Fast Gateway',
    width: 460,
    height: 240,
    show: false,
    autoHideMenuBar: true,
    icon: join(app.getAppPath(), 'resources', 'icon.png'),
    webPreferences: {
      preload: join(import.meta.dirname, '../preload/index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
    },
  })
  lock(window.webContents)
  void window.loadFile(join(import.meta.dirname, '../renderer/index.html'))
  return window
}

/** It stays on its page, opens no other and is granted nothing. */
function lock(page: WebContents): void {
  page.on('will-navigate', (event) => event.preventDefault())
  page.setWindowOpenHandler(() => ({ action: 'deny' }))
  page.session.setPermissionRequestHandler((_page, _permission, answer) => answer(false))
  page.session.setPermissionCheckHandler(() => false)
}
