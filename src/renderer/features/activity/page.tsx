import { Activity } from 'lucide-react'
import { useState } from 'react'
import { Link, useRoute } from 'wouter'
import type { AuditEntry } from '../../../shared/records'
import { nameIn } from '../../place'
import { Button } from '../../ui/button'
import { Empty, Loading, NothingMatches } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { OpeningList } from '../../ui/opening-list'
import { Page, SearchField } from '../../ui/page'
import { EntryDetails } from './entry-details'
import { EntryRow } from './entry-row'
import { ExportButton } from './export-button'
import { FilterBar } from './filter-bar'
import { isFiltered, noFilters, type Filters } from './filters'
import { Kept } from './kept'
import { useEntries, type Entries } from './use-entries'

/** Every call with what was decided and what came of it: the audit log. */
export function ActivityPage() {
  const [filters, setFilters] = useState(useFirstFilters())
  const [follow, setFollow] = useState(true)
  const entries = useEntries(filters, follow)
  return (
    <Page
      title="Activity"
      count={<Kept filters={filters} changed={entries.entries} />}
      actions={
        <>
          <SearchField label="Search calls" value={filters.text} onChange={(text) => setFilters({ ...filters, text })} />
          <ExportButton filters={filters} />
        </>
      }
    >
      <FilterBar filters={filters} onChange={setFilters} follow={follow} onFollow={setFollow} />
      <Body entries={entries} filters={filters} onClear={() => setFilters(noFilters)} />
    </Page>
  )
}

/** `/activity/client/NAME` and `/activity/server/NAME` show only these. */
function useFirstFilters(): Filters {
  const [, params] = useRoute('/activity/:kind/:name')
  if (params?.kind === 'client') return { ...noFilters, client: nameIn(params.name) }
  if (params?.kind === 'server') return { ...noFilters, server: nameIn(params.name) }
  return noFilters
}

function Body({ entries, filters, onClear }: { readonly entries: Entries; readonly filters: Filters; onClear(): void }) {
  const { entries: rows, error, reload } = entries
  if (error !== undefined) return <ErrorNotice title="The activity could not be read" error={error} onRetry={reload} />
  if (!rows) return <Loading rows={8} />
  if (rows.length > 0) return <Log rows={rows} entries={entries} />
  if (isFiltered(filters)) return <NothingMatches what="No call matches" onClear={onClear} />
  return (
    <Empty
      icon={Activity}
      title="No calls yet"
      actions={
        <Link href="/clients/connect" className="btn primary">
          Connect an agent
        </Link>
      }
    >
      Every tool call that goes through the gateway is written down here: who asked, what was decided, and what came of it.
    </Empty>
  )
}

function Log({ rows, entries }: { readonly rows: readonly AuditEntry[]; readonly entries: Entries }) {
  const [open, setOpen] = useState<string | null>(null)
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <div className="list-h log flex-none border-b border-line" aria-hidden>
        <span>Time</span>
        <span>Client</span>
        <span>Tool</span>
        <span>Outcome</span>
        <span>Decided by</span>
        <span className="right">Took</span>
        <span className="right w">Result</span>
      </div>
      {entries.unseen > 0 && (
        <Button small className="absolute top-10 left-1/2 z-1 -translate-x-1/2" onClick={entries.reload}>
          {entries.unseen.toLocaleString()} new
        </Button>
      )}
      <OpeningList
        className="lined grow"
        label="Calls"
        items={rows}
        keyOf={({ id }) => String(id)}
        rowHeight={32}
        open={open}
        onOpen={setOpen}
        onEnd={entries.loadMore}
        row={(entry, isOpen) => <EntryRow entry={entry} open={isOpen} />}
        details={(entry) => <EntryDetails entry={entry} />}
      />
    </div>
  )
}
