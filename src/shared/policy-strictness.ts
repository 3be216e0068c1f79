import { canonicalJson } from './canonical-json'
import type { PolicyDocument, PolicyRule } from './records'

/*
 * Whether a change of rules is surely no loosening. Sound, not complete: "no" may be said of a change that loosens nothing, and a
 * person is then asked about it; "yes" is never said of one that lets anything through that was stopped before.
 */

interface Lists {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

const everyIn = (needed: readonly string[], given: readonly string[]): boolean => {
  const known = new Set(given)
  return needed.every((each) => known.has(each))
}

/** True when nothing that `before` hides from anybody can be seen under `after`. An empty allow list allows everything. */
export function areListsStricter(before: Lists, after: Lists): boolean {
  if (!everyIn(before.deny, after.deny)) return false
  return before.allow.length === 0 || (after.allow.length > 0 && everyIn(after.allow, before.allow))
}

/**
 * True when no call of anybody can meet a weaker decision under `after` than under `before` (allow < ask < deny), nobody can approve
 * it in an easier way, and what was audited still is. Both policies must be such as `parsePolicy` takes.
 */
export function isPolicyStricter(before: PolicyDocument, after: PolicyDocument): boolean {
  return (
    keepsDenials(before, after) &&
    keepsQuestions(before, after) &&
    asksNothingDenied(before, after) &&
    everyIn(textsOf(after, 'allow'), textsOf(before, 'allow')) &&
    strength[after.default] >= strength[before.default] &&
    (after.audit || !before.audit)
  )
}

const strength = { allow: 0, ask: 1, deny: 2 } as const

const textsOf = ({ rules }: PolicyDocument, effect: PolicyRule['effect']): string[] =>
  rules.filter((rule) => rule.effect === effect).map(textOf)

/** Everything that a rule says but for what it does. Its reason counts: a person reads it before they approve. */
const textOf = ({ effect: _effect, ...said }: PolicyRule): string => canonicalJson(said)

const keepsDenials = (before: PolicyDocument, after: PolicyDocument): boolean =>
  everyIn(before.deny, after.deny) && everyIn(textsOf(before, 'deny'), textsOf(after, 'deny'))

/** What was asked about is asked about, or denied, in the same words. */
function keepsQuestions(before: PolicyDocument, after: PolicyDocument): boolean {
  const asksAboutDestructive = before.confirm === undefined
  if (asksAboutDestructive && after.confirm !== undefined) return false
  if (!everyIn(before.confirm ?? [], [...(after.confirm ?? []), ...after.deny])) return false
  return keepsAskingRules(before, after)
}

/** Where everything else is denied, one more question is a way in. */
function asksNothingDenied(before: PolicyDocument, after: PolicyDocument): boolean {
  if (before.default !== 'deny') return true
  if (after.confirm === undefined && before.confirm !== undefined) return false
  return everyIn(after.confirm ?? [], before.confirm ?? []) && everyIn(textsOf(after, 'ask'), textsOf(before, 'ask'))
}

function keepsAskingRules(before: PolicyDocument, after: PolicyDocument): boolean {
  const [old, now] = [textsOf(before, 'ask'), textsOf(after, 'ask')]
  // The first rule that asks says whether a notification may approve: where one may, neither their number nor their order may change.
  if (after.rules.some(({ effect, notify_approve }) => effect === 'ask' && notify_approve === true)) return String(old) === String(now)
  return everyIn(old, [...now, ...textsOf(after, 'deny')])
}
