/** It was not done in time, and may still come to an end. */
export class TooLate extends Error {}

/** A thread that waits in a native call would keep the process from ending, however it is ended; everything else is closed by then. */
const endAnyway = (): void => void process.kill(process.pid, 'SIGKILL')

/** Runs one thing at a time. @throws TooLate when that has not ended, or has not even begun, in time; then it never begins */
export type Lane = <T>(work: () => Promise<T>) => Promise<T>

/**
 * A keychain that waits for a person holds one of the few threads that Node does its files and look-ups with: it gets one and no more.
 * While something is overdue, whoever comes is told at once.
 */
export function createLane(patienceMs: number): Lane {
  let last: Promise<unknown> = Promise.resolve()
  let overdue = false
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (overdue) throw new TooLate()
    const call = { givenUp: false }
    const turn = last.then(async () => {
      if (call.givenUp) throw new TooLate()
      try {
        return await work()
      } finally {
        overdue = false
        process.off('exit', endAnyway)
      }
    })
    last = turn.catch(() => undefined)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        overdue = call.givenUp = true
        process.off('exit', endAnyway).on('exit', endAnyway)
        reject(new TooLate())
      }, patienceMs)
    })
    return Promise.race([turn, late]).finally(() => clearTimeout(timer))
  }
}
