import { join } from 'node:path'
import type { NativeImage } from 'electron'
import { app, clipboard, Menu, nativeImage, nativeTheme, Tray } from 'electron'

/** What the menu shows and does. */
export interface TrayActions {
  /** `http://127.0.0.1:PORT/mcp`; a click on it copies it. */
  readonly endpoint: string
  open(): void
  quit(): void
}

/** Keep what it returns: an icon that nobody holds disappears. */
export function createTray({ endpoint, open, quit }: TrayActions): Tray {
  const tray = new Tray(icon())
  nativeTheme.on('updated', () => tray.setImage(icon()))
  tray.setToolTip(`Fast Gateway: ${endpoint}`)
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: endpoint, sublabel: 'Click to copy', click: () => void clipboard.writeText(endpoint) },
      { type: 'separator' },
      { label: 'Open', click: open },
      { label: 'Quit', click: quit },
    ]),
  )
  return tray
}

function icon(): NativeImage {
  const image = nativeImage.createFromPath(join(app.getAppPath(), 'resources', isPanelDark() ? 'tray-on-dark.png' : 'tray-on-light.png'))
  // macOS paints a template itself, in whatever its menu bar needs.
  if (process.platform === 'darwin') image.setTemplateImage(true)
  return image
}

/** GNOME's panel is dark whatever its windows are. */
const isPanelDark = () =>
  process.platform !== 'darwin' && (nativeTheme.shouldUseDarkColors || /gnome/i.test(process.env.XDG_CURRENT_DESKTOP ?? ''))
