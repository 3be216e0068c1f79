import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { AuditEntry } from '../../../shared/records'
import { api, messageOf, read } from '../../gateway'
import { useLive } from '../../store'
import { VisibleText } from '../../ui/visible-text'

/** Failed calls that are shown. */
const most = 5
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** Asked anew when the server has failed more often: the app does not tell of every call where many end at once. */
function useErrors(server: string): { readonly entries?: readonly AuditEntry[]; readonly error?: string } {
  const [state, setState] = useState<{ readonly entries?: readonly AuditEntry[]; readonly error?: string }>({})
  const failed = useLive('stats').data?.servers.find((each) => each.server === server)?.errors
  useEffect(() => {
    read(api.audit.index.$get({ query: { server, outcome: 'error', limit: String(most) } })).then(
      ({ entries }) => setState({ entries }),
      (thrown: unknown) => setState({ error: messageOf(thrown) }),
    )
  }, [server, failed])
  return state
}

/** The last calls that a server failed, the newest first. */
export function LastErrors({ server }: { readonly server: string }) {
  const { entries, error } = useErrors(server)
  return (
    <div>
      <h2 className="sect">
        Failed calls
        <Link href={`/activity/server/${encodeURIComponent(server)}`} className="end small font-normal">
          All its calls
        </Link>
      </h2>
      {error !== undefined && <p className="small bad">{error}</p>}
      {entries?.length === 0 && <p className="small t3">None.</p>}
      {entries !== undefined && entries.length > 0 && (
        <div className="code wrap-anywhere whitespace-pre-wrap!">
          {entries.map(({ id, at, tool, error: why }) => (
            <div key={id}>
              <time className="c" dateTime={at} title={new Date(at).toLocaleString()}>
                {clock.format(new Date(at))}
              </time>{' '}
              <VisibleText>{`${tool}: ${why ?? 'failed'}`}</VisibleText>
            </div>
          ))}
        </div>
      )}
    </div>
  )
}
