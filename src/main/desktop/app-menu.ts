import type { MenuItemConstructorOptions } from 'electron'
import { app, Menu } from 'electron'

/** What the menu asks of the app. */
export interface AppMenuActions {
  settings(): void
  quit(): void
}

/** On macOS the menu bar; elsewhere it is not shown, and only brings its shortcuts. */
export function setAppMenu({ settings, quit }: AppMenuActions): void {
  const isMac = process.platform === 'darwin'
  const about: MenuItemConstructorOptions[] = [{ role: 'about' }, { type: 'separator' }]
  const hide: MenuItemConstructorOptions[] = [
    { role: 'services' },
    { type: 'separator' },
    { role: 'hide' },
    { role: 'hideOthers' },
    { role: 'unhide' },
  ]
  const main: MenuItemConstructorOptions[] = [
    ...(isMac ? about : []),
    { label: 'Settings…', accelerator: 'CmdOrCtrl+,', click: settings },
    ...(isMac ? [{ type: 'separator' } as const, ...hide] : []),
    { type: 'separator' },
    { label: `Quit ${app.name}`, accelerator: 'CmdOrCtrl+Q', click: quit },
  ]
  const view: MenuItemConstructorOptions[] = [
    ...[{ role: 'resetZoom' } as const, { role: 'zoomIn' } as const, { role: 'zoomOut' } as const, { role: 'togglefullscreen' } as const],
    ...(app.isPackaged ? [] : [{ role: 'reload' } as const, { role: 'toggleDevTools' } as const]),
  ]
  const window: MenuItemConstructorOptions = isMac
    ? { role: 'windowMenu' }
    : { label: 'Window', submenu: [{ role: 'minimize' }, { role: 'close' }] }
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([{ label: app.name, submenu: main }, { role: 'editMenu' }, { label: 'View', submenu: view }, window]),
  )
}
