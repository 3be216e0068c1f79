import { Check, RefreshCw } from 'lucide-react'
import type { DraftTest as Outcome } from '../../../shared/draft-test'
import type { Transport } from '../../../shared/records'
import { mayDecide } from '../../door'
import { Button } from '../../ui/button'
import { Notice } from '../../ui/notice'
import { count, duration } from '../../ui/numbers'
import { useNow } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import type { DraftTest } from './use-draft-test'

/** Starting a program that nobody trusted yet is a person's to do. */
export const mayTest = (transport: Transport): boolean => transport !== 'builtin' && (transport !== 'stdio' || mayDecide())

/** What came of testing the settings before they are saved. */
export function TestResult({ test, transport }: { readonly test: DraftTest; readonly transport: Transport }) {
  const { state } = test
  if (!mayTest(transport) || state.kind === 'none') return null
  return (
    <div className="mt-3">
      {state.kind === 'running' && <Running test={test} at={state.at} transport={transport} />}
      {state.kind === 'over' && <Over test={test} outcome={state.outcome} />}
      {state.kind === 'refused' && (
        <Notice tone="bad" title="It could not be tested" action={<Again test={test} />}>
          {state.error}
        </Notice>
      )}
    </div>
  )
}

function Over({ test, outcome }: { readonly test: DraftTest; readonly outcome: Outcome }) {
  if (!outcome.ok)
    return (
      <Notice tone="bad" title="It does not work yet" action={<Again test={test} />}>
        <p className="wrap-anywhere text-text">
          <VisibleText>{outcome.error}</VisibleText>
        </p>
        <p className="mt-1">{outcome.remedy}</p>
      </Notice>
    )
  const { latency_ms, tool_count, tools, server_info, protocol_version } = outcome
  return (
    <Notice tone="ok" icon={Check} title={`Answers in ${duration(latency_ms)}`} action={<Again test={test} />}>
      <VisibleText>{`${count(tool_count, 'tool')} · ${server_info.name} ${server_info.version} · protocol ${protocol_version}`}</VisibleText>
      {tools.length > 0 && (
        <details className="mt-1">
          <summary>Show {tools.length < tool_count ? `the first ${tools.length} tools` : 'them'}</summary>
          <span className="pick mt-1">
            {tools.map((tool) => (
              <code key={tool}>
                <VisibleText>{tool}</VisibleText>
              </code>
            ))}
          </span>
        </details>
      )}
    </Notice>
  )
}

const Again = ({ test }: { readonly test: DraftTest }) => (
  <Button small look="quiet" icon={RefreshCw} onClick={test.run}>
    Test again
  </Button>
)

function Running({ test, at, transport }: { readonly test: DraftTest; readonly at: number; readonly transport: Transport }) {
  const seconds = Math.max(0, Math.floor((useNow() - at) / 1000))
  return (
    <div className="note" role="status">
      <span className="dot busy mt-1.5" aria-hidden />
      <div className="grow">
        <b>{transport === 'stdio' ? 'Starting it and asking for its tools' : 'Connecting and asking for its tools'}</b>
        <div className="small t2 num">{seconds} s. A first start may have to download the program.</div>
      </div>
      <Button small onClick={test.cancel}>
        Cancel
      </Button>
    </div>
  )
}
