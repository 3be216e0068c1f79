import type { AuditEntry } from '../../../shared/records'
import { useLive } from '../../store'
import { classes } from '../../ui/classes'
import { bytes, duration } from '../../ui/numbers'
import { Tile } from '../../ui/tile'
import { fullTime } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { decidedBy } from '../approvals/decided-by'
import { outcomes } from './outcomes'

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hour12: false })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false })

/** The time of day; of another day, that day too. */
function when(at: string): string {
  const date = new Date(at)
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : day.format(date)
}

/** One call in a line. */
export function EntryRow({ entry, open }: { readonly entry: AuditEntry; readonly open: boolean }) {
  const { icon: Icon, tone, word } = outcomes[entry.outcome]
  const policy = useLive('policy').data?.policy
  return (
    <div className={classes('r log rounded-none border-b border-line', open && 'open')}>
      <time className="num t3 cut" dateTime={entry.at} title={fullTime(entry.at)}>
        {when(entry.at)}
      </time>
      <span className="row">
        <Tile name={entry.client} />
        <span className="cut">
          <VisibleText>{entry.client}</VisibleText>
        </span>
      </span>
      <span className="cut">
        <span className="t3">
          <VisibleText>{entry.server}</VisibleText>
        </span>{' '}
        <VisibleText>{entry.tool}</VisibleText>
      </span>
      <span className={`row gap-1! ${tone}`}>
        <Icon className="i s" aria-hidden />
        {word}
      </span>
      <span className="cut t2">{decidedBy(entry, policy)}</span>
      <span className="right num t2">{entry.duration_ms === null ? '–' : duration(entry.duration_ms)}</span>
      <span className="right num t3 w">{entry.result_bytes === null ? '–' : bytes(entry.result_bytes)}</span>
    </div>
  )
}
