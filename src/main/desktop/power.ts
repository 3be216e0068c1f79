import { networkInterfaces } from 'node:os'
import { net, powerMonitor } from 'electron'
import { createNetworkWatch } from './network-watch'

/** What the machine does to the gateway. */
export interface PowerListeners {
  /** Upstreams may have gone away unnoticed. @param why for the log */
  reprobe(why: string): void
  /** The machine goes to sleep: nothing is to run out meanwhile. */
  suspend(): void
  resume(): void
  /** The system goes down. */
  shutdown(): void
}

/** Milliseconds between two looks at the network, and from a change to the asking: addresses come one after the other. */
const lookEveryMs = 15_000
const settledMs = 2000

/** Follows sleep, network and shutdown for as long as the app lives. */
export function followPower({ reprobe, suspend, resume, shutdown }: PowerListeners): void {
  let timer: NodeJS.Timeout | undefined
  const soon = (why: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => reprobe(why), settledMs)
  }
  powerMonitor.on('suspend', suspend)
  powerMonitor.on('resume', () => {
    resume()
    soon('the machine woke up')
  })
  // Delays the system until we have gone, as far as it lets us.
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    event?.preventDefault()
    shutdown()
  })
  const look = createNetworkWatch(() => ({ online: net.isOnline(), interfaces: networkInterfaces() }))
  setInterval(() => look() && soon('the network changed'), lookEveryMs)
}
