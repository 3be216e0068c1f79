// What other programs of a Linux desktop see of an app: its icon comes to the panel, its notifications to who shows them.
import { Message, sessionBus, Variant } from '@jellybrick/dbus-next'

/** @typedef {{ next(): Promise<number>, close(): void }} Arrivals `next`: milliseconds since 1970 at which the next one came */

/** What came and what is waited for, whichever is first. @param {() => void} close */
function arrivals(close) {
  /** @type {number[]} */
  const come = []
  /** @type {((at: number) => void)[]} */
  const waiting = []
  const arrive = () => {
    const next = waiting.shift()
    if (next) next(Date.now())
    else come.push(Date.now())
  }
  const next = async () => come.shift() ?? new Promise((/** @type {(at: number) => void} */ done) => waiting.push(done))
  return { arrive, next, close }
}

/** A panel, to which icons come. @returns {Promise<Arrivals>} */
export async function openPanel() {
  const bus = sessionBus()
  const icons = arrivals(() => bus.disconnect())
  bus.addMethodHandler((message) => {
    if (message.path !== '/StatusNotifierWatcher') return false
    if (message.member === 'RegisterStatusNotifierItem') icons.arrive()
    // The one property that an icon asks for is whether there is a panel.
    const [signature, body] = message.member === 'Get' ? ['v', [new Variant('b', true)]] : ['', []]
    bus.send(Message.newMethodReturn(message, signature, body))
    return true
  })
  await bus.requestName('org.kde.StatusNotifierWatcher', 0)
  return icons
}

/** Listens to what is said to whoever shows notifications. @returns {Promise<Arrivals>} */
export async function watchNotifications() {
  const bus = sessionBus()
  const notifications = arrivals(() => bus.disconnect())
  const to = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus.Monitoring' }
  const rules = ["type='method_call',interface='org.freedesktop.Notifications',member='Notify'"]
  await bus.call(new Message({ ...to, member: 'BecomeMonitor', signature: 'asu', body: [rules, 0] }))
  // Who only listens may not answer: the bus would end it.
  bus.addMethodHandler(() => true)
  bus.on('message', ({ member }) => member === 'Notify' && notifications.arrive())
  return notifications
}
