import { useCallback, useEffect, useRef, useState } from 'react'
import type { AuditEntry, AuditPage } from '../../../shared/records'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'
import { caughtUp, rowsToAsk, type Loaded } from './caught-up'
import { toQuery, type Filters } from './filters'

/** Rows asked for at a time. */
const pageRows = '200'
/** Milliseconds that new calls wait, so that many at once are one change of the page. */
const gatherMs = 250
/** Milliseconds after the last letter that is typed. */
const typingMs = 200

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
  const { loaded, error, load, catchUp } = usePages(filters)
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
  useNewCalls(() => catchUp(follow, setUnseen))
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
  const latest = useRef({ filters, loaded })
  latest.current = { filters, loaded }
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
  /** The newest rows are read anew: an event says that some came or ended, not which. */
  const catchUp = (follow: boolean, count: (unseen: number) => void) => {
    const take = (page: AuditPage) => {
      if (latest.current.filters !== filters) return
      const [top] = latest.current.loaded?.entries ?? []
      if (follow) setLoaded((known) => known && caughtUp(known, page))
      else count(page.entries.filter(({ id }) => id > (top?.id ?? 0)).length)
    }
    // The next call asks again; that the gateway is gone is told by the banner.
    const limit = String(rowsToAsk(latest.current.loaded))
    read(api.audit.index.$get({ query: { ...toQuery(filters), limit } })).then(take, () => undefined)
  }
  return { loaded, error, load, catchUp }
}

/** Tells that calls came or ended, once for many. */
function useNewCalls(tell: () => void): void {
  const latest = useRef(tell)
  latest.current = tell
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = door.onEvent((event) => {
      // Of many at once only some are told of, so this one stands for others too.
      if (event.event !== 'audit.appended') return
      timer ??= setTimeout(() => {
        timer = undefined
        latest.current()
      }, gatherMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [])
}
