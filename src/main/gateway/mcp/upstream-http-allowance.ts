import { httpLimits } from './upstream-http-wire'

/** Bytes of a message that count as one more: reading a long one costs time in which nobody else is served. */
const bytesPerMessage = 16 * 1024

/** How much an upstream may say unasked: a bucket that fills by the second and holds a burst. */
export class Allowance {
  private left: number = httpLimits.unaskedBurst
  private at = performance.now()
  private told = false

  /** @param bytes of the message */
  take(bytes: number): boolean {
    this.fill()
    if (this.left < 1) return false
    this.left -= 1 + bytes / bytesPerMessage
    return true
  }

  get isSpent(): boolean {
    if (this.left < 1) this.fill()
    return this.left < 1
  }

  private fill(): void {
    const now = performance.now()
    this.left = Math.min(httpLimits.unaskedBurst, this.left + ((now - this.at) / 1_000) * httpLimits.unaskedPerSecond)
    this.at = now
  }

  /** True once. */
  isNews(): boolean {
    const news = !this.told
    this.told = true
    return news
  }
}
