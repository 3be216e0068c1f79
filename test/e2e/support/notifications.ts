import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Message, sessionBus, type Variant } from '@jellybrick/dbus-next'

/*
 * Desktop notifications as they pass over the session bus (org.freedesktop.Notifications): what the app asks the system to show,
 * and what it takes away.
 */

export interface SeenNotification {
  readonly title: string
  readonly body: string
  /** 0 low, 1 normal, 2 critical. */
  readonly urgency: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** By the app, or by a click. */
  isClosed(): boolean
}

export interface NotificationWatch {
  /** In their order. */
  readonly seen: readonly SeenNotification[]
  /** The next one that is not yet given out. */
  next(): Promise<SeenNotification>
  close(): void
}

interface Noted extends SeenNotification {
  readonly serial: number
  readonly sender: string
  id: number | undefined
}

/** Follows the bus from now on. */
export async function watchNotifications(): Promise<NotificationWatch> {
  const bus = sessionBus()
  const seen: Noted[] = []
  const closed = new Set<number>()
  let given = 0
  const waiting: ((seen: SeenNotification) => void)[] = []
  const hear = (message: Message) => {
    if (message.member === 'Notify') seen.push(noted(message, closed))
    else if (message.member === 'CloseNotification' || message.member === 'NotificationClosed') closed.add(Number(message.body[0]))
    for (const each of seen)
      if (each.serial === message.replySerial && each.sender === message.destination) each.id = Number(message.body[0])
    while (waiting.length > 0 && seen[given]) waiting.shift()?.(seen[given++] as SeenNotification)
  }
  await becomeMonitor(bus, hear)
  return {
    seen,
    next: () =>
      new Promise((resolve) => {
        const ready = seen[given]
        if (!ready) return void waiting.push(resolve)
        given++
        resolve(ready)
      }),
    close: () => bus.disconnect(),
  }
}

function noted({ body, serial, sender }: Message, closed: ReadonlySet<number>): Noted {
  const [, , , title, text, , hints] = body as [string, number, string, string, string, string[], Record<string, Variant<number>>]
  const note: Noted = {
    ...{ title, body: text, urgency: hints.urgency?.value ?? 1, at: Date.now(), serial: Number(serial), sender: String(sender) },
    id: undefined,
    isClosed: () => note.id !== undefined && closed.has(note.id),
  }
  return note
}

/** A monitor may say nothing any more: the bus would end it. */
async function becomeMonitor(bus: ReturnType<typeof sessionBus>, hear: (message: Message) => void): Promise<void> {
  const place = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus.Monitoring' }
  await bus.call(new Message({ ...place, member: 'BecomeMonitor', signature: 'asu', body: [[], 0] }))
  bus.addMethodHandler((message: Message) => message.member !== undefined)
  bus.on('message', hear)
}

/** A click on the newest notification: it does what it offers and is gone. */
export async function clickNotification(): Promise<void> {
  const dunst = (...args: string[]) => promisify(execFile)('dunstctl', args)
  await dunst('action', '0')
  await dunst('close')
}
