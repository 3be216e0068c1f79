import { useEffect, useState } from 'react'
import { api, read } from '../../gateway'
import { useLive } from '../../store'
import { count } from '../../ui/numbers'
import { toQuery, type Filters } from './filters'

/** Milliseconds after the last change before it is counted anew. */
const restMs = 500

/** How many calls the filters let through, and how long calls are kept. */
export function Kept({
  filters,
  changed,
}: {
  readonly filters: Filters
  /** Counted anew when this is another. */ readonly changed: unknown
}) {
  const [calls, setCalls] = useState<number>()
  const days = useLive('settings').data?.settings.audit_retention_days
  useEffect(() => {
    // A count that cannot be had is left out; the list itself says what is wrong.
    const ask = () =>
      read(api.audit.summary.$get({ query: toQuery(filters) })).then(
        ({ total }) => setCalls(total),
        () => setCalls(undefined),
      )
    const timer = setTimeout(() => void ask(), restMs)
    return () => clearTimeout(timer)
  }, [filters, changed])
  if (calls === undefined) return null
  const kept = days === undefined || days === null ? '' : `, ${count(days, 'day')} kept`
  return (
    <span className="only-wide">
      {count(calls, 'call')}
      {kept}
    </span>
  )
}
