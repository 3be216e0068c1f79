import type { IpcMainInvokeEvent, WebContents } from 'electron'
import { ipcMain } from 'electron'
import type { BridgeReply } from '../../shared/bridge'
import { BridgeRequest } from '../../shared/bridge'

/** The admin API, as the person at this machine reaches it. */
export type Admin = (request: Request) => Promise<Response>

/**
 * The second door of the admin API: requests of our own window's main frame, and of nobody else's.
 * @param isOurs whether a page is the app's window
 */
export function answerBridge(admin: Admin, isOurs: (page: WebContents) => boolean): void {
  ipcMain.handle('gateway:request', async (event, request: unknown): Promise<BridgeReply> => {
    if (!isOurs(event.sender) || !isMainFrame(event)) throw new Error('This page is not the window of Fast Gateway.')
    const { method, path, body } = BridgeRequest.parse(request)
    const response = await admin(new Request(`http://gateway${path}`, { method, ...withBody(body) }))
    return { status: response.status, body: await response.text() }
  })
}

const isMainFrame = (event: IpcMainInvokeEvent) => event.senderFrame !== null && event.senderFrame === event.sender.mainFrame

const withBody = (body: string | undefined) => (body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } })
