import type { Effect } from '../../../shared/records'
import { VisibleText } from '../../ui/visible-text'
import { DayNames, Days } from './days'
import type { LineHistory } from './rule-row'

const words: Readonly<Record<Effect, string>> = { deny: 'denied', ask: 'asked', allow: 'allowed' }

/** What one line would have decided in the last week, by day and by client. */
export function LookBack({ effect, history }: { readonly effect: Effect; readonly history: LineHistory }) {
  if (!history || history.count === 0)
    return (
      <div>
        <h3 className="sect">Last week</h3>
        <p className="small t3">No recorded call would have been decided by this rule.</p>
      </div>
    )
  const days = history.days.slice(-7)
  const clients = Object.entries(history.clients).sort(([, a], [, b]) => b - a)
  const [times, more] = [history.count === 1 ? 'once' : `${history.count.toLocaleString()} times`, clients.length - 3]
  return (
    <div>
      <h3 className="sect">
        Would have {words[effect]} {times} last week
      </h3>
      <Days days={days} big />
      <DayNames many={days.length} />
      <p className="small t2 mt-2 num">
        <VisibleText>
          {clients
            .slice(0, 3)
            .map(([name, calls]) => `${calls} for ${name}`)
            .join(', ')}
        </VisibleText>
        {more > 0 && ` and ${more} more`}.
      </p>
    </div>
  )
}
