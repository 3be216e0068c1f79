import type { Event, Session, WebContents } from 'electron'
import { app, protocol, session } from 'electron'
import { answerPage } from './page-files'
import { scheme } from './pages'

/**
 * Before the app is ready: every page is sandboxed, and ours have an origin of their own.
 * @param devServer `$ELECTRON_RENDERER_URL` while it is developed
 */
export function lockPages(devServer: string | undefined): void {
  // Where Chromium cannot have one (as root, in many containers), its person starts the app with this switch, and both would not start.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true, codeCache: true } }])
  app.on('web-contents-created', (_event, page) => lockPage(page, devServer))
}

/**
 * Once the app is ready.
 * @param folder of the built renderer
 * @param devServer `$ELECTRON_RENDERER_URL` while it is developed
 */
export function lockSession(folder: string, devServer: string | undefined): void {
  const { defaultSession } = session
  defaultSession.protocol.handle(scheme, (request) => answerPage(folder, request))
  denyPermissions(defaultSession)
  allowOwnDownloads(defaultSession)
  if (devServer === undefined) stayOffline(defaultSession)
}

/** It stays on its page, opens no other and embeds none. What leaves for a browser goes through `/desktop/open`. */
function lockPage(page: WebContents, devServer: string | undefined): void {
  const stop = (event: Event & { readonly url: string }) => {
    // Its pages load themselves anew when their source has changed.
    if (devServer === undefined || !event.url.startsWith(devServer)) event.preventDefault()
  }
  page.on('will-navigate', stop)
  page.on('will-frame-navigate', stop)
  page.on('will-redirect', stop)
  page.on('will-attach-webview', (event) => event.preventDefault())
  page.setWindowOpenHandler(() => ({ action: 'deny' }))
}

function denyPermissions(own: Session): void {
  own.setPermissionRequestHandler((_page, _permission, answer) => answer(false))
  own.setPermissionCheckHandler(() => false)
  own.setDevicePermissionHandler(() => false)
  own.setDisplayMediaRequestHandler((_request, answer) => answer({}))
  own.setBluetoothPairingHandler((_details, answer) => answer({ confirmed: false }))
}

/** What a page made itself and a person asked for (the export of the audit) is saved where they choose; nothing else is. */
function allowOwnDownloads(own: Session): void {
  own.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${scheme}://`) || !item.hasUserGesture()) event.preventDefault()
    else item.setSaveDialogOptions({ defaultPath: item.getFilename() })
  })
}

/** The pages need nothing of any network, whatever one of them may be brought to try. */
function stayOffline(own: Session): void {
  const outside = [...['http', 'https', 'ws', 'wss', 'ftp'].map((name) => `${name}://*/*`), 'file:///*']
  own.webRequest.onBeforeRequest({ urls: outside }, (_details, answer) => answer({ cancel: true }))
}
