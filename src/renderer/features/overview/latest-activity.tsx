import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { AuditEntry } from '../../../shared/records'
import { door } from '../../door'
import { api, read } from '../../gateway'
import { Ago } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { outcomes } from '../activity/outcomes'

/** Calls that are shown. */
const most = 8
/** Milliseconds that new calls wait, so that many at once are asked for together. */
const gatherMs = 250

function useLatest(): readonly AuditEntry[] | undefined {
  const [entries, setEntries] = useState<readonly AuditEntry[]>()
  useEffect(() => {
    const load = () =>
      void read(api.audit.index.$get({ query: { limit: String(most) } })).then(
        (page) => setEntries(page.entries),
        () => undefined, // the banner says that the gateway does not answer
      )
    load()
    let timer: ReturnType<typeof setTimeout> | undefined
    const loadSoon = () => {
      timer = undefined
      load()
    }
    const stopBreaks = door.onBreak(load)
    // Of many at once only some are told of: what is there is asked for anew.
    const stopEvents = door.onEvent(({ event }) => event === 'audit.appended' && (timer ??= setTimeout(loadSoon, gatherMs)))
    return () => {
      stopBreaks()
      stopEvents()
      clearTimeout(timer)
    }
  }, [])
  return entries
}

export function LatestActivity() {
  const entries = useLatest()
  return (
    <section aria-labelledby="latest-activity">
      <h2 id="latest-activity" className="sect px-5">
        Latest activity
        <Link href="/activity" className="small ml-auto font-normal">
          Show all
        </Link>
      </h2>
      <div className="px-2">
        {entries?.map((entry) => (
          <Line key={entry.id} entry={entry} />
        ))}
        {entries?.length === 0 && (
          <p className="small t3 px-3 py-2">
            No calls yet. <Link href="/clients/connect">Connect an agent</Link>, and each call it makes appears here.
          </p>
        )}
      </div>
    </section>
  )
}

function Line({ entry }: { readonly entry: AuditEntry }) {
  const { icon: Icon, tone, word } = outcomes[entry.outcome]
  const said = entry.outcome === 'ok' ? (entry.decision === 'approved' ? 'approved' : '') : word.toLowerCase()
  return (
    <div className="r short grid-cols-[16px_minmax(0,1fr)_88px_44px]">
      <Icon className={`i s ${tone}`} aria-label={word} />
      <span className="cut">
        <span className="t3">{entry.server}</span> <VisibleText>{entry.tool}</VisibleText>{' '}
        <span className={entry.outcome === 'ok' ? 't3' : tone}>{said}</span>
      </span>
      <span className="small t3 cut">
        <VisibleText>{entry.client}</VisibleText>
      </span>
      <span className="right small t3">
        <Ago at={entry.at} />
      </span>
    </div>
  )
}
