import type { ToolRow } from '../../../shared/catalog-rows'
import { compileKindPattern, fold, patternProblem } from '../../../shared/patterns'

/** Globs on what a server offers: deny wins, an empty allow list allows all. */
export interface AccessRules {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

const bare = (pattern: string) => pattern.replace(/^(?:tool|prompt|resource):(?!\/\/)/, '')

/** What is wrong with the first pattern that cannot be used; null when all can. */
export const rulesProblem = (patterns: readonly string[]): string | null =>
  patterns.map((pattern) => patternProblem(bare(pattern))).find((problem) => problem !== null) ?? null

/** How many of these tools the rules leave, as the gateway decides it; null while a pattern cannot be used. */
export function toolsLeft({ allow, deny }: AccessRules, tools: readonly Pick<ToolRow, 'bare_name'>[]): number | null {
  if (rulesProblem([...allow, ...deny]) !== null) return null
  const allowed = ofTools(allow, false)
  const denied = ofTools(deny, true)
  const isLeft = (name: string) =>
    !denied.some((matches) => matches(fold(name))) && (allow.length === 0 || allowed.some((matches) => matches(name)))
  return tools.filter(({ bare_name }) => isLeft(bare_name)).length
}

const ofTools = (patterns: readonly string[], folded: boolean) =>
  patterns
    .map((pattern) => compileKindPattern(pattern, folded))
    .filter(({ kind }) => kind === null || kind === 'tool')
    .map(({ matches }) => matches)
