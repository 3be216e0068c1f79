import { useEffect, useState } from 'react'
import type { ApprovalReview } from '../../../shared/review'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'

/** Milliseconds that calls which ended wait, so that many at once are asked about together. */
const gatherMs = 500

/** Everything needed to decide one approval, asked for when it is looked at, and anew when a call ended: it may be one that waited. */
export function useReview(id: string | undefined): { readonly review: ApprovalReview | undefined; readonly error: string | undefined } {
  const [state, setState] = useState<{ id: string; review?: ApprovalReview; error?: string }>()
  useEffect(() => {
    if (id === undefined) return undefined
    let wanted = true
    const load = () =>
      void read(api.approvals.pending[':id'].review.$get({ param: { id } })).then(
        (review) => wanted && setState({ id, review }),
        (thrown: unknown) => wanted && setState({ id, error: messageOf(thrown) }),
      )
    load()
    let timer: ReturnType<typeof setTimeout> | undefined
    const loadSoon = () => {
      timer = undefined
      load()
    }
    const stop = door.onEvent(({ event }) => event === 'audit.appended' && (timer ??= setTimeout(loadSoon, gatherMs)))
    return () => {
      wanted = false
      stop()
      clearTimeout(timer)
    }
  }, [id])
  const current = state?.id === id ? state : undefined
  return { review: current?.review, error: current?.error }
}
