/** Calls whose times are kept: the newest. */
const mostTimes = 1000

/** What the gateway itself takes for a call, of the newest ones: everything but the upstream's part. Milliseconds. */
export class OwnTimes {
  readonly #upstream = new WeakMap<object, number>()
  readonly #times = new Float64Array(mostTimes)
  #count = 0

  /** An upstream has taken so long for the call of this context; a second try adds to it. */
  tellUpstream(context: object, ms: number): void {
    this.#upstream.set(context, (this.#upstream.get(context) ?? 0) + ms)
  }

  /** The call of this context took so long in all. Not for calls that waited for a person. */
  tellWhole(context: object, ms: number): void {
    const upstream = this.#upstream.get(context)
    if (upstream !== undefined) this.#times[this.#count++ % mostTimes] = Math.max(0, ms - upstream)
  }

  /** To the hundredth; null: no call. */
  median(): number | null {
    const times = this.#times.slice(0, this.#count).sort()
    const middle = times[Math.floor(times.length / 2)]
    return middle === undefined ? null : Math.round(middle * 100) / 100
  }
}
