import type { HeldChange } from '../../shared/changes'
import type { GatewayEvent } from '../../shared/events'
import type { Approval, ServerView } from '../../shared/records'
import { approvalText, bundleText, changeText, serverText, type NotificationText } from './notification-texts'

/** A button of a notification, where the system has them. */
export interface NotificationButton {
  readonly label: string
  press(): void
}

/** One notification to show. */
export interface NativeNotification extends NotificationText {
  /** Stays until it is dealt with, where the system allows. */
  readonly urgent: boolean
  readonly buttons: readonly NotificationButton[]
  click(): void
  /** The system could not show it. */
  failed(): void
}

/** Takes a shown notification away. */
export interface ShownNotification {
  close(): void
}

/** What notifications need of the app around them. */
export interface NotificationParts {
  show(notification: NativeNotification): ShownNotification
  /** The person's preference. */
  enabled(): boolean
  /** Whether a person looks at the very window that a notification would lead to. */
  isWatched(what: 'approvals' | 'window'): boolean
  /** Whether the rule that asked lets a notification approve. */
  mayApprove(approval: Approval): Promise<boolean>
  decide(id: string, approve: boolean): void
  openApproval(id?: string): void
  openPage(page: string): void
  /** Milliseconds since 1970. */
  now(): number
}

/** Notifications of the gateway's needs, and of nothing else. */
export interface Notifications {
  /** The servers as they are at the start: nobody is told of what was so before. */
  know(servers: readonly ServerView[]): void
  /** The approvals plugin's notifier. */
  ask(approval: Approval): Promise<void>
  hear(event: GatewayEvent): void
  /** Takes all of them away, as when they are switched off. */
  clear(): void
}

/**
 * So many are shown one by one at the same time, and no more than `most` within so many milliseconds, however fast they are asked and
 * withdrawn; beyond that one says how many wait.
 */
export const notificationLimits = { single: 3, most: 10, withinMs: 10_000 } as const

/** Tells a person once of everything that waits for them; what was dealt with anywhere disappears. */
export const createNotifications = (parts: NotificationParts): Notifications => new Told(parts)

/** Questions of one kind: those that wait, and those of them that were only counted. */
class Questions {
  readonly waiting = new Set<string>()
  readonly bundled = new Set<string>()
  constructor(readonly what: 'call' | 'change') {}
}

class Told implements Notifications {
  readonly #shown = new Map<string, ShownNotification>()
  readonly #calls = new Questions('call')
  readonly #changes = new Questions('change')
  readonly #serverStates = new Map<string, ServerView['state']>()
  /** When the last single ones were shown. */
  #recent: number[] = []

  constructor(private readonly parts: NotificationParts) {}

  know(servers: readonly ServerView[]): void {
    for (const { id, state } of servers) this.#serverStates.set(id, state)
  }

  async ask(approval: Approval): Promise<void> {
    this.#calls.waiting.add(approval.id)
    if (!this.parts.enabled() || this.parts.isWatched('approvals')) return
    if (!this.#mayShowSingle(this.#calls)) return this.#bundle(this.#calls, approval.id, () => this.parts.openApproval())
    const mayApprove = await this.parts.mayApprove(approval)
    // Decided while we asked: nothing would close it any more.
    if (this.#calls.waiting.has(approval.id)) this.#show(approval.id, this.#question(approval, mayApprove))
  }

  hear(event: GatewayEvent): void {
    if (event.event === 'approval.closed') this.#answered(this.#calls, event.data.approval.id)
    if (event.event === 'change.held') this.#changeHeld(event.data.change)
    if (event.event === 'change.closed') this.#answered(this.#changes, event.data.id)
    if (event.event === 'server.changed') this.#serverChanged(event.data.server)
    if (event.event === 'server.removed') this.#serverGone(event.data.id)
  }

  clear(): void {
    for (const id of [...this.#shown.keys()]) this.#close(id)
    for (const { bundled } of [this.#calls, this.#changes]) bundled.clear()
  }

  #question(approval: Approval, mayApprove: boolean): NativeNotification {
    const { openApproval, decide } = this.parts
    const review = () => openApproval(approval.id)
    const buttons = [
      { label: 'Review', press: review },
      { label: 'Deny', press: () => decide(approval.id, false) },
      ...(mayApprove ? [{ label: 'Approve', press: () => decide(approval.id, true) }] : []),
    ]
    return { ...approvalText(approval), urgent: true, click: review, failed: review, buttons }
  }

  #bundle(questions: Questions, id: string, open: () => void): void {
    questions.bundled.add(id)
    const text = bundleText(questions.what, questions.waiting.size)
    this.#show(questions.what, { ...text, urgent: true, click: open, failed: open, buttons: [] })
  }

  #answered(questions: Questions, id: string): void {
    questions.waiting.delete(id)
    this.#close(id)
    if (questions.bundled.delete(id) && questions.bundled.size === 0) this.#close(questions.what)
  }

  #changeHeld(change: HeldChange): void {
    this.#changes.waiting.add(change.id)
    if (!this.parts.enabled() || this.parts.isWatched('window')) return
    const open = () => this.parts.openPage('/approvals')
    if (!this.#mayShowSingle(this.#changes)) return this.#bundle(this.#changes, change.id, open)
    this.#show(change.id, {
      ...{ ...changeText(change), urgent: true, click: open, failed: open },
      buttons: [{ label: 'Review', press: open }],
    })
  }

  #serverChanged(server: ServerView): void {
    const before = this.#serverStates.get(server.id)
    this.#serverStates.set(server.id, server.state)
    if (before === server.state) return
    this.#close(server.id)
    if (server.state !== 'needs_login' && server.state !== 'needs_trust') return
    if (!this.parts.enabled() || this.parts.isWatched('window') || !this.#mayShowSingle()) return
    const open = () => this.parts.openPage('/servers')
    this.#show(server.id, { ...serverText(server), urgent: false, click: open, failed: () => undefined, buttons: [] })
  }

  #serverGone(id: string): void {
    this.#serverStates.delete(id)
    this.#close(id)
  }

  #show(id: string, notification: NativeNotification): void {
    this.#close(id)
    this.#shown.set(id, this.parts.show(notification))
  }

  #close(id: string): void {
    this.#shown.get(id)?.close()
    this.#shown.delete(id)
  }

  #mayShowSingle(among?: Questions): boolean {
    if (among && among.waiting.size > notificationLimits.single) return false
    const now = this.parts.now()
    this.#recent = this.#recent.filter((at) => at > now - notificationLimits.withinMs)
    if (this.#recent.length >= notificationLimits.most) return false
    this.#recent.push(now)
    return true
  }
}
