import { useVirtualizer } from '@tanstack/react-virtual'
import type { RefObject } from 'react'

/** Rows before and after those in view that are in the page too. */
const overscan = 12
/** Rows from the end at which more is asked for. */
const nearEnd = 20

interface RowsOptions<Item> {
  readonly items: readonly Item[]
  keyOf(item: Item): string
  /** Pixels of one row before it is measured. */
  readonly rowHeight: number
  /** Called when the end comes near. */
  onEnd?(): void
}

/** Which rows of a long list are in the page, and where. */
export const useRows = <Item>({ items, keyOf, rowHeight, onEnd }: RowsOptions<Item>, scroller: RefObject<HTMLDivElement | null>) =>
  useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
    getItemKey: (index) => {
      const item = items[index]
      return item === undefined ? index : keyOf(item)
    },
    onChange: ({ range }) => range && range.endIndex >= items.length - nearEnd && onEnd?.(),
  })
