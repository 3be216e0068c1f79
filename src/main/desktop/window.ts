import type { BrowserWindow, WebContents } from 'electron'
import { app, screen } from 'electron'
import type { Log } from '../gateway/log'
import { placeWindow, windowSize, type Bounds, type Placement } from './bounds'
import { goTo, openPageWindow, whenPainted } from './page-window'

/** What the window needs of the app around it. */
export interface WindowParts {
  readonly log: Log
  readonly devServer: string | undefined
  /** Where it was last. */
  placement(): Placement | undefined
  savePlacement(placement: Placement): void
  /** Its close button was pressed: it is hidden, and the app goes on. */
  hidden(): void
  /** Windows ends the session of its user. */
  sessionEnds(): void
}

/** The app's main window: opened when asked for, brought to the front when it is there, hidden when it is closed. */
export interface Window {
  /** @param page such as `/settings`; without it where it was */
  show(page?: string): void
  /** Calls once there is something to see in the window that was shown. */
  whenPainted(call: () => void): void
  /** Whether a person has it before them. */
  isFocused(): boolean
  /** Its page, while there is one. */
  page(): WebContents | undefined
  destroy(): void
}

const background = ['#ffffff', '#1a1e22'] as const

export function createWindow(parts: WindowParts): Window {
  let open: BrowserWindow | undefined
  const opened = (page: string) => {
    const window = openWindow(parts, page)
    window.on('close', (event) => {
      event.preventDefault()
      hide(window)
      parts.hidden()
    })
    window.once('closed', () => (open = undefined))
    return window
  }
  return {
    show(page) {
      if (open && page !== undefined) goTo(open.webContents, page)
      const window = (open ??= opened(page ?? ''))
      whenPainted(window, () => bringToFront(window))
    },
    whenPainted: (call) => open && whenPainted(open, call),
    isFocused: () => open?.isFocused() === true,
    page: () => open?.webContents,
    destroy: () => open?.destroy(),
  }
}

/** On macOS a full screen whose window is hidden stays, and is black. */
function hide(window: BrowserWindow): void {
  if (process.platform !== 'darwin' || !window.isFullScreen()) return leave(window)
  window.once('leave-full-screen', () => leave(window))
  window.setFullScreen(false)
}

function leave(window: BrowserWindow): void {
  window.hide()
  app.dock?.hide()
}

/** macOS has a menu bar, and switches to it, only while it is in the Dock. */
function bringToFront(window: BrowserWindow): void {
  void app.dock?.show()
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** The primary one first: there the system opens what has no place yet. */
const areasOfDisplays = (): Bounds[] => [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea)

function openWindow(parts: WindowParts, place: string): BrowserWindow {
  const { log, devServer } = parts
  const saved = parts.placement()
  const window = openPageWindow(
    { page: 'index', place, background, devServer, log },
    {
      ...placeWindow(saved, areasOfDisplays()),
      ...{ minWidth: windowSize.minWidth, minHeight: windowSize.minHeight },
      ...(process.platform === 'darwin' ? { titleBarStyle: 'hiddenInset' } : {}),
    },
  )
  // It also shows the window.
  if (saved?.maximized) whenPainted(window, () => window.maximize())
  rememberPlacement(window, parts)
  window.on('session-end', parts.sessionEnds)
  return window
}

/** Not with every pixel that it is dragged. */
const restMs = 500

function rememberPlacement(window: BrowserWindow, { savePlacement }: WindowParts): void {
  let rest: NodeJS.Timeout | undefined
  const save = () => savePlacement({ ...window.getNormalBounds(), maximized: window.isMaximized() })
  const soon = () => {
    clearTimeout(rest)
    rest = setTimeout(() => window.isDestroyed() || save(), restMs)
  }
  window.on('resize', soon).on('move', soon).on('maximize', soon).on('unmaximize', soon)
  window.once('closed', () => clearTimeout(rest))
}
