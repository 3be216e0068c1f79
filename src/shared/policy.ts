import { destructiveReason } from './destructive'
import { GatewayError, toGatewayError } from './errors'
import { explain, mostFlaws, type Flaw } from './explain'
import { compileKindPattern, compilePattern, fold, type KindPattern, type Matcher, type PatternKind } from './patterns'
import { PolicyDocument, type Effect, type PolicyDecision, type PolicyRule } from './records'

/** What a decision is about. For prompts and resources `name` and `exposed` are the bare name or URI, and nothing destroys. */
export interface PolicySubject {
  readonly kind: PatternKind
  readonly client: string
  readonly group: string | null
  readonly server: string
  /** The upstream's own name. */
  readonly name: string
  /** The name that clients see; patterns match it, the bare name's `server_name` and, in rules, the bare name. */
  readonly exposed: string
  readonly annotations: Readonly<Record<string, unknown>> | null
}

/** A policy ready to be asked. */
export interface CompiledPolicy {
  /** The strongest that applies: deny, then ask, then allow, then the default; among equals the first that is written. */
  decide(subject: PolicySubject): PolicyDecision
}

/** Published limits: rules of a policy, and patterns in one of its lists. All are looked at for every tool of every client. */
export const policyLimits = { rules: 1000, patterns: 500 } as const

/** Denies everything: what is in force when the true policy cannot be read. */
export const denyEverything: PolicyDocument = { deny: ['*'], confirm: [], audit: true, rules: [], default: 'deny' }

/** @throws GatewayError `input.invalid` that names the flaws, at most 20; `details` lists them by path */
export function parsePolicy(input: unknown): PolicyDocument {
  const parsed = PolicyDocument.safeParse(input)
  const flaws = parsed.success ? policyFlaws(parsed.data) : explain(PolicyDocument, parsed.error, input)
  if (!parsed.success || flaws.length > 0) throw invalidPolicy(flaws)
  return parsed.data
}

/** The one error about a policy that cannot be taken. */
const invalidPolicy = (flaws: readonly Flaw[]): GatewayError =>
  new GatewayError('input.invalid', flaws.map((flaw) => flaw.message).join(' '), { details: flaws })

/** Lists that are too long; else patterns that cannot be compiled, by path: `rules[2].tool`. At most 20. */
export function policyFlaws(policy: PolicyDocument): readonly Flaw[] {
  const tooLong = longLists(policy)
  if (tooLong.length > 0) return tooLong
  const patterns: [string, string | undefined][] = [
    ...policy.deny.map((pattern, i): [string, string] => [`deny[${i}]`, pattern]),
    ...(policy.confirm ?? []).map((pattern, i): [string, string] => [`confirm[${i}]`, pattern]),
    ...policy.rules.flatMap((rule, i): [string, string | undefined][] => [
      [`rules[${i}].server`, rule.server],
      [`rules[${i}].tool`, rule.tool],
    ]),
  ]
  return patterns.flatMap(([path, pattern]) => flawOf(path, pattern)).slice(0, mostFlaws)
}

function longLists({ deny, confirm = [], rules }: PolicyDocument): Flaw[] {
  const lists = [
    { path: 'deny', length: deny.length, most: policyLimits.patterns },
    { path: 'confirm', length: confirm.length, most: policyLimits.patterns },
    { path: 'rules', length: rules.length, most: policyLimits.rules },
  ]
  return lists.flatMap(({ path, length, most }) =>
    length <= most ? [] : [{ path, message: `${path} holds at most ${most} entries; join some with "*" or "{a,b}".` }],
  )
}

/** Compiled both ways, because folding can make a pattern longer. */
function flawOf(path: string, pattern: string | undefined): Flaw[] {
  if (pattern === undefined) return []
  try {
    for (const folded of [true, false]) compileKindPattern(pattern, folded)
    return []
  } catch (error) {
    return [{ path, message: `${path}: ${toGatewayError(error).message}` }]
  }
}

/** The names of a subject, as they are or folded. */
interface Names {
  readonly client: string
  readonly group: string | null
  readonly server: string
  readonly name: string
  readonly exposed: string
  readonly full: string
}
/** A subject, prepared once for all clauses. */
interface Case {
  readonly subject: PolicySubject
  readonly exact: Names
  readonly folded: Names
  readonly destructive: string | null
}
type Test = (asked: Case) => boolean
interface Clause {
  readonly rule: string
  readonly effect: Effect
  readonly applies: Test
  reason(asked: Case): string
}

const strength: readonly Effect[] = ['deny', 'ask', 'allow']

