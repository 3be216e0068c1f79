import { useState } from 'react'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { toast } from '../../ui/toast'

/** The panic switch: whether every new call is refused, and the way to change it. */
export function usePause(): {
  readonly paused: boolean
  readonly since: string | null
  readonly error: string | undefined
  toggle(): void
} {
  const { data: status } = useLive('status')
  const [error, setError] = useState<string>()
  const since = status?.paused_since ?? null
  const toggle = () => {
    const asked = since === null ? read(api.admin.pause.$post()) : read(api.admin.resume.$post())
    asked.then(
      () => {
        setError(undefined)
        toast(since === null ? 'All calls are paused' : 'Calls run again')
        return refresh('status')
      },
      (thrown: unknown) => setError(messageOf(thrown)),
    )
  }
  return { paused: since !== null, since, error, toggle }
}
