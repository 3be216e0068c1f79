/** How long a page that failed waits before it is loaded again, in milliseconds: the first and the longest; and when it counts as mended. */
export const backOffMs = { first: 250, longest: 30_000, mendedAfter: 60_000 } as const

/** Doubles with every failure; begins anew for what lived a minute. @returns how long to wait now */
export function createBackOff(now: () => number): () => number {
  let wait: number = backOffMs.first
  let last = -Infinity
  return () => {
    const at = now()
    wait = at - last > backOffMs.mendedAfter ? backOffMs.first : Math.min(wait * 2, backOffMs.longest)
    last = at
    return wait
  }
}
