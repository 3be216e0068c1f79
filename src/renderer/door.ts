import type { Bridge, BridgeReply, BridgeRequest } from '../shared/bridge'
import { eventStream, type BreakListener } from './event-stream'

declare global {
  interface Window {
    /** Put there by the preload; absent in a browser. */
    readonly gateway?: Bridge
  }
}

/** How this page reaches the gateway: over the app's bridge, or from a browser (`/ui/`) over HTTP with tokens. */
export interface Door extends Bridge {
  readonly kind: 'app' | 'browser'
  /** Hears when events end, and when they are there again: what is known may be old then. @returns the way to stop it */
  onBreak(listener: BreakListener): () => void
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
  events.wake()
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

/** Without a credential it is not asked for: that would only be refused. */
const events = eventStream(async (signal) => {
  const headers = authorization({ method: 'GET', path: '/events' })
  if (!headers.authorization) throw new Error('Nobody has signed in yet.')
  return fetch(`${adminBase}/events`, { headers, signal, credentials: 'omit' })
})

const browserDoor: Door = {
  kind: 'browser',
  async request(request): Promise<BridgeReply> {
    const body = request.body === undefined ? {} : { body: request.body }
    const headers = { ...authorization(request), ...(request.body === undefined ? {} : { 'content-type': 'application/json' }) }
    const asked = fetch(adminBase + request.path, { method: request.method, headers, ...body, credentials: 'omit' })
    const answer = await asked.catch(() => {
      throw new Error(`Nothing answers at ${location.host}. Start the gateway again; this page then goes on by itself.`)
    })
    return { status: answer.status, body: await answer.text() }
  },
  onEvent: (listener) => events.listen(listener),
  onBreak: (listener) => events.onBreak(listener),
}

const appDoor = (bridge: Bridge): Door => ({
  kind: 'app',
  request: (request) => bridge.request(request),
  onEvent: (listener) => bridge.onEvent(listener),
  // The gateway runs in the same process: nothing is between.
  onBreak: () => () => undefined,
})

/** The one way from this page to the gateway. */
export const door: Door = window.gateway ? appDoor(window.gateway) : browserDoor

/** In the app the person at the machine decides by being there; in a browser by the approver's credential. */
export const mayDecide = (): boolean => door.kind === 'app' || credentials().approver !== null
