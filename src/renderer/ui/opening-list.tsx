import { memo, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useRows } from './use-rows'

interface OpeningListProps<Item> {
  readonly label: string
  readonly items: readonly Item[]
  keyOf(item: Item): string
  /** Pixels of a closed row. */
  readonly rowHeight: number
  /** Key of the row that is open; null: none is. */
  readonly open: string | null
  onOpen(key: string | null): void
  /** Called when the end comes near. */
  onEnd?(): void
  /** The line itself; it lies in a button. */
  row(item: Item, open: boolean): ReactNode
  /** What is below the line while it is open. */
  details(item: Item): ReactNode
  readonly className?: string
}

/** A list of any length whose rows open in place. One row is in the tab order; arrow keys, Home and End go from there. */
export function OpeningList<Item>(props: OpeningListProps<Item>) {
  const { label, items, open, className } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useRows(props, scroller)
  // What was open is as high as any other again, also where it is not in the page now.
  useEffect(() => virtual.measure(), [open])
  const { current, move } = useRovingFocus(items.length, scroller, (index) => virtual.scrollToIndex(index))
  return (
    <div ref={scroller} role="list" aria-label={label} onKeyDown={move} className={`list scroll relative ${className ?? ''}`}>
      <div className="relative" role="presentation" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => (
          <Row key={key} list={props} index={index} start={start} current={index === current} measure={virtual.measureElement} />
        ))}
      </div>
    </div>
  )
}

interface RowProps<Item> {
  readonly list: OpeningListProps<Item>
  readonly index: number
  readonly start: number
  /** Whether it is the one in the tab order. */
  readonly current: boolean
  measure(element: HTMLElement | null): void
}

/** Only an open row is measured: the others are as high as they are said to be, and asking each would cost a layout. */
function RowOf<Item>({ list: { items, keyOf, open, onOpen, row, details }, index, start, current, measure }: RowProps<Item>) {
  const item = items[index]
  if (item === undefined) return null
  const isOpen = keyOf(item) === open
  return (
    <div
      role="listitem"
      data-index={index}
      ref={isOpen ? measure : undefined}
      className="absolute inset-x-0 top-0 contain-layout"
      style={{ transform: `translateY(${start}px)` }}
    >
      <button
        type="button"
        data-row={index}
        aria-expanded={isOpen}
        tabIndex={current ? 0 : -1}
        className="block w-full text-left"
        onClick={() => onOpen(isOpen ? null : keyOf(item))}
      >
        {row(item, isOpen)}
      </button>
      {isOpen && details(item)}
    </div>
  )
}

/** While it is scrolled only the rows that come are rendered. */
const Row = memo(RowOf) as typeof RowOf

/** Rows of one press of Page Up or Page Down. */
const pageRows = 10

/** Which row can be tabbed to, and the keys that make it another. A row far away is in the page only once it was scrolled to. */
function useRovingFocus(count: number, scroller: { readonly current: HTMLDivElement | null }, scrollTo: (index: number) => void) {
  const [current, setCurrent] = useState(0)
  const focus = (index: number) => {
    const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${index}"]`)
    row?.focus()
    return row !== null && row !== undefined
  }
  const move = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).dataset.row
    const to = row === undefined ? undefined : target(event.key, Number(row), count)
    if (to === undefined) return
    event.preventDefault()
    setCurrent(to)
    scrollTo(to)
    // At once where it can be: the next key is for this row.
    if (!focus(to)) requestAnimationFrame(() => focus(to))
  }
  return { current: Math.min(current, Math.max(0, count - 1)), move }
}

function target(key: string, from: number, count: number): number | undefined {
  const places: Partial<Record<string, number>> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + pageRows,
    PageUp: from - pageRows,
    Home: 0,
    End: count - 1,
  }
  const to = places[key]
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to))
}
