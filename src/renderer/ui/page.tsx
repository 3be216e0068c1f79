import { Search } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'

/** A page: its head with title, count, search and actions, and below it whatever it is about. */
export function Page({
  title,
  count,
  actions,
  children,
}: {
  readonly title: string
  readonly count?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section className="page" aria-labelledby="page-title">
      <header className="head">
        <h1 id="page-title">{title}</h1>
        {count !== undefined && <span className="t3 num">{count}</span>}
        <span className="grow" />
        {actions}
      </header>
      {children}
    </section>
  )
}

/** A list beside the pane of what is chosen in it. */
export const Split = ({ className, children }: { readonly className?: string; readonly children: ReactNode }) => (
  <div className={`split ${className ?? ''}`}>{children}</div>
)

/** Filters the list of a page; "/" goes to it, Escape empties it. */
export function SearchField({
  label,
  value,
  onChange,
  found,
}: {
  readonly label: string
  readonly value: string
  onChange(value: string): void
  /** How many match, shown while something is searched. */
  readonly found?: number
}) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => focusOnSlash(input.current), [])
  return (
    <label className="in search">
      <Search className="i" aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onChange('')}
        className="grow bg-transparent text-text outline-none [&::-webkit-search-cancel-button]:hidden"
      />
      {value !== '' && found !== undefined ? (
        <span className="small t3 num only-wide" role="status">
          {found} found
        </span>
      ) : (
        <span className="kbd" aria-hidden>
          /
        </span>
      )}
    </label>
  )
}

function focusOnSlash(input: HTMLInputElement | null): () => void {
  const hear = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement | null
    const isTyping = target?.closest('input, textarea, select, [contenteditable]')
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return
    event.preventDefault()
    input?.focus()
  }
  document.addEventListener('keydown', hear)
  return () => document.removeEventListener('keydown', hear)
}
