import type { PolicyDocument, PolicyRule } from '../../../shared/records'

/** A rule as people read it: what it matches, and for whom. */
export interface RuleText {
  /** `github : create_*`, or words where there is no glob. */
  readonly glob: string
  /** Conditions beside the globs, each in a few words. */
  readonly conditions: readonly string[]
}

const isGlob = /^[^\s]+ : [^\s]+$/

/** Whether `glob` is one, and not words. */
export const hasGlob = ({ glob }: RuleText): boolean => isGlob.test(glob)

export function ruleText({ server, tool, client, group, destructive }: PolicyRule): RuleText {
  const conditions = [
    ...(client === undefined ? [] : [`client ${client}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(destructive === undefined ? [] : [destructive ? 'marked destructive' : 'not marked destructive']),
  ]
  return { glob: `${server ?? '*'} : ${tool ?? '*'}`, conditions }
}

/** The glob of `deny` and `confirm`, which stands on `server_tool`. */
export function exposedGlob(pattern: string): RuleText {
  const at = pattern.indexOf('_')
  const isSplit = at > 0 && !/[*?{]/.test(pattern.slice(0, at))
  return { glob: isSplit ? `${pattern.slice(0, at)} : ${pattern.slice(at + 1)}` : `* : ${pattern}`, conditions: [] }
}

/** What a decision names as its rule (`rules[2]`, `deny[0]`, `confirm:destructive`, `default`), in words. */
export function decidingRule(rule: string, policy: PolicyDocument | undefined): RuleText {
  const words = wordsFor[rule]
  if (words !== undefined) return { glob: words, conditions: [] }
  const [, list = '', index = ''] = /^(rules|deny|confirm)\[(\d+)\]$/.exec(rule) ?? []
  return textsOf(list, policy)[Number(index)] ?? { glob: rule, conditions: [] }
}

const wordsFor: Readonly<Partial<Record<string, string>>> = {
  'confirm:destructive': 'destructive by its name or its own word',
  default: 'any tool without a rule',
}

function textsOf(list: string, policy: PolicyDocument | undefined): readonly RuleText[] {
  if (!policy) return []
  if (list === 'rules') return policy.rules.map(ruleText)
  return (list === 'deny' ? policy.deny : (policy.confirm ?? [])).map(exposedGlob)
}
