import { useState } from 'react'
import type { GrantScope } from '../../../shared/records'
import { api, messageOf, read } from '../../gateway'
import { refresh } from '../../store'

/** How far a yes reaches, and with which arguments. */
export interface Approve {
  readonly grant?: Exclude<GrantScope, 'once'>
  readonly arguments?: Readonly<Record<string, unknown>>
}

/** The ways to decide one approval. `error` says why the last try was not taken; the question is open then. */
export interface Decisions {
  readonly busy: boolean
  readonly error: string | undefined
  approve(how?: Approve): void
  deny(): void
  denyAll(client: string): void
}

/** @param reason for the model; sent with whatever is decided */
export function useDecision(id: string, reason: string): Decisions {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const words = reason.trim() === '' ? {} : { reason: reason.trim() }
  const send = (deciding: () => Promise<unknown>) => {
    setBusy(true)
    deciding()
      .then(
        () => setError(undefined),
        (thrown: unknown) => setError(messageOf(thrown)),
      )
      .finally(() => {
        setBusy(false)
        void refresh('pending')
      })
  }
  const param = { id }
  return {
    busy,
    error,
    approve: (how = {}) =>
      send(() => {
        const grant = how.grant === undefined ? {} : { grant: { scope: how.grant } }
        const args = how.arguments === undefined ? {} : { arguments: how.arguments }
        return read(api.approvals.pending[':id'].approve.$post({ param, json: { ...words, ...grant, ...args } }))
      }),
    deny: () => send(() => read(api.approvals.pending[':id'].deny.$post({ param, json: words }))),
    denyAll: (client) => send(() => read(api.approvals.deny.$post({ json: { client, ...words } }))),
  }
}
