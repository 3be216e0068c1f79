import type { LucideIcon } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { Button } from './button'

/** Nothing is here yet: its name, one sentence that teaches, the first step. */
export function Empty({
  icon: Icon,
  title,
  children,
  actions,
}: {
  readonly icon: LucideIcon
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
}) {
  return (
    <div className="empty grow">
      <span className="art">
        <Icon className="i l" aria-hidden />
      </span>
      <b>{title}</b>
      {children && <p>{children}</p>}
      {actions && <div className="row">{actions}</div>}
    </div>
  )
}

/** A filter without hits. */
export const NothingMatches = ({ what, onClear }: { readonly what: string; onClear(): void }) => (
  <div className="empty" role="status">
    <b>{what}</b>
    <div className="row">
      <Button small onClick={onClear}>
        Clear filters
      </Button>
    </div>
  </div>
)

/** Milliseconds after which waiting is shown. */
const patienceMs = 200

/** Rows in their final geometry while something loads; nothing in the first 200 ms. */
export function Loading({ rows = 4, label = 'Loading' }: { readonly rows?: number; readonly label?: string }) {
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), patienceMs)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div role="status" aria-label={label} aria-busy="true" className="list">
      {shown &&
        Array.from({ length: rows }, (_, index) => (
          <div key={index} className="r tall grid-cols-[8px_20px_minmax(0,1fr)_40px]">
            <span className="dot busy" />
            <span className="tile" />
            <span className="sk" />
            <span className="sk" />
          </div>
        ))}
    </div>
  )
}
