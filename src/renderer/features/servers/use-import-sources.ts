import { useCallback, useEffect, useState } from 'react'
import type { ImportSource } from '../../../shared/agents'
import { api, messageOf, read } from '../../gateway'

/** What the agents on this machine have in their configs; read when first wanted, and again by `load`. */
export function useImportSources(wanted: boolean): {
  readonly sources: readonly ImportSource[] | undefined
  readonly error: string | undefined
  load(): void
} {
  const [sources, setSources] = useState<readonly ImportSource[]>()
  const [error, setError] = useState<string>()
  const load = useCallback(() => {
    setError(undefined)
    read(api.agents.import.$get()).then(setSources, (thrown: unknown) => setError(messageOf(thrown)))
  }, [])
  useEffect(() => {
    if (wanted) load()
  }, [wanted, load])
  return { sources, error, load }
}
