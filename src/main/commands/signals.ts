import type { Log } from '../gateway/log'

/** The wish that this process ends. */
export interface Stop {
  /** Resolves with the reason, once. */
  readonly requested: Promise<string>
  /** Everything is closed: ends the process now, whatever still keeps it. */
  finish(): void
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** Exit code of a program that Ctrl-C ended. */
const interrupted = 130
/** Milliseconds for an orderly end: the drain, and children that do not want to go. */
const patienceMs = 12_000

/** The first signal asks for an orderly end, a second one ends at once. What nobody foresaw ends orderly too, with exit code 1. */
export function stopSignals(log: Log): Stop {
  let exitCode = 0
  let reason: string | undefined
  let request: (reason: string) => void = () => undefined
  const requested = new Promise<string>((resolve) => (request = resolve))
  const stop = (why: string, code: number) => {
    exitCode ||= code
    if (reason !== undefined) return
    reason = why
    setTimeout(() => {
      log.error('The gateway did not close in time and is ended.')
      process.exit(1)
    }, patienceMs).unref()
    request(why)
  }
  for (const signal of signals) process.on(signal, () => (reason === undefined ? stop(signal, 0) : process.exit(interrupted)))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (cause: unknown) => {
      log.error('Something went wrong that the gateway did not foresee; it closes.', { cause })
      stop(event, 1)
    })
  return { requested, finish: () => process.exit(exitCode) }
}
