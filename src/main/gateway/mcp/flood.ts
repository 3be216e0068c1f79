/*
 * What keeps a talkative upstream from hurting anyone but itself: its notes are few and short, and whoever reads it
 * pauses when it says too much that nobody asked for. Nothing is dropped by the gate; the upstream blocks instead.
 */

/** Notes to the log per upstream connection and window; what is beyond is counted and told once. */
export const mostNotes = 20
const noteWindowMs = 10_000
/** Characters of one note. */
export const longestNote = 500
/** Messages without a request of ours (notifications, requests, noise) that are read per window before reading pauses. */
export const mostUnsolicited = 500
const floodWindowMs = 100
/** Bytes of such a message that count as one more: reading a long one costs time in which nobody else is served. */
const bytesPerCount = 4 * 1024

/** Cuts notes and passes on the first {@link mostNotes} of each {@link noteWindowMs}; the rest is summed up in one. */
export function limitNotes(onNote: (note: string) => void, now: () => number = Date.now): (note: string) => void {
  let since = now()
  let count = 0
  return (note) => {
    if (now() - since >= noteWindowMs) {
      if (count > mostNotes) onNote(`${count - mostNotes} further notes were left out`)
      since = now()
      count = 0
    }
    if (++count <= mostNotes) onNote(cut(note, longestNote))
  }
}

/** At most so many characters, an ellipsis included; never half of a surrogate pair. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** Counts what an upstream says unasked; full until its window has passed. */
export class FloodGate {
  private since = Date.now()
  private said = 0

  /** @param bytes of the message */
  count(bytes = 0): void {
    if (this.untilOpen() <= 0) {
      this.since = Date.now()
      this.said = 0
    }
    this.said += 1 + bytes / bytesPerCount
  }

  /** Milliseconds for which reading has to pause; 0 = go on. */
  pauseMs(): number {
    return this.said <= mostUnsolicited ? 0 : Math.max(0, this.untilOpen())
  }

  private untilOpen(): number {
    return this.since + floodWindowMs - Date.now()
  }
}
