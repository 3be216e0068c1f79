import type { HeldChange } from '../../shared/changes'
import type { EventName, GatewayEvent } from '../../shared/events'
import type { Approval, AuditEntry, GatewayStatus } from '../../shared/records'

/** What the tray shows. */
export interface Facts {
  readonly status: GatewayStatus
  /** Oldest first. */
  readonly pending: readonly Approval[]
  readonly changes: readonly HeldChange[]
  /** Newest first. */
  readonly recent: readonly AuditEntry[]
  readonly closing: boolean
}

/** Where the facts come from. */
export interface WatchParts {
  status(): GatewayStatus
  /** Calls of earlier days, newest first. */
  recent(): readonly AuditEntry[]
  /** Something that the tray shows is different. */
  changed(): void
}

/** What is known of the gateway without asking it over and over. */
export interface Watch {
  hear(event: GatewayEvent): void
  facts(): Facts
  /** Nothing is told any more. */
  close(): void
}

/** Calls that the tray lists. */
export const mostRecent = 5

/** After these, what the gateway says of itself is different. */
const statusEvents: ReadonlySet<EventName> = new Set<EventName>([
  ...(['server.changed', 'server.removed', 'config.changed', 'gateway.paused'] as const),
])

/** Milliseconds from a change to its telling, so that a burst is one; and for what comes with every call. */
export const watchPaceMs = { change: 100, call: 2000 } as const

export function createWatch(parts: WatchParts): Watch {
  const pending = new Map<string, Approval>()
  const changes = new Map<string, HeldChange>()
  let recent = parts.recent().slice(0, mostRecent)
  let status = parts.status()
  let closing = false
  const { soon, stop } = createSoon(() => {
    // Its store may be closed already.
    if (!closing) status = parts.status()
    parts.changed()
  })
  const take = (event: GatewayEvent): number | undefined => {
    if (event.event === 'approval.created') pending.set(event.data.approval.id, event.data.approval)
    else if (event.event === 'approval.closed') pending.delete(event.data.approval.id)
    else if (event.event === 'change.held') changes.set(event.data.change.id, event.data.change)
    else if (event.event === 'change.closed') changes.delete(event.data.id)
    else if (event.event === 'gateway.closing') closing = true
    else return takeQuietly(event)
    return 0
  }
  const takeQuietly = (event: GatewayEvent): number | undefined => {
    if (statusEvents.has(event.event)) return watchPaceMs.change
    if (event.event !== 'audit.appended') return undefined
    const { entry } = event.data
    recent = [entry, ...recent.filter(({ id }) => id !== entry.id)].slice(0, mostRecent)
    return watchPaceMs.call
  }
  return {
    hear(event) {
      const inMs = take(event)
      if (inMs !== undefined) soon(inMs)
    },
    facts: () => ({ status, pending: [...pending.values()], changes: [...changes.values()], recent, closing }),
    close: stop,
  }
}

/** Runs the work once for everything that asked meanwhile, at the earliest of the times that were asked for. */
function createSoon(work: () => void): { soon(inMs: number): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  let due = Infinity
  const run = () => {
    due = Infinity
    work()
  }
  return {
    soon(inMs) {
      const at = Date.now() + inMs
      if (at >= due) return
      due = at
      clearTimeout(timer)
      timer = setTimeout(run, inMs)
    },
    stop() {
      due = -Infinity
      clearTimeout(timer)
    },
  }
}
