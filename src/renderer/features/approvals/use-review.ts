import { useEffect, useState } from 'react'
import type { ApprovalReview } from '../../../shared/review'
import { api, messageOf, read } from '../../gateway'

/** Everything needed to decide one approval, asked for when it is looked at. */
export function useReview(id: string | undefined): { readonly review: ApprovalReview | undefined; readonly error: string | undefined } {
  const [state, setState] = useState<{ id: string; review?: ApprovalReview; error?: string }>()
  useEffect(() => {
    if (id === undefined) return undefined
    let wanted = true
    read(api.approvals.pending[':id'].review.$get({ param: { id } })).then(
      (review) => wanted && setState({ id, review }),
      (thrown: unknown) => wanted && setState({ id, error: messageOf(thrown) }),
    )
    return () => {
      wanted = false
    }
  }, [id])
  const current = state?.id === id ? state : undefined
  return { review: current?.review, error: current?.error }
}
