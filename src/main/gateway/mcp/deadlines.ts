import { Slots } from '../slots'

/** Something that has to happen by a time on the clock of `performance.now()`. */
export interface Waiting {
  /** Belongs to `Deadlines`; begins as undefined. */
  slot: number | undefined
  /** May be moved later at any time; to move it earlier, add it again. */
  readonly deadline: number
  onDeadline(): void
}

const longestDelayMs = 2 ** 31 - 1

/**
 * Any number of deadlines on one timer, which is set only when one comes before all that it knows: calls that begin and end
 * within their time cost no timer at all (a timer for each call would cost 1 us).
 */
export class Deadlines {
  private readonly waiting = new Slots<Waiting>()
  private timer: NodeJS.Timeout | undefined
  private firesAt = Infinity

  add(waiting: Waiting): void {
    waiting.slot ??= this.waiting.add(waiting)
    if (waiting.deadline < this.firesAt) this.arm(waiting.deadline)
  }

  remove(waiting: Waiting): void {
    if (waiting.slot !== undefined) this.waiting.remove(waiting.slot, waiting)
    waiting.slot = undefined
  }

  private arm(at: number): void {
    clearTimeout(this.timer)
    this.firesAt = at
    this.timer = setTimeout(() => this.fire(), Math.min(Math.max(1, Math.ceil(at - performance.now())), longestDelayMs))
    // Who waits holds a socket, which keeps the process alive; we don't.
    this.timer.unref()
  }

  private fire(): void {
    const now = performance.now()
    this.firesAt = Infinity
    let next = Infinity
    for (const waiting of this.waiting.all()) {
      if (waiting.deadline > now) {
        next = Math.min(next, waiting.deadline)
        continue
      }
      if (waiting.slot === undefined) continue // one before it has removed it
      this.remove(waiting)
      waiting.onDeadline()
    }
    if (next < this.firesAt) this.arm(next)
  }
}
