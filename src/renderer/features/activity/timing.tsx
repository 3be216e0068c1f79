import type { Approval, AuditEntry } from '../../../shared/records'
import { duration } from '../../ui/numbers'

/** Milliseconds that a person took; null where nobody was asked. */
function waited(approval: Approval | undefined): number | null {
  const decided = approval?.decided_at
  return approval && decided ? Date.parse(decided) - Date.parse(approval.created_at) : null
}

/** How long the person and the server took, one after the other. */
export function Timing({ entry, approval }: { readonly entry: AuditEntry; readonly approval: Approval | undefined }) {
  const person = waited(approval)
  const server = entry.duration_ms
  const whole = (person ?? 0) + (server ?? 0)
  return (
    <section>
      <h3 className="sect">
        Timing <span className="t3 num">{whole > 0 ? duration(whole) : ''}</span>
      </h3>
      {whole === 0 && <p className="small t3">{entry.outcome === 'running' ? 'It runs.' : 'It never reached the server.'}</p>}
      <div className="fall num">
        {person !== null && <Part word="You" from={0} part={person / whole} ms={person} person />}
        {server !== null && <Part word="Server" from={(person ?? 0) / whole} part={server / whole} ms={server} />}
      </div>
    </section>
  )
}

interface PartProps {
  readonly word: string
  /** Where it begins and how long it is, of the whole: 0 to 1. */
  readonly from: number
  readonly part: number
  readonly ms: number
  readonly person?: boolean
}

const Part = ({ word, from, part, ms, person }: PartProps) => (
  <>
    <span className="t2">{word}</span>
    <span className="bar" aria-hidden>
      <i
        className={person ? 'bg-wait!' : ''}
        style={{ width: `${Math.max(1, part * 100)}%`, marginLeft: `${Math.min(99, from * 100)}%` }}
      />
    </span>
    <span className="right t3">{duration(ms)}</span>
  </>
)
