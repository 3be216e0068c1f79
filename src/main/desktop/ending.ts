import { app } from 'electron'
import type { Log } from '../gateway/log'

/** The one way in which the app ends. */
export interface Ending {
  /** Something to end in order; what was opened last is closed first. */
  before(close: () => Promise<void> | void): void
  /** Ends everything and then the process; asked again, it is the same end. @param code of the process */
  end(why: string, code?: number): void
  /** Ends everything, and leaves the process to who asked. */
  close(): Promise<void>
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** Milliseconds for an orderly end: the drain, and children that do not want to go. */
const patienceMs = 12_000

/** Every wish to quit (menu, log-out, signal, shutdown, update) waits until all is closed: calls drained, children ended, database at rest. */
export function createEnding(log: Log): Ending {
  const works: (() => Promise<void> | void)[] = []
  let closing: Promise<void> | undefined
  let exitCode = 0
  let closed = false
  const close = () => {
    closing ??= closeAll(works, log).then(() => void (closed = true))
    return closing
  }
  const end = (why: string, code = 0) => {
    exitCode ||= code
    if (!closing) {
      log.info('Fast Gateway quits.', { reason: why })
      setTimeout(() => giveUp(log), patienceMs)
    }
    void close().then(() => app.exit(exitCode))
  }
  app.on('before-quit', (event) => {
    if (closed) return
    event.preventDefault()
    end('it was asked to quit')
  })
  for (const signal of signals) process.on(signal, () => end(signal))
  return { before: (work) => void works.unshift(work), end, close }
}

/** Has the app start once more when this process has ended, as it was started. @param more arguments */
export function relaunch(more: readonly string[] = []): void {
  const args = process.argv.slice(1).filter((argument) => !more.includes(argument))
  const { APPIMAGE } = process.env
  // An AppImage runs from a place that is gone with it.
  app.relaunch({ args: [...args, ...more], ...(APPIMAGE === undefined ? {} : { execPath: APPIMAGE }) })
}

function giveUp(log: Log): void {
  log.error('Fast Gateway did not close in time and is ended.')
  app.exit(1)
}

async function closeAll(works: readonly (() => Promise<void> | void)[], log: Log): Promise<void> {
  for (const work of works) {
    try {
      await work()
    } catch (error) {
      log.error('Something could not be closed in order.', { error })
    }
  }
}
