import type { Locator } from '@playwright/test'

/** Pixels between each row of a list and the next, overlaps negative; all 0 where they lie one below the other. */
export const gapsBetween = (rows: Locator): Promise<number[]> =>
  rows.evaluateAll((elements) => {
    const places = elements.map((element) => element.getBoundingClientRect()).sort((a, b) => a.top - b.top)
    return places.slice(1).map(({ top }, index) => Math.round(top - (places[index]?.bottom ?? 0)))
  })
