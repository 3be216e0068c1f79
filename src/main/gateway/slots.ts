/**
 * Things that come and go with every call, in no order. A Map or Set of them would make a quarter of all garbage outlive its time: V8
 * keeps alive whatever was in a table that they have outgrown until the next full collection, and they outgrow one every few calls.
 */
export class Slots<Item extends object> {
  private readonly items: (Item | undefined)[] = []
  private readonly free: number[] = []

  get size(): number {
    return this.items.length - this.free.length
  }

  /** @returns its slot, for `remove` */
  add(item: Item): number {
    const slot = this.free.pop() ?? this.items.length
    this.items[slot] = item
    return slot
  }

  /** Does nothing when it is not in that slot (any more). */
  remove(slot: number, item: Item): void {
    if (this.items[slot] !== item) return
    this.items[slot] = undefined
    this.free.push(slot)
  }

  /** Looks at one after the other: for few items, or for rare questions. */
  find(matches: (item: Item) => boolean): Item | undefined {
    return this.items.find((item) => item !== undefined && matches(item))
  }

  /** Those of this moment: what comes or goes while they are walked through changes nothing. */
  all(): readonly Item[] {
    return this.items.filter((item) => item !== undefined)
  }
}
