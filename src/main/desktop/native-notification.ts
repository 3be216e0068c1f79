import { join } from 'node:path'
import { app, Notification } from 'electron'
import { withoutMarkup } from './foreign-text'
import type { NativeNotification, ShownNotification } from './notifications'

/** Where a button pressed on the notification itself reaches us; elsewhere a click opens the window that asks. */
const hasButtons = process.platform === 'darwin' || process.platform === 'win32'
const escaped = (text: string) => (process.platform === 'linux' ? withoutMarkup(text) : text)
/** Held until they are closed: one that nobody holds loses its click. */
const held = new Set<Notification>()

/** Shows it by the system's own means; `failed` is told where there are none. */
export function showNotification({ title, body, urgent, buttons, click, failed }: NativeNotification): ShownNotification {
  if (!Notification.isSupported()) {
    failed()
    return { close: () => undefined }
  }
  const shown = new Notification({
    ...{ title, body: escaped(body), urgency: urgent ? 'critical' : 'normal', timeoutType: urgent ? 'never' : 'default', silent: !urgent },
    ...(process.platform === 'linux' ? { icon: join(app.getAppPath(), 'resources', 'icon.png') } : {}),
    actions: hasButtons ? buttons.map(({ label }) => ({ type: 'button', text: label })) : [],
  })
  held.add(shown)
  shown.on('click', click)
  // Electron 40 names the button in the event, older ones beside it.
  shown.on('action', (event, index) => buttons[(event as Partial<typeof event>).actionIndex ?? index]?.press())
  shown.on('close', () => held.delete(shown))
  shown.on('failed', () => {
    held.delete(shown)
    failed()
  })
  shown.show()
  return {
    close() {
      held.delete(shown)
      shown.close()
    },
  }
}
