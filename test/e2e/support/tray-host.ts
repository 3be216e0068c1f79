import { Message, MessageFlag, sessionBus, Variant, type MessageBus } from '@jellybrick/dbus-next'

/*
 * The panel of a Linux desktop, as far as an icon in the tray needs one: it takes the icon's registration
 * (org.kde.StatusNotifierWatcher), reads its menu and clicks its items (com.canonical.dbusmenu), as GNOME's and KDE's do.
 */

export interface TrayIcon {
  /** What the menu shows, top to bottom, separators left out. */
  labels(): Promise<string[]>
  click(label: string): Promise<void>
  /** How opaque each of its pixels is: what tells one shape from another, whatever it is painted in. */
  shape(): Promise<Buffer>
}

export interface TrayHost {
  /** The next icon that registers. */
  icon(): Promise<TrayIcon>
  close(): void
}

/** Opened before the app starts, since the app looks for a panel only once. */
export async function openTrayHost(): Promise<TrayHost> {
  const bus = sessionBus()
  const icons: TrayIcon[] = []
  const waiting: ((icon: TrayIcon) => void)[] = []
  bus.addMethodHandler((message: Message) => {
    if (message.path !== '/StatusNotifierWatcher') return false
    if (message.member === 'RegisterStatusNotifierItem') {
      const icon = trayIcon(bus, String(message.body[0]))
      const next = waiting.shift()
      if (next) next(icon)
      else icons.push(icon)
    }
    // The one property that an icon asks for is whether there is a panel.
    const answer =
      message.member === 'Get' ? Message.newMethodReturn(message, 'v', [new Variant('b', true)]) : Message.newMethodReturn(message)
    bus.send(answer)
    return true
  })
  await bus.requestName('org.kde.StatusNotifierWatcher')
  return {
    icon: async () => icons.shift() ?? new Promise((done) => waiting.push(done)),
    close: () => bus.disconnect(),
  }
}

const menu = 'com.canonical.dbusmenu'

type MenuItem = [id: number, properties: Record<string, Variant>, children: Variant<MenuItem>[]]

function trayIcon(bus: MessageBus, destination: string): TrayIcon {
  const ask = async (path: string, of: string, member: string, signature: string, body: unknown[]) =>
    (await bus.call(new Message({ destination, path, interface: of, member, signature, body })))?.body ?? []
  const property = async <T>(name: string) => {
    const asked = ['org.kde.StatusNotifierItem', name]
    const [found] = (await ask('/StatusNotifierItem', 'org.freedesktop.DBus.Properties', 'Get', 'ss', asked)) as [Variant<T>]
    return found.value
  }
  const menuPath = () => property<string>('Menu')
  const items = async () => {
    const [, [, , children]] = (await ask(await menuPath(), menu, 'GetLayout', 'iias', [0, -1, []])) as [number, MenuItem]
    // One underscore would underline what follows it.
    return children.map(({ value: [id, { label }] }) => ({ id, label: (label?.value as string | undefined)?.replaceAll('__', '_') }))
  }
  return {
    async shape() {
      const [[, , pixels] = [0, 0, Buffer.alloc(0)]] = await property<[number, number, Buffer][]>('IconPixmap')
      return pixels.filter((_, index) => index % 4 === 0) as Buffer // ARGB
    },
    labels: async () => (await items()).map(({ label }) => label).filter((label) => typeof label === 'string'),
    click: async (label) => {
      const item = (await items()).find((one) => one.label === label)
      if (!item) throw new Error(`There is no "${label}" in the tray's menu.`)
      const body = [item.id, 'clicked', new Variant('s', ''), 0]
      const message = { destination, path: await menuPath(), interface: menu, member: 'Event', signature: 'isvu', body }
      // Nobody waits for the answer: after "Quit" there is none.
      bus.send(new Message({ ...message, flags: MessageFlag.NO_REPLY_EXPECTED }))
    },
  }
}
