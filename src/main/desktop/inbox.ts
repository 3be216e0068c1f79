/** What comes before anybody listens waits, in its order. */
export interface Inbox<Item> {
  put(item: Item): void
  /** Hands over what waits, and from then on whatever comes, at once. */
  open(listener: (item: Item) => void): void
}

export function createInbox<Item>(): Inbox<Item> {
  const waiting: Item[] = []
  let hear = (item: Item): void => void waiting.push(item)
  return {
    put: (item) => hear(item),
    open(listener) {
      hear = listener
      for (const item of waiting.splice(0)) listener(item)
    },
  }
}
