import type { Bridge, BridgeReply, BridgeRequest } from '../shared/bridge'
import type { GatewayEvent } from '../shared/events'

declare global {
  interface Window {
    /** Put there by the preload; absent in a browser. */
    readonly gateway?: Bridge
  }
}

/** How this page reaches the gateway: over the app's bridge, or from a browser (`/ui/`) over HTTP with tokens. */
export interface Door extends Bridge {
  readonly kind: 'app' | 'browser'
}

/** The two credentials of a browser's door; kept for this tab only. */
export interface Credentials {
  readonly admin: string | null
  /** Decides approvals and trust. */
  readonly approver: string | null
}

const slots = { admin: 'fast-gateway.admin', approver: 'fast-gateway.approver' } as const

export const credentials = (): Credentials => ({
  admin: sessionStorage.getItem(slots.admin),
  approver: sessionStorage.getItem(slots.approver),
})

/** Takes a credential for this tab; null forgets it. */
export function setCredential(kind: keyof Credentials, token: string | null): void {
  if (token === null) sessionStorage.removeItem(slots[kind])
  else sessionStorage.setItem(slots[kind], token)
}

/** `#token=…&approver=…`, which a browser never sends to a server, is taken over and removed from the address. */
export function takeCredentialsFromAddress(): void {
  const given = new URLSearchParams(location.hash.replace(/^#\/?/, ''))
  const [admin, approver] = [given.get('token'), given.get('approver')]
  if (admin === null && approver === null) return
  if (admin) setCredential('admin', admin)
  if (approver) setCredential('approver', approver)
  const page = given.get('page') ?? '/'
  history.replaceState(null, '', `${location.pathname}#${page.startsWith('/') ? page : '/'}`)
}

/** What a person decides needs the approver's credential; everything else is the admin's. As in the gateway's table of permissions. */
function isDecision({ method, path }: BridgeRequest): boolean {
  if (method === 'GET') return false
  return /^\/(?:hil\/|resume(?:\?|$)|servers\/(?:[^/]+\/trust|test-draft)(?:\?|$))/.test(path)
}

/** Written into the page by the gateway, which knows its own prefix; relative, since both may be behind another. */
const adminPath = document.querySelector<HTMLMetaElement>('meta[name="admin-path"]')?.content ?? '../admin'
const adminBase = new URL(adminPath, location.href).pathname.replace(/\/$/, '')

function authorization(request: BridgeRequest): Record<string, string> {
  const { admin, approver } = credentials()
  const token = isDecision(request) ? (approver ?? admin) : (admin ?? approver)
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

const browserDoor: Door = {
  kind: 'browser',
  async request(request): Promise<BridgeReply> {
    const body = request.body === undefined ? {} : { body: request.body }
    const headers = { ...authorization(request), ...(request.body === undefined ? {} : { 'content-type': 'application/json' }) }
    const answer = await fetch(adminBase + request.path, { method: request.method, headers, ...body, credentials: 'omit' })
    return { status: answer.status, body: await answer.text() }
  },
  onEvent(listener) {
    const stopped = new AbortController()
    void follow(listener, stopped.signal)
    return () => stopped.abort()
  },
}

/** Milliseconds before a stream that ended is opened again. */
const reopenMs = 2000

/** Server-sent events by `fetch`: an EventSource can send no token. Opened again for as long as somebody listens. */
async function follow(listener: (event: GatewayEvent) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await readEvents(listener, signal).catch(() => undefined) // the next try says whether it is back
    await new Promise((resolve) => setTimeout(resolve, reopenMs))
  }
}

async function readEvents(listener: (event: GatewayEvent) => void, signal: AbortSignal): Promise<void> {
  const headers = authorization({ method: 'GET', path: '/events' })
  const answer = await fetch(`${adminBase}/events`, { headers, signal, credentials: 'omit' })
  if (!answer.ok || answer.body === null) return
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) tell(block, listener)
  }
}

function tell(block: string, listener: (event: GatewayEvent) => void): void {
  const data = block.split('\n').find((line) => line.startsWith('data: '))
  if (data !== undefined) listener(JSON.parse(data.slice(6)) as GatewayEvent)
}

const appDoor = (bridge: Bridge): Door => ({
  kind: 'app',
  request: (request) => bridge.request(request),
  onEvent: (listener) => bridge.onEvent(listener),
})

/** The one way from this page to the gateway. */
export const door: Door = window.gateway ? appDoor(window.gateway) : browserDoor

/** In the app the person at the machine decides by being there; in a browser by the approver's credential. */
export const mayDecide = (): boolean => door.kind === 'app' || credentials().approver !== null
