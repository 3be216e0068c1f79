import { useEffect, useState } from 'react'
import type { AuditSummary } from '../../../shared/stats'
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
  const [found, setFound] = useState<AuditSummary>()
  const days = useLive('settings').data?.settings.audit_retention_days
  useEffect(() => {
    // A count that cannot be had is left out; the list itself says what is wrong.
    const ask = () => read(api.audit.summary.$get({ query: toQuery(filters) })).then(setFound, () => setFound(undefined))
    const timer = setTimeout(() => void ask(), restMs)
    return () => clearTimeout(timer)
  }, [filters, changed])
  if (!found) return null
  const kept = days === undefined || days === null ? '' : `, ${count(days, 'day')} kept`
  return (
    <span className="only-wide">
      {found.complete ? '' : 'over '}
      {count(found.calls, 'call')}
      {kept}
    </span>
  )
}
