import { useEffect, useState } from 'react'
import type { PolicyDocument } from '../../../shared/records'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { toast } from '../../ui/toast'

/** The policy as it is edited here, before it is saved. */
export interface PolicyDraft {
  readonly policy: PolicyDocument
  /** What is in force. */
  readonly saved: PolicyDocument
  readonly dirty: boolean
  /** Somebody else changed what is in force since this draft was begun. */
  readonly overtaken: boolean
  readonly saving: boolean
  readonly error: string | undefined
  change(policy: PolicyDocument): void
  /** One step back. */
  undo(): void
  discard(): void
  save(): void
}

interface State {
  /** What was in force when the draft was begun; null: nothing is edited. */
  readonly base: PolicyDocument | null
  /** Every step, the newest last. */
  readonly steps: readonly PolicyDocument[]
}
const untouched: State = { base: null, steps: [] }
/** Milliseconds within which typing on is one step. */
const stepMs = 600
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** A draft outlives its page, so that looking something up elsewhere loses nothing. */
let kept: State = untouched

/** undefined while the policy is not known. */
export function useDraft(): PolicyDraft | undefined {
  const { data } = useLive('policy')
  const [state, setState] = useState(kept)
  const [request, setRequest] = useState<{ readonly saving: boolean; readonly error?: string }>({ saving: false })
  const [changedAt, setChangedAt] = useState(0)
  useEffect(() => void (kept = state), [state])
  if (!data) return undefined
  const saved = data.policy
  const policy = state.steps.at(-1) ?? saved
  const change = (next: PolicyDocument) => {
    const now = Date.now()
    const steps = now - changedAt < stepMs && state.steps.length > 1 ? state.steps.slice(0, -1) : state.steps
    setChangedAt(now)
    setState({ base: state.base ?? saved, steps: [...steps, next] })
  }
  const undo = () => setState(state.steps.length < 2 ? untouched : { ...state, steps: state.steps.slice(0, -1) })
  const save = () => {
    setRequest({ saving: true })
    put(policy).then(
      () => {
        setState(untouched)
        setRequest({ saving: false })
        const back = () => void put(saved).catch((thrown: unknown) => toast(`The policy is not as it was. ${messageOf(thrown)}`))
        toast('Policy saved', { run: back })
      },
      (thrown: unknown) => setRequest({ saving: false, error: messageOf(thrown) }),
    )
  }
  return {
    policy,
    saved,
    dirty: !same(policy, saved),
    overtaken: state.base !== null && !same(state.base, saved),
    ...{ saving: request.saving, error: request.error },
    ...{ change, undo, save },
    discard: () => setState(untouched),
  }
}

async function put(policy: PolicyDocument): Promise<void> {
  await read(api.policy.index.$put({ query: {}, json: policy }))
  await refresh('policy')
}
