import { app } from 'electron'
import type { Gateway, Listening } from '../gateway/gateway'
import type { Log } from '../gateway/log'
import { answerBridge } from './ipc'
import { createTray } from './tray'
import { createWindow } from './window'

/** A gateway that listens, and the way to end it. */
export interface Running {
  readonly gateway: Gateway
  readonly listening: Listening
  close(): Promise<void>
}

/** What the app is made of. */
export interface AppParts {
  readonly log: Log
  /** Makes the gateway; it is given the folder for the app's data. */
  open(folder: string): Promise<Running>
}

/** The desktop app around a gateway: one instance, an icon in the tray, a window when asked for. */
export function runApp({ log, open }: AppParts): void {
  const fail = (error: unknown) => {
    log.error('Fast Gateway cannot go on.', { error })
    app.exit(1)
  }
  // Listening to both keeps Electron from showing its dialog, which nobody sees on a machine that has just started.
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  if (!app.requestSingleInstanceLock()) {
    app.exit(0)
    return
  }
  app
    .whenReady()
    .then(async () => showGateway(await open(app.getPath('userData')), fail))
    .catch(fail)
}

function showGateway({ gateway, listening, close }: Running, fail: (error: unknown) => void): void {
  const window = createWindow()
  answerBridge(
    (request) => gateway.admin(request, 'desktop'),
    (page) => window.owns(page),
  )
  const tray = createTray({ endpoint: listening.endpoint, open: () => window.show(), quit: () => app.quit() })
  app.on('second-instance', () => window.show())
  app.on('activate', () => window.show())
  app.on('window-all-closed', () => undefined) // stays in the tray
  closeBeforeQuit(async () => {
    tray.destroy()
    await close()
  }, fail)
}

/** Quitting waits until the gateway is closed: calls drained, children ended, database at rest. */
function closeBeforeQuit(close: () => Promise<void>, fail: (error: unknown) => void): void {
  let closing = false
  app.on('before-quit', (event) => {
    event.preventDefault()
    if (closing) return
    closing = true
    close().then(() => app.exit(0), fail)
  })
}
