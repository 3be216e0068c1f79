import { ChevronRight, Play } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import type { ToolDetail, ToolRow } from '../../../shared/catalog-rows'
import { api, messageOf, read } from '../../gateway'
import { nameIn, placeOf } from '../../place'
import { useLive } from '../../store'
import { Badge } from '../../ui/badge'
import { Loading } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { TabPanel, Tabs } from '../../ui/tabs'
import { VisibleText } from '../../ui/visible-text'
import { parseArguments } from '../activity/arguments'
import { decidingRule } from '../policy/rule-text'
import { Playground } from './playground'
import { SchemaView } from './schema-view'
import { ToolHistory } from './tool-history'
import { claimOf, fateOf, longestName } from './tool-words'

type View = 'try' | 'schema' | 'history'

/** The tool whole; asked anew when the catalogue or the policy changes. */
function useDetail(name: string, row: ToolRow) {
  const [state, setState] = useState<{ readonly data?: ToolDetail; readonly error?: string }>({})
  const load = () =>
    void read(api.admin.catalog[':name'].$get({ param: { name }, query: {} })).then(
      (data) => setState({ data }),
      (thrown: unknown) => setState({ error: messageOf(thrown) }),
    )
  useEffect(load, [name, row])
  return { ...state, load }
}

/** One tool: what it says, what happens when it is called, and the place to try it. */
export function ToolPane({ row }: { readonly row: ToolRow }) {
  const { data, error, load } = useDetail(row.name, row)
  const [again, params] = useRoute('/tools/:name/run/:arguments?')
  const [, go] = useLocation()
  const [view, setView] = useState<View>('try')
  const asked = again && nameIn(params.name) === row.name ? params.arguments : undefined
  const given = asked === undefined ? null : parseArguments(nameIn(asked))
  useEffect(() => {
    if (asked !== undefined) setView('try')
  }, [asked])
  const turnTo = (chosen: View) => {
    setView(chosen)
    // So that the same call can be run again from there.
    if (asked !== undefined) go(placeOf('/tools', row.name), { replace: true })
  }
  return (
    <section className="pane" aria-label={row.bare_name}>
      <div className="pad pb-3!">
        <Title row={row} />
        <Description text={data?.tool.description ?? row.description} />
        <Facts row={row} detail={data} />
      </div>
      {error !== undefined && <ErrorNotice title="This tool could not be read" error={error} onRetry={load} />}
      {!data && error === undefined && <Loading />}
      {data && (
        <Tabs<View>
          label="About this tool"
          value={view}
          onChange={turnTo}
          choices={[
            { value: 'try', label: <TryLabel /> },
            { value: 'schema', label: 'Schema' },
            { value: 'history', label: 'History' },
          ]}
        >
          <TabPanel value="try" keep>
            <Playground key={asked ?? ''} detail={data} given={given} />
          </TabPanel>
          <TabPanel value="schema">
            <SchemaView tool={data.tool} />
          </TabPanel>
          <TabPanel value="history" className="p-0!">
            <ToolHistory row={row} />
          </TabPanel>
        </Tabs>
      )}
    </section>
  )
}

const TryLabel = () => (
  <>
    <Play className="i s" aria-hidden /> Try it
  </>
)

function Title({ row }: { readonly row: ToolRow }) {
  const claim = claimOf(row)
  return (
    <div className="row">
      <Link href={`/servers/${row.server_id}`} className="t3 cut no-underline">
        <VisibleText>{row.server}</VisibleText>
      </Link>
      <ChevronRight className="i s t3" aria-hidden />
      <h2 className="cut text-(length:--fs-title) font-semibold">
        <VisibleText>{row.bare_name}</VisibleText>
      </h2>
      <Badge tone={claim.tone} title={claim.why} className="ml-auto">
        {claim.word}
      </Badge>
      {row.hints.open_world === true && <Badge title="The server says that it reaches the outside world">Open world</Badge>}
    </div>
  )
}

/** Characters of a server's words that stand open. */
const opened = 240

function Description({ text }: { readonly text: string | null }) {
  const [all, setAll] = useState(false)
  if (text === null || text === '') return <p className="t3 small mt-1">The server describes it with no word.</p>
  const long = text.length > opened && !all
  return (
    <p className="t2 small mt-1 wrap-anywhere whitespace-pre-wrap">
      “<VisibleText>{long ? `${text.slice(0, opened)}…` : text}</VisibleText>”{' '}
      {text.length > opened && (
        <button type="button" className="acc" onClick={() => setAll(!all)}>
          {all ? 'Less' : 'More'}
        </button>
      )}{' '}
      <span className="t3">Text from the server</span>
    </p>
  )
}

function Facts({ row, detail }: { readonly row: ToolRow; readonly detail: ToolDetail | undefined }) {
  return (
    <dl className="dl mt-3">
      <dt>Policy</dt>
      <dd>
        <Fate row={row} />
        {detail && detail.groups.length > 0 && <InGroups names={detail.groups} />}
      </dd>
      <dt>Exposed as</dt>
      <dd>
        <code>
          <VisibleText>{row.name}</VisibleText>
        </code>{' '}
        <span className={`small num ${row.name.length > longestName ? 'wait' : 't3'}`}>
          {row.name.length} of {longestName} characters
        </span>
      </dd>
      <dt>Costs</dt>
      <dd className="num">{count(row.tokens, 'token')} of an agent’s context, about</dd>
      {detail && (
        <>
          <dt>Last week</dt>
          <dd className="num">{weekOf(detail)}</dd>
        </>
      )}
    </dl>
  )
}

function Fate({ row }: { readonly row: ToolRow }) {
  const { data } = useLive('policy')
  const { icon: Icon, tone, word } = fateOf(row)
  const { glob, conditions } = decidingRule(row.decision.rule, data?.policy)
  return (
    <>
      <Icon className={`i s ${tone}`} aria-hidden /> {word}
      {(row.hidden_by === null || row.hidden_by === 'policy') && (
        <>
          , because of{' '}
          <Link href="/policy" className="mono">
            {[glob, ...conditions].join(', ')}
          </Link>
        </>
      )}
      .{' '}
    </>
  )
}

const InGroups = ({ names }: { readonly names: readonly string[] }) => (
  <span>
    Visible in group{names.length > 1 && 's'} <b>{names.slice(0, 5).join(', ')}</b>
    {names.length > 5 && ` and ${names.length - 5} more`}.
  </span>
)

function weekOf({ history }: ToolDetail): string {
  if (history.calls === 0) return 'No calls'
  const parts = [
    history.approved > 0 && `${history.approved} approved by you`,
    history.granted > 0 && `${history.granted} by a grant`,
    history.denied > 0 && `${history.denied} denied`,
  ]
  return [count(history.calls, 'call'), ...parts.filter((part) => part !== false)].join(', ')
}
