import { FileSearch } from 'lucide-react'
import type { ImportSource } from '../../../shared/agents'
import { door } from '../../door'
import { Button } from '../../ui/button'
import { Empty, Loading } from '../../ui/empty'
import { ErrorNotice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { ImportList } from './import-list'
import { ImportOutcome } from './import-outcome'
import type { Importing } from './use-import'

interface PanelProps {
  readonly importing: Importing
  readonly sources: readonly ImportSource[] | undefined
  readonly error: string | undefined
  onRetry?(): void
  onClose(): void
}

/** What can be imported; afterwards, what came of it. */
export function ImportPanel({ importing, sources, error, onRetry, onClose }: PanelProps) {
  if (importing.result !== null) return <ImportOutcome result={importing.result} onClose={onClose} />
  if (error !== undefined)
    return <ErrorNotice title="The agents’ configs could not be read" error={error} {...(onRetry ? { onRetry } : {})} />
  if (!sources) return <Loading label="Looking for configs" />
  if (sources.length === 0)
    return (
      <Empty icon={FileSearch} title="No servers were found on this machine">
        Claude Code, Claude Desktop, Cursor, VS Code and Codex were looked for. Paste a config under “Paste or fill in”.
      </Empty>
    )
  return <ImportList sources={sources} importing={importing} />
}

interface FooterProps {
  readonly importing: Importing
  /** Whether the sources are files of this machine. */
  readonly fromFiles: boolean
  onClose(): void
}

/** How many are taken over, and that nothing is taken away. */
export function ImportFooter({ importing, fromFiles, onClose }: FooterProps) {
  const { picked, busy, result, run } = importing
  if (result !== null)
    return (
      <>
        <span className="grow" />
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </>
    )
  const waiting = busy && door.kind === 'browser' ? 'If the app runs, confirm it there.' : fromFiles ? 'Your files stay as they are.' : ''
  return (
    <>
      <span className="grow small t3">{waiting}</span>
      <Button onClick={onClose}>Cancel</Button>
      <Button look="primary" disabled={busy || picked.size === 0} onClick={run}>
        {busy ? 'Importing…' : `Import ${count(picked.size, 'server')}`}
      </Button>
    </>
  )
}
