import { useCallback, useEffect, useRef, useState } from 'react'
import type { AuditEntry, AuditPage } from '../../../shared/records'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'
import { fits, toQuery, type Filters } from './filters'

/** Rows asked for at a time. */
const pageRows = '200'
/** Milliseconds that new calls wait, so that many at once are one change of the page. */
const gatherMs = 250
/** Milliseconds after the last letter that is typed. */
const typingMs = 200

interface Loaded {
  readonly entries: readonly AuditEntry[]
  readonly next: string | null
}

/** The audit's rows as far as they were scrolled to, the newest first. */
export interface Entries {
  readonly entries: readonly AuditEntry[] | undefined
  readonly error: string | undefined
  /** Whether there are more than these. */
  readonly more: boolean
  /** Calls that came since, while it does not follow. */
  readonly unseen: number
  loadMore(): void
  reload(): void
}

/** Follows new calls where told so; otherwise counts them. */
export function useEntries(filters: Filters, follow: boolean): Entries {
  const { loaded, error, load, add } = usePages(filters)
  const [unseen, setUnseen] = useState(0)
  const reload = useCallback(() => {
    setUnseen(0)
    load()
  }, [load])
  useEffect(() => {
    const timer = setTimeout(reload, filters.text === '' ? 0 : typingMs)
    return () => clearTimeout(timer)
  }, [reload])
  useEffect(() => door.onBreak((isBack) => isBack && reload()), [reload])
  useNewCalls(filters, (fresh) => {
    if (!follow) setUnseen((count) => count + fresh.length)
    // How text is searched only the gateway knows.
    else if (filters.text === '') add(fresh)
    else reload()
  })
  const next = loaded?.next ?? null
  const asked = useRef<string | null>(null)
  const loadMore = () => {
    if (next === null || asked.current === next) return
    asked.current = next
    load(next)
  }
  return { entries: loaded?.entries, error, more: next !== null, unseen, loadMore, reload }
}

/** What was read so far. An answer to an earlier question than the last one is dropped. */
function usePages(filters: Filters) {
  const [loaded, setLoaded] = useState<Loaded>()
  const [error, setError] = useState<string>()
  const turns = useRef(0)
  const load = useCallback(
    (cursor?: string) => {
      const turn = ++turns.current
      const take = ({ entries, next_cursor }: AuditPage) => {
        if (turn !== turns.current) return
        setError(undefined)
        setLoaded((known) => ({ entries: cursor === undefined ? entries : [...(known?.entries ?? []), ...entries], next: next_cursor }))
      }
      const query = { ...toQuery(filters), limit: pageRows, ...(cursor === undefined ? {} : { cursor }) }
      read(api.audit.index.$get({ query })).then(take, (thrown: unknown) => turn === turns.current && setError(messageOf(thrown)))
    },
    [filters],
  )
  const add = (fresh: readonly AuditEntry[]) => setLoaded((known) => known && { ...known, entries: merged(fresh, known.entries) })
  return { loaded, error, load, add }
}

/** An entry is told of when it is opened and again when it ends: the later one stands, in the place of the first. */
function merged(fresh: readonly AuditEntry[], known: readonly AuditEntry[]): readonly AuditEntry[] {
  const byId = new Map(fresh.map((entry) => [entry.id, entry]))
  const kept = known.map((entry) => byId.get(entry.id) ?? entry)
  const ids = new Set(known.map(({ id }) => id))
  return [...[...byId.values()].filter(({ id }) => !ids.has(id)).sort((a, b) => b.id - a.id), ...kept]
}

function useNewCalls(filters: Filters, tell: (fresh: readonly AuditEntry[]) => void): void {
  const latest = useRef(tell)
  latest.current = tell
  useEffect(() => {
    let gathered: AuditEntry[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const hand = () => {
      timer = undefined
      latest.current(gathered)
      gathered = []
    }
    const stop = door.onEvent((event) => {
      if (event.event !== 'audit.appended' || !fits(event.data.entry, filters)) return
      gathered.push(event.data.entry)
      timer ??= setTimeout(hand, gatherMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [filters])
}
