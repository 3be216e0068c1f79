import type { VirtualItem } from '@tanstack/react-virtual'
import { memo, useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'
import { useRows } from './use-rows'

interface VirtualListProps<Item> {
  readonly label: string
  readonly items: readonly Item[]
  keyOf(item: Item): string
  /** Pixels of one row before it is measured. */
  readonly rowHeight: number
  /** Rows that open in place are measured. */
  readonly measured?: boolean
  readonly selected: string | null
  onSelect(item: Item): void
  /** Called when the end comes near. */
  onEnd?(): void
  row(item: Item, selected: boolean): ReactNode
  /** Rows that cannot be chosen, such as headings. */
  isHeading?(item: Item): boolean
  readonly className?: string
}

/** A list of any length, of which only what is in view is in the page. Arrow keys, Home and End move; Enter and a click choose. */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { label, items, keyOf, selected, onSelect, isHeading, className } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useRows(props, scroller)
  const chosen = items.findIndex((item) => keyOf(item) === selected)
  // One that was chosen elsewhere, as by its address, comes into view.
  useEffect(() => void (chosen >= 0 && virtual.scrollToIndex(chosen)), [selected, chosen >= 0])
  const move = (event: KeyboardEvent) => {
    const to = target(event.key, chosen, items, isHeading)
    const item = to === undefined ? undefined : items[to]
    if (item === undefined) return
    event.preventDefault()
    onSelect(item)
  }
  return (
    <div
      ref={scroller}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={chosen < 0 ? undefined : `row-${selected}`}
      onKeyDown={move}
      className={`list scroll relative ${className ?? ''}`}
    >
      <div className="relative" role="presentation" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((place) => (
          <Row key={place.key} list={props} place={place} chosen={place.index === chosen} measure={virtual.measureElement} />
        ))}
      </div>
    </div>
  )
}

interface RowProps<Item> {
  readonly list: VirtualListProps<Item>
  readonly place: VirtualItem
  readonly chosen: boolean
  measure(element: HTMLElement | null): void
}

function RowOf<Item>({ list, place, chosen, measure }: RowProps<Item>) {
  const item = list.items[place.index]
  if (item === undefined) return null
  const heading = list.isHeading?.(item) === true
  const choice = heading ? { role: 'presentation' } : { role: 'option', 'aria-selected': chosen, onClick: () => list.onSelect(item) }
  return (
    <div
      id={`row-${String(place.key)}`}
      data-index={place.index}
      ref={list.measured ? measure : undefined}
      className="absolute inset-x-0 top-0 contain-layout"
      style={{ transform: `translateY(${place.start}px)` }}
      {...choice}
    >
      {list.row(item, chosen)}
    </div>
  )
}

/** While it is scrolled only the rows that come are rendered. */
const Row = memo(RowOf) as typeof RowOf

/** Where a key leads; undefined: nowhere. */
function target<Item>(key: string, from: number, items: readonly Item[], isHeading?: (item: Item) => boolean): number | undefined {
  const steps: Partial<Record<string, readonly [start: number, step: 1 | -1]>> = {
    ArrowDown: [from + 1, 1],
    ArrowUp: [from - 1, -1],
    Home: [0, 1],
    End: [items.length - 1, -1],
  }
  const move = steps[key]
  if (!move) return undefined
  const [start, step] = move
  for (let index = start; index >= 0 && index < items.length; index += step) {
    const item = items[index]
    if (item !== undefined && isHeading?.(item) !== true) return index
  }
  return undefined
}
