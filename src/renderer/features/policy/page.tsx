import { Plus, Shield } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { useRoute } from 'wouter'
import type { ToolRow } from '../../../shared/catalog-rows'
import { policyFlaws } from '../../../shared/policy'
import type { Effect } from '../../../shared/records'
import { nameIn } from '../../place'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { Loading, NothingMatches } from '../../ui/empty'
import { ErrorNotice, Notice } from '../../ui/notice'
import { Page, SearchField } from '../../ui/page'
import { linesOf, withDestructive, withNewRule, type Line } from './lines'
import { decidedByLine, matchesOf } from './matches'
import { problemOf } from './problem'
import { RuleEditor } from './rule-editor'
import { RuleRow } from './rule-row'
import { SaveBar } from './save-bar'
import { useDraft, type PolicyDraft } from './use-draft'
import { useForecast, type Forecast } from './use-forecast'

/** Who may call what: the rules, what each names now, and what it would have done last week. Edited as a draft. */
export function PolicyPage() {
  const { error } = useLive('policy')
  const draft = useDraft()
  const [words, setWords] = useState('')
  const [open, setOpen] = useState<string | null>(null)
  const forecast = useForecast(draft?.policy)
  const add = (server = '*', tool = '*') => {
    if (!draft) return
    draft.change(withNewRule(draft.policy, { effect: 'ask', server, tool }))
    setOpen(`rules[${draft.policy.rules.length}]`)
  }
  useAskedRule(draft !== undefined, add)
  return (
    <Page
      title="Policy"
      count={<span className="only-wide">The strongest rule wins: deny, then ask, then allow.</span>}
      actions={
        <>
          <SearchField label="Which rule decides…" value={words} onChange={setWords} />
          <Button look="primary" icon={Plus} disabled={!draft} onClick={() => add()}>
            New rule
          </Button>
        </>
      }
    >
      {error !== undefined && !draft && (
        <ErrorNotice title="The policy could not be read" error={error} onRetry={() => void refresh('policy')} />
      )}
      {!draft && error === undefined && <Loading />}
      {draft && (
        <>
          <Notes draft={draft} forecast={forecast} />
          <Rules draft={draft} forecast={forecast} words={words} open={open} onOpen={setOpen} onClear={() => setWords('')} />
          {draft.dirty && <SaveBar draft={draft} forecast={forecast} />}
        </>
      )}
    </Page>
  )
}

/** `/policy/new/SERVER/TOOL` begins a rule for that tool. */
function useAskedRule(ready: boolean, add: (server: string, tool: string) => void): void {
  const [asked, params] = useRoute('/policy/new/:server/:tool')
  useEffect(() => {
    if (ready && asked) add(nameIn(params.server), nameIn(params.tool))
  }, [ready, asked])
}

function Notes({ draft, forecast }: { readonly draft: PolicyDraft; readonly forecast: Forecast }) {
  return (
    <>
      {draft.error !== undefined && <ErrorNotice title="The policy was not saved" error={draft.error} onRetry={draft.save} />}
      {draft.dirty && forecast.error !== undefined && <ErrorNotice title="This cannot be saved yet" error={forecast.error} />}
      {draft.overtaken && draft.dirty && (
        <Notice
          tone="wait"
          title="The policy was changed elsewhere meanwhile"
          action={
            <Button small onClick={draft.discard}>
              Take theirs
            </Button>
          }
        >
          Saving puts what you see here in its place.
        </Notice>
      )}
    </>
  )
}

interface RulesProps {
  readonly draft: PolicyDraft
  readonly forecast: Forecast
  readonly words: string
  readonly open: string | null
  onOpen(rule: string | null): void
  onClear(): void
}

const sections: readonly (readonly [Effect, string])[] = [
  ['deny', 'Deny'],
  ['ask', 'Ask a person'],
  ['allow', 'Allow'],
]

function Rules({ draft, forecast, words, open, onOpen, onClear }: RulesProps) {
  const tools = useLive('catalog').data?.tools ?? []
  const { policy } = draft
  const decided = useMemo(() => decidedByLine(policy, tools), [policy, tools])
  const lines = useMemo(() => linesOf(policy), [policy])
  const shown = lines.filter((line) => words === '' || isAsked(line, words, decided.get(line.rule) ?? []))
  const row = (line: Line) => (
    <Rule
      key={line.rule}
      line={line}
      tools={line.rule === 'default' ? (decided.get('default') ?? []) : tools}
      draft={draft}
      forecast={forecast}
      open={open === line.rule}
      onToggle={() => onOpen(open === line.rule ? null : line.rule)}
    />
  )
  if (shown.length === 0) return <NothingMatches what="No rule decides about such a tool" onClear={onClear} />
  return (
    <div className="list scroll grow px-2">
      {sections.map(([effect, title], index) => {
        const own = shown.filter((line) => line.effect === effect && line.rule !== 'default')
        return (
          <section key={effect} aria-label={title} className={index > 0 ? 'mt-2' : ''}>
            <div className="list-h rule">
              <b className="col-span-2">{title}</b>
              {index === 0 && <span>Matches now</span>}
              {index === 0 && <span>Last 7 days</span>}
            </div>
            {own.map(row)}
            {own.length === 0 && <p className="small t3 px-3 py-1">{emptyWords[effect]}</p>}
            {effect === 'ask' && policy.confirm !== undefined && words === '' && (
              <Button small look="quiet" icon={Shield} onClick={() => draft.change(withDestructive(policy))}>
                Ask about everything destructive
              </Button>
            )}
          </section>
        )
      })}
      <section aria-label="Everything else" className="mt-2">
        <div className="list-h rule">
          <b className="col-span-2">Everything else</b>
        </div>
        {shown.filter(({ rule }) => rule === 'default').map(row)}
      </section>
    </div>
  )
}

const emptyWords: Readonly<Record<Effect, string>> = {
  deny: 'Nothing is denied. A deny rule hides a tool from agents, whatever else allows it.',
  ask: 'Nothing asks. An ask rule stops a call until you have said yes.',
  allow: 'No rule allows. An allow rule matters where everything else asks or is denied.',
}

const isAsked = ({ text }: Line, words: string, decided: readonly ToolRow[]): boolean => {
  const wanted = words.toLowerCase()
  return text.glob.toLowerCase().includes(wanted) || decided.some(({ name, server }) => `${server} ${name}`.toLowerCase().includes(wanted))
}

interface RuleProps {
  readonly line: Line
  readonly tools: readonly ToolRow[]
  readonly draft: PolicyDraft
  readonly forecast: Forecast
  readonly open: boolean
  onToggle(): void
}

function Rule({ line, tools, draft, forecast, open, onToggle }: RuleProps) {
  const matches = useMemo(() => (line.rule === 'default' ? tools : matchesOf(line, tools)), [line, tools])
  const history = forecast.replay?.rules.find(({ rule }) => rule === line.rule)
  const problem = useMemo(() => problemOf(line, draft.policy, forecast.problems, tools), [line, draft.policy, forecast.problems, tools])
  const flaw = policyFlaws(draft.policy).find(({ path }) => path === line.rule || path.startsWith(`${line.rule}.`))?.message
  const row = <RuleRow line={line} matches={matches?.length} history={history} problem={flaw ?? problem} open={open} onToggle={onToggle} />
  if (!open) return row
  return (
    <div className="rule-open">
      {row}
      <RuleEditor
        line={line}
        policy={draft.policy}
        matches={matches}
        history={history}
        flaw={flaw}
        problem={problem}
        onChange={draft.change}
      />
    </div>
  )
}
