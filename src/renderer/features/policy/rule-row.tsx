import { ChevronDown, ChevronRight, TriangleAlert } from 'lucide-react'
import type { PolicyReplay } from '../../../shared/stats'
import { EffectBadge } from '../../ui/badge'
import { count } from '../../ui/numbers'
import { Days } from './days'
import { Glob } from './glob'
import type { Line } from './lines'
import { inShort } from './problem'

/** What a line did, or would have done, in the calls that are looked back on. */
export type LineHistory = PolicyReplay['rules'][number] | undefined

interface RuleRowProps {
  readonly line: Line
  /** Tools that it names now; undefined while its pattern cannot be used. */
  readonly matches: number | undefined
  readonly history: LineHistory
  readonly problem: string | undefined
  readonly open: boolean
  onToggle(): void
}

const verbs = { deny: 'would deny', ask: 'would ask', allow: 'would allow' } as const

/** One rule in a line: what it does, to what, how many tools that is now, and how often last week. */
export function RuleRow({ line, matches, history, problem, open, onToggle }: RuleRowProps) {
  const Chevron = open ? ChevronDown : ChevronRight
  return (
    <button type="button" className="r rule w-full text-left" aria-expanded={open} onClick={onToggle} data-rule={line.rule}>
      <EffectBadge effect={line.effect} />
      <Glob text={line.text} dead={matches === 0} />
      <span className="small t2 num">{matches === undefined ? 'Not usable' : count(matches, 'tool')}</span>
      {problem === undefined ? <Looks history={history} effect={line.effect} /> : <Problem text={problem} />}
      <Chevron className="i s t3" aria-hidden />
    </button>
  )
}

function Looks({ history, effect }: { readonly history: LineHistory; readonly effect: Line['effect'] }) {
  if (!history || history.count === 0) return <span className="small t3">No calls last week</span>
  return (
    <span className="row small t2 num">
      <Days days={history.days.slice(-7)} />
      {verbs[effect]} {history.count === 1 ? 'once' : `${history.count.toLocaleString()} times`}
    </span>
  )
}

const Problem = ({ text }: { readonly text: string }) => (
  <span className="small wait row cut" title={text}>
    <TriangleAlert className="i s" aria-hidden />
    <span className="cut">{inShort(text)}</span>
  </span>
)
