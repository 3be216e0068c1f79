import { useMemo, useState } from 'react'
import type { ImportRequest, ImportResult, ImportSource } from '../../../shared/agents'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { firstPicks, pickables, requestsOf, type Pickable } from './import-picks'

/** Servers that can be imported, which of them are, and what came of it. */
export interface Importing {
  readonly found: readonly Pickable[]
  readonly picked: ReadonlySet<string>
  readonly busy: boolean
  /** Null before it was done. */
  readonly result: ImportResult | null
  pick(ids: readonly string[], isPicked: boolean): void
  run(): void
}

/** @param text the pasted text that is the source, where the sources are no files */
export function useImport(sources: readonly ImportSource[] | undefined, text?: string): Importing {
  const { data: servers } = useLive('servers')
  const [chosen, setChosen] = useState<{ readonly of: typeof sources; readonly ids: ReadonlySet<string> }>()
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<ImportResult | null>(null)
  const found = useMemo(() => pickables(sources ?? [], servers ?? []), [sources, servers])
  // What was picked of other sources says nothing of these.
  const picked = chosen?.of === sources && chosen ? chosen.ids : firstPicks(found)
  const pick = (ids: readonly string[], isPicked: boolean) => {
    const next = new Set(picked)
    for (const id of ids) if (isPicked) next.add(id)
    for (const id of ids) if (!isPicked) next.delete(id)
    setChosen({ of: sources, ids: next })
  }
  const run = async () => {
    setBusy(true)
    setResult(await importAll(requestsOf(found, picked, text)))
    setBusy(false)
    await refresh('servers')
  }
  return { found, picked, busy, result, pick, run: () => void run() }
}

/** One source after the other; one that fails keeps none of the others from being imported. */
async function importAll(requests: readonly ImportRequest[]): Promise<ImportResult> {
  const results: ImportResult[] = []
  for (const json of requests)
    results.push(
      await read(api.agents.import.$post({ json })).catch((thrown: unknown) => ({
        added: [],
        failed: json.picks.map(({ key }) => ({ key, error: messageOf(thrown) })),
      })),
    )
  return { added: results.flatMap(({ added }) => added), failed: results.flatMap(({ failed }) => failed) }
}
