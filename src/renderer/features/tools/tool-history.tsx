import { useMemo, useState } from 'react'
import type { ToolRow } from '../../../shared/catalog-rows'
import { Empty, Loading } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { duration } from '../../ui/numbers'
import { Ago } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { History } from 'lucide-react'
import { decidedBy } from '../approvals/decided-by'
import { EntryDetails } from '../activity/entry-details'
import { noFilters } from '../activity/filters'
import { outcomes } from '../activity/outcomes'
import { useEntries } from '../activity/use-entries'

/** The recorded calls of one tool. */
export function ToolHistory({ row }: { readonly row: ToolRow }) {
  const filters = useMemo(() => ({ ...noFilters, server: row.server, tool: row.bare_name }), [row.server, row.bare_name])
  const { entries, error, reload } = useEntries(filters, true)
  const [open, setOpen] = useState<number>()
  if (error !== undefined) return <ErrorNotice title="The calls could not be read" error={error} onRetry={reload} />
  if (!entries) return <Loading />
  if (entries.length === 0)
    return (
      <Empty icon={History} title="Never called">
        Each call of this tool appears here, with what was decided and what came of it.
      </Empty>
    )
  return (
    <ul className="list">
      {entries.map((entry) => {
        const { icon: Icon, tone, word } = outcomes[entry.outcome]
        return (
          <li key={entry.id}>
            <button
              type="button"
              className="r w-full grid-cols-[16px_minmax(0,1fr)_auto_64px_56px]! text-left"
              aria-expanded={open === entry.id}
              onClick={() => setOpen(open === entry.id ? undefined : entry.id)}
            >
              <Icon className={`i s ${tone}`} aria-label={word} />
              <span className="cut">
                <VisibleText>{entry.client}</VisibleText>
              </span>
              <span className="small t2 cut">{decidedBy(entry)}</span>
              <span className="right small t3 num">{entry.duration_ms === null ? '–' : duration(entry.duration_ms)}</span>
              <span className="right small t3">
                <Ago at={entry.at} />
              </span>
            </button>
            {open === entry.id && <EntryDetails entry={entry} narrow />}
          </li>
        )
      })}
    </ul>
  )
}
