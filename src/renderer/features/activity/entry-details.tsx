import type { CSSProperties, ReactNode } from 'react'
import { useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import type { Approval, AuditEntry } from '../../../shared/records'
import { api, read } from '../../gateway'
import { placeOf } from '../../place'
import { useLive } from '../../store'
import { ArgumentTree } from '../../ui/argument-tree'
import { Button } from '../../ui/button'
import { classes } from '../../ui/classes'
import { CopyButton } from '../../ui/copy'
import { bytes } from '../../ui/numbers'
import { fullTime } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { parseArguments } from './arguments'
import { Timing } from './timing'
import { trailOf } from './trail'

/** The approval that a call waited for; undefined while it is asked for, and for calls without one. */
function useApproval({ decided_by }: AuditEntry): Approval | undefined {
  const [approval, setApproval] = useState<Approval>()
  const [kind, id] = decided_by.split(':')
  useEffect(() => {
    if (kind !== 'approval' || id === undefined) return
    // Past its keeping it is gone; the row itself still says that a person decided.
    read(api.approvals.history[':id'].$get({ param: { id } })).then(setApproval, () => undefined)
  }, [decided_by])
  return approval
}

/** Arguments, decision, timing; and what can be made of it. `narrow`: one below the other. */
export function EntryDetails({ entry, narrow }: { readonly entry: AuditEntry; readonly narrow?: boolean }) {
  const approval = useApproval(entry)
  return (
    <div className={classes('log-open', narrow && 'narrow')}>
      <Arguments entry={entry} />
      <Decision entry={entry} approval={approval} />
      <div>
        <Timing entry={entry} approval={approval} />
        <NextSteps entry={entry} />
      </div>
    </div>
  )
}

const Section = ({
  title,
  hint,
  action,
  children,
}: {
  readonly title: string
  readonly hint: string
  readonly action?: ReactNode
  readonly children: ReactNode
}) => (
  <section>
    <h3 className="sect">
      {title} <span className="t3 grow">{hint}</span>
      {action}
    </h3>
    {children}
  </section>
)

function Arguments({ entry }: { readonly entry: AuditEntry }) {
  const values = parseArguments(entry.arguments)
  const copy = <CopyButton text={entry.arguments} label="Copy arguments" />
  return (
    <Section title="Arguments" hint={values ? 'secrets removed' : 'cut, secrets removed'} action={copy}>
      <div className="panel" style={{ '--key': '96px' } as CSSProperties}>
        {values ? (
          <ArgumentTree values={values} />
        ) : (
          <pre className="code whitespace-pre-wrap border-0">
            <VisibleText>{entry.arguments}</VisibleText>
          </pre>
        )}
      </div>
    </Section>
  )
}

function Decision({ entry, approval }: { readonly entry: AuditEntry; readonly approval: Approval | undefined }) {
  const { data } = useLive('policy')
  return (
    <Section title="Decision" hint={fullTime(entry.at)}>
      <ol className="steps small">
        {trailOf(entry, approval, data?.policy).map(({ icon: Icon, tone, text }) => (
          <li key={text}>
            <span className={`k ${tone}`}>
              <Icon className="i s" aria-hidden />
            </span>
            <VisibleText>{text}</VisibleText>
          </li>
        ))}
      </ol>
      {entry.error !== null && (
        <p className="small t2 mt-3 wrap-anywhere">
          <b>The agent was told</b> <VisibleText>{entry.error}</VisibleText>
        </p>
      )}
      <p className="small t3 mt-3 num">
        {bytes(entry.request_bytes)} asked
        {entry.result_bytes !== null && `, ${bytes(entry.result_bytes)} answered`}
      </p>
    </Section>
  )
}

function NextSteps({ entry }: { readonly entry: AuditEntry }) {
  const [, go] = useLocation()
  const tools = useLive('catalog').data?.tools ?? []
  const tool = tools.find(({ server, bare_name }) => server === entry.server && bare_name === entry.tool)
  if (!tool) return <p className="small t3 mt-4">This tool is no longer in the catalogue.</p>
  const values = parseArguments(entry.arguments)
  return (
    <div className="row mt-4">
      <Button small onClick={() => go(placeOf('/tools', tool.name, 'run', ...(values ? [JSON.stringify(values)] : [])))}>
        Run again…
      </Button>
      <Button small look="quiet" onClick={() => go(placeOf('/policy/new', entry.server, entry.tool))}>
        Make a rule
      </Button>
    </div>
  )
}
