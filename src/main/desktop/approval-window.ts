import type { BrowserWindow, WebContents } from 'electron'
import { screen } from 'electron'
import type { Log } from '../gateway/log'
import { centred } from './bounds'
import { goTo, openPageWindow, whenPainted } from './page-window'

/** The small window in which a call is decided: always on top, put away when nothing waits. */
export interface ApprovalWindow {
  /** To the front. @param id of the approval to show first; without it the oldest */
  show(id?: string): void
  close(): void
  /** Nothing waits any more: it is put away in a moment, unless something new comes. */
  rest(): void
  destroy(): void
  isFocused(): boolean
  /** Its page, while there is one. */
  page(): WebContents | undefined
}

const size = { width: 460, height: 560 } as const
const background = ['#ffffff', '#23282d'] as const
/** So long the person sees what they decided. */
const lookBackMs = 400
/** Put away for so long it is given up, and with it its process. */
const giveUpMs = 300_000

/** What the window needs of the app around it. */
export interface ApprovalWindowParts {
  readonly log: Log
  /** `$ELECTRON_RENDERER_URL` while it is developed. */
  readonly devServer: string | undefined
  /** Whether a call waits for the person. */
  isNeeded(): boolean
}

export function createApprovalWindow(parts: ApprovalWindowParts): ApprovalWindow {
  let open: BrowserWindow | undefined
  let timer: NodeJS.Timeout | undefined
  let wanted = false
  const later = (ms: number, work: () => void) => {
    clearTimeout(timer)
    timer = setTimeout(work, ms)
  }
  const close = () => {
    wanted = false
    open?.hide()
    later(giveUpMs, () => open?.destroy())
  }
  const opened = (id: string) => {
    const window = openOnTop(parts, id)
    window.on('close', (event) => {
      event.preventDefault()
      close()
    })
    window.once('closed', () => {
      clearTimeout(timer)
      open = undefined
    })
    return window
  }
  return {
    show(id) {
      clearTimeout(timer)
      wanted = true
      if (open && id !== undefined) goTo(open.webContents, `/approvals/${id}`)
      const window = (open ??= opened(id ?? ''))
      // All may have been decided while it was painted.
      whenPainted(window, () => wanted && bringToFront(window))
    },
    close,
    // What came meanwhile was not told elsewhere: the person had this window before them.
    rest: () => wanted && later(lookBackMs, () => parts.isNeeded() || close()),
    destroy: () => open?.destroy(),
    isFocused: () => open?.isFocused() === true,
    page: () => open?.webContents,
  }
}

/** Above other programs' full screens too, and wherever the person is. */
function openOnTop({ log, devServer }: ApprovalWindowParts, id: string): BrowserWindow {
  const window = openPageWindow({ page: 'approval', place: id, background, devServer, log }, looks())
  window.setAlwaysOnTop(true, process.platform === 'darwin' ? 'modal-panel' : 'floating')
  window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true, skipTransformProcessType: true })
  return window
}

const looks = () => ({
  ...{ ...size, minWidth: 400, minHeight: 420, title: 'Approval', alwaysOnTop: true, skipTaskbar: true },
  ...{ minimizable: false, maximizable: false, fullscreenable: false },
  ...centred(size, activeArea()),
})

/** The display that the person works on: where the pointer is. */
const activeArea = () => screen.getDisplayNearestPoint(screen.getCursorScreenPoint()).workArea

function bringToFront(window: BrowserWindow): void {
  if (!window.isVisible()) window.setBounds(centred(window.getBounds(), activeArea()))
  window.show()
  window.focus()
}
