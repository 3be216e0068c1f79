import { useEffect, useState } from 'react'
import type { PolicyProblem } from '../../../shared/policy-problems'
import type { PolicyDocument } from '../../../shared/records'
import type { PolicyReplay } from '../../../shared/stats'
import { api, messageOf, read } from '../../gateway'

/** Milliseconds after the last change before the gateway is asked. */
const restMs = 400
const weekMs = 7 * 86_400_000

/** What a draft would do: to the tools of today, and over the calls of the last week. */
export interface Forecast {
  readonly replay: PolicyReplay | undefined
  readonly problems: readonly PolicyProblem[]
  /** Tools whose fate is another than under the policy in force, for those that no rule names. */
  readonly tools: readonly { readonly tool: string; readonly before: string; readonly after: string }[]
  /** Why the draft cannot be used. */
  readonly error: string | undefined
}
const nothing: Forecast = { replay: undefined, problems: [], tools: [], error: undefined }

/** Asked a moment after each change; until the answer comes, the last one stands. */
export function useForecast(policy: PolicyDocument | undefined): Forecast {
  const [forecast, setForecast] = useState(nothing)
  const text = JSON.stringify(policy)
  useEffect(() => {
    if (!policy) return undefined
    let wanted = true
    const tell = (change: Partial<Forecast>) => wanted && setForecast((known) => ({ ...known, error: undefined, ...change }))
    const timer = setTimeout(() => void ask(policy).then(tell, (thrown: unknown) => tell({ error: messageOf(thrown) })), restMs)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [text])
  return forecast
}

async function ask(policy: PolicyDocument): Promise<Forecast> {
  const since = new Date(Date.now() - weekMs).toISOString()
  const [outcome, replay] = await Promise.all([
    read(api.policy.index.$put({ query: { dry_run: 'true' }, json: policy })),
    read(api.policy.replay.$post({ json: { policy, since } })),
  ])
  const forAll = outcome.changes.filter(({ client, group }) => client === null && group === null)
  const tools = forAll.map(({ tool, before, after }) => ({ tool, before: before.effect, after: after.effect }))
  return { replay, problems: outcome.problems, tools, error: undefined }
}
