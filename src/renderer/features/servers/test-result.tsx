import { Check, RefreshCw } from 'lucide-react'
import type { Transport } from '../../../shared/records'
import { door } from '../../door'
import { Button } from '../../ui/button'
import { Notice } from '../../ui/notice'
import { count, duration } from '../../ui/numbers'
import { useNow } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import type { DraftTest } from './use-draft-test'

/** Starting programs without their being trusted is for the person at the app only. */
export const mayTest = (transport: Transport): boolean => transport !== 'builtin' && (transport !== 'stdio' || door.kind === 'app')

/** What came of testing the settings before they are saved. */
export function TestResult({ test, transport }: { readonly test: DraftTest; readonly transport: Transport }) {
  const { state } = test
  if (!mayTest(transport) || state.kind === 'none') return null
  return (
    <div className="mt-3">
      {state.kind === 'running' && <Running test={test} at={state.at} transport={transport} />}
      {state.kind === 'ok' && (
        <Notice tone="ok" icon={Check} title={`Answers in ${duration(state.ms)}`} action={<Again test={test} />}>
          {count(state.toolCount, 'tool')}
        </Notice>
      )}
      {state.kind === 'failed' && (
        <Notice tone="bad" title="It does not work yet" action={<Again test={test} />}>
          <VisibleText>{state.error}</VisibleText>
        </Notice>
      )}
    </div>
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