/** @throws GatewayError `input.invalid` for a pattern that cannot be used */
export function compilePolicy(policy: PolicyDocument): CompiledPolicy {
  const clauses = [
    ...globClauses(policy.deny, 'deny'),
    ...globClauses(policy.confirm ?? [], 'ask'),
    ...policy.rules.map(ruleClause),
    ...(policy.confirm === undefined ? [destructiveClause] : []),
  ]
  const ordered = strength.flatMap((effect) => clauses.filter((clause) => clause.effect === effect))
  const otherwise: PolicyDecision = { effect: policy.default, rule: 'default', reason: defaultReasons[policy.default] }
  return {
    decide(subject) {
      const asked = prepare(subject)
      const clause = ordered.find(({ applies }) => applies(asked))
      return clause ? { effect: clause.effect, rule: clause.rule, reason: clause.reason(asked) } : otherwise
    },
  }
}

function prepare(subject: PolicySubject): Case {
  const { client, group, server, name, exposed, kind, annotations } = subject
  const exact = { client, group, server, name, exposed, full: `${server}_${name}` }
  const folded = {
    client: fold(client),
    group: group === null ? null : fold(group),
    server: fold(server),
    name: fold(name),
    exposed: fold(exposed),
    full: fold(exact.full),
  }
  return { subject, exact, folded, destructive: kind === 'tool' ? destructiveReason({ bare_name: name, annotations }) : null }
}

const defaultReasons: Readonly<Record<Effect, string>> = {
  deny: 'No rule of the policy allows it.',
  ask: 'The policy asks about everything that no rule allows.',
  allow: 'No rule of the policy is against it.',
}
const ruleReasons: Readonly<Record<Effect, string>> = {
  deny: 'The policy denies it',
  ask: 'The policy wants a person to approve it',
  allow: 'The policy allows it',
}

function globClauses(globs: readonly string[], effect: 'deny' | 'ask'): Clause[] {
  const list = effect === 'deny' ? 'deny' : 'confirm'
  return globs.map((glob, i) => {
    const pattern = compileKindPattern(glob, true)
    const rule = `${list}[${i}]`
    const reason = `${ruleReasons[effect]} (${rule}: ${glob}).`
    // Who writes `resource:file:///etc/*` thinks of the URI, not of the server's name before it.
    const isPlain = pattern.kind === 'prompt' || pattern.kind === 'resource'
    const applies: Test = ({ subject, folded }) =>
      isAbout(pattern, subject) &&
      (pattern.matches(folded.full) || pattern.matches(folded.exposed) || (isPlain && pattern.matches(folded.name)))
    return { rule, effect, applies, reason: () => reason }
  })
}

const destructiveClause: Clause = {
  rule: 'confirm:destructive',
  effect: 'ask',
  applies: ({ destructive }) => destructive !== null,
  reason: ({ destructive }) => destructive ?? '',
}

function ruleClause(rule: PolicyRule, index: number): Clause {
  const name = `rules[${index}]`
  const tests = ruleTests(rule)
  const reason = rule.reason ?? `${ruleReasons[rule.effect]} (${name}).`
  return { rule: name, effect: rule.effect, applies: (asked) => tests.every((test) => test(asked)), reason: () => reason }
}

/** One test for each condition that the rule names. Allowing is exact; refusing and asking see through case and width. */
function ruleTests({ effect, server, tool, client, group, destructive }: PolicyRule): Test[] {
  const isFolded = effect !== 'allow'
  const names = (asked: Case) => (isFolded ? asked.folded : asked.exact)
  const shape = (text: string) => (isFolded ? fold(text) : text)
  const tests: Test[] = []
  if (client !== undefined) tests.push(same(shape(client), (asked) => names(asked).client))
  if (group !== undefined) tests.push(same(shape(group), (asked) => names(asked).group))
  if (server !== undefined) tests.push(serverTest(compilePattern(shape(server)), names))
  if (tool !== undefined) tests.push(toolTest(compileKindPattern(tool, isFolded), names))
  if (destructive !== undefined) tests.push((asked) => (asked.destructive !== null) === destructive)
  return tests
}

const same =
  (wanted: string, actual: (asked: Case) => string | null): Test =>
  (asked) =>
    actual(asked) === wanted

const serverTest =
  (matches: Matcher, names: (asked: Case) => Names): Test =>
  (asked) =>
    matches(names(asked).server)

const toolTest =
  (pattern: KindPattern, names: (asked: Case) => Names): Test =>
  (asked) => {
    const { name, full, exposed } = names(asked)
    return isAbout(pattern, asked.subject) && [name, full, exposed].some(pattern.matches)
  }

const isAbout = (pattern: KindPattern, subject: PolicySubject) => pattern.kind === null || pattern.kind === subject.kind
