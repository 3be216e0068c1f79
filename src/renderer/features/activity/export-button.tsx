import { Download } from 'lucide-react'
import { useState } from 'react'
import { door } from '../../door'
import { messageOf } from '../../gateway'
import { Button } from '../../ui/button'
import { saveFile } from '../../ui/save-file'
import { toast } from '../../ui/toast'
import { toQuery, type Filters } from './filters'

/** What is shown, as JSON Lines in a file. */
export function ExportButton({ filters }: { readonly filters: Filters }) {
  const [busy, setBusy] = useState(false)
  const run = () => {
    setBusy(true)
    exportCalls(filters)
      .catch((thrown: unknown) => toast(`Nothing was exported. ${messageOf(thrown)}`))
      .finally(() => setBusy(false))
  }
  return (
    <Button icon={Download} aria-busy={busy} disabled={busy} onClick={run}>
      {busy ? 'Exporting…' : 'Export'}
    </Button>
  )
}

async function exportCalls(filters: Filters): Promise<void> {
  const query = new URLSearchParams(toQuery(filters))
  const { status, body } = await door.request({ method: 'GET', path: `/audit/export?${query.toString()}` })
  if (status !== 200) throw new Error('The gateway could not read its audit; its log says why.')
  saveFile(body, `calls-${new Date().toISOString().slice(0, 10)}.jsonl`, 'application/x-ndjson')
}
