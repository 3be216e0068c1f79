import type { IpcMainInvokeEvent, WebContents } from 'electron'
import { ipcMain } from 'electron'
import type { BridgeReply } from '../../shared/bridge'
import { BridgeRequest } from '../../shared/bridge'
import type { ErrorCode } from '../../shared/errors'
import { codes } from '../../shared/errors'
import type { GatewayEvent } from '../../shared/events'

/** The admin API, as the person at this machine reaches it. */
export type Admin = (request: Request) => Promise<Response>

/** Published limits of one request over the bridge, in bytes of its body and characters of its path. */
export const bridgeLimits = { bodyBytes: 4_194_304, pathChars: 16_384 } as const

/**
 * The second door of the admin API: requests of our own windows' main frames, and of nobody else's.
 * @param isOurs whether a page is one of the app's windows
 * @param isOurPage whether an address is one of the documents that they were opened with
 */
export function answerBridge(admin: Admin, isOurs: (page: WebContents) => boolean, isOurPage: (url: string) => boolean): void {
  ipcMain.handle('gateway:request', async (event, request: unknown): Promise<BridgeReply> => {
    if (!isOurs(event.sender) || !isOwnFrame(event, isOurPage)) throw new Error('This page is not the window of Fast Gateway.')
    return answer(admin, BridgeRequest.parse(request))
  })
}

/** The frame is gone (null) when its page was left while the request was under way. */
const isOwnFrame = ({ senderFrame, sender }: IpcMainInvokeEvent, isOurPage: (url: string) => boolean) =>
  senderFrame !== null && senderFrame === sender.mainFrame && isOurPage(senderFrame.url)

async function answer(admin: Admin, { method, path, body }: BridgeRequest): Promise<BridgeReply> {
  if (path.length > bridgeLimits.pathChars || Buffer.byteLength(body ?? '') > bridgeLimits.bodyBytes)
    return problem('input.too_large', `The body is larger than ${bridgeLimits.bodyBytes} bytes, which is the most that is read.`)
  const response = await admin(new Request(`http://gateway${path}`, { method, ...withBody(body) }))
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return problem('input.not_acceptable', 'A stream never ends: events come over onEvent.')
  }
  return { status: response.status, body: await response.text() }
}

function problem(code: ErrorCode, message: string): BridgeReply {
  const { status } = codes[code]
  return { status, body: JSON.stringify({ type: 'about:blank', title: code, status, detail: message, code, message }) }
}

const withBody = (body: string | undefined) => (body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } })

/** Tells a window of something; one that is loading, crashed or closed does not hear it, and asks anew when it is back. */
export function tellPage(page: WebContents, event: GatewayEvent): void {
  if (!page.isDestroyed() && !page.isCrashed()) page.send('gateway:event', event)
}
