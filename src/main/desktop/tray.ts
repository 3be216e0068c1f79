import { join } from 'node:path'
import type { MenuItemConstructorOptions } from 'electron'
import { app, Menu, nativeTheme, Tray } from 'electron'
import { statusLine, trayMenu, trayState, waitingCount, type TrayActions } from './tray-menu'
import type { Facts } from './watch'

/** The icon in the tray. Keep it: one that nobody holds disappears. */
export interface TrayIcon {
  update(facts: Facts): void
  destroy(): void
}

/** Painted by what is known now. @param isPanelDark whether the icon stands on a dark ground; asked anew when the theme changes */
export function createTray(first: Facts, actions: TrayActions, isPanelDark: () => boolean): TrayIcon {
  let facts = first
  let file = iconFile(facts, isPanelDark)
  let menu = ''
  const tray = new Tray(file)
  const paint = () => {
    const wanted = iconFile(facts, isPanelDark)
    if (wanted !== file) tray.setImage((file = wanted))
    describe(tray, facts)
  }
  const update = (now: Facts) => {
    facts = now
    paint()
    const template = trayMenu(facts, actions)
    // Set anew, a menu that somebody has open would close.
    if (signature(template) === menu) return
    menu = signature(template)
    tray.setContextMenu(Menu.buildFromTemplate(template))
  }
  nativeTheme.on('updated', paint)
  // On Windows a click on the icon opens the app; elsewhere it opens the menu.
  if (process.platform === 'win32') tray.on('click', () => actions.open())
  update(facts)
  return {
    update,
    destroy() {
      nativeTheme.off('updated', paint)
      tray.destroy()
    },
  }
}

/** What tells one menu from another. */
const signature = (template: readonly MenuItemConstructorOptions[]) =>
  JSON.stringify(template.map(({ id, label, enabled }) => [id, label, enabled]))

function describe(tray: Tray, facts: Facts): void {
  const count = waitingCount(facts)
  tray.setToolTip(count === 0 ? `Fast Gateway: ${statusLine(facts)}` : `Fast Gateway: ${count} waiting for you`)
  if (process.platform === 'darwin') tray.setTitle(count === 0 ? '' : String(count))
}

/** macOS paints a template itself, in whatever its menu bar needs. */
function iconFile(facts: Facts, isPanelDark: () => boolean): string {
  const variant = process.platform === 'darwin' ? 'Template' : isPanelDark() ? '-on-dark' : '-on-light'
  return join(app.getAppPath(), 'resources', 'tray', `${trayState(facts)}${variant}.png`)
}

/** Whether the system's own surfaces are dark, which the app's appearance may have been chosen against. Made before it is. */
export function watchPanel(): () => boolean {
  let systemIsDark = nativeTheme.shouldUseDarkColors
  nativeTheme.on('updated', () => {
    if (nativeTheme.themeSource === 'system') systemIsDark = nativeTheme.shouldUseDarkColors
  })
  return () => {
    // GNOME's panel is dark whatever its windows are.
    if (process.platform === 'linux') return systemIsDark || /gnome/i.test(process.env.XDG_CURRENT_DESKTOP ?? '')
    // Newer than Electron 33.
    return (nativeTheme as Partial<typeof nativeTheme>).shouldUseDarkColorsForSystemIntegratedUI ?? systemIsDark
  }
}
