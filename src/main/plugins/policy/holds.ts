import { canonicalJson } from '../../../shared/canonical-json'
import { parsePolicy } from '../../../shared/policy'
import { isPolicyStricter } from '../../../shared/policy-strictness'
import type { PolicyDocument } from '../../../shared/records'
import type { ChangeDraft, ChangeRequest, HoldRule, PluginHost } from '../../gateway/plugin'

/** A policy that is not surely stricter than the one in force waits for a person. */
export const policyHolds = (host: Pick<PluginHost, 'policy'>): HoldRule[] => [
  { method: 'PUT', path: '/', describe: (request) => described(host.policy(), request) },
  { method: 'POST', path: '/check', passes: 'Reads only.' },
  { method: 'POST', path: '/replay', passes: 'Reads only.' },
]

function described(before: PolicyDocument, { query, body }: ChangeRequest): ChangeDraft | undefined {
  const after = parsePolicy(body)
  if (String(query.dry_run) === 'true' || isPolicyStricter(before, after)) return undefined
  const details = lines.flatMap(([label, text]) => {
    const detail = { label, before: text(before), after: text(after) }
    return detail.before === detail.after ? [] : [detail]
  })
  return { kind: 'policy.loosen', title: 'Change the policy, so that it may let more through', details, about: before }
}

const lines: readonly (readonly [label: string, text: (policy: PolicyDocument) => string | null])[] = [
  ['Denied', ({ deny }) => listed(deny)],
  ['Asked about', ({ confirm }) => (confirm === undefined ? 'what destroys' : listed(confirm))],
  ['Rules', ({ rules }) => (rules.length === 0 ? null : rules.map(canonicalJson).join('\n'))],
  ['Everything else', (policy) => policy.default],
  ['Calls are written down', ({ audit }) => (audit ? 'yes' : 'no')],
]

const listed = (globs: readonly string[]) => (globs.length === 0 ? null : globs.map((glob) => JSON.stringify(glob)).join('\n'))
