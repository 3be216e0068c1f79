import type { ToolRow } from '../../../shared/catalog-rows'
import type { PolicyProblem } from '../../../shared/policy-problems'
import type { PolicyDocument } from '../../../shared/records'
import type { Line } from './lines'
import { strongerLines } from './matches'
import { decidingRule } from './rule-text'

/** How decisions name a line; people read what it says. */
const lineNames = /\b(?:(?:rules|deny|confirm)\[\d+\]|confirm:destructive)/g

/** Why a line is surely not meant as it is: what the gateway found, or that stronger lines take every tool of today from it. */
export function problemOf(
  line: Line,
  policy: PolicyDocument,
  found: readonly PolicyProblem[],
  tools: readonly ToolRow[],
): string | undefined {
  const problem = found.find(({ rule }) => rule === line.rule)?.problem ?? beaten(strongerLines(line, policy, tools))
  return problem?.replaceAll(lineNames, (rule) => `“${decidingRule(rule, policy).glob}”`)
}

function beaten(stronger: readonly string[]): string | undefined {
  if (stronger.length === 0) return undefined
  const verbs = stronger.length === 1 ? 'is stronger and takes' : 'are stronger and take'
  return `It never decides: ${stronger.join(' and ')} ${verbs} every tool that it names now.`
}

/** Its first words, for the row; the whole stands in the opened rule. */
export function inShort(problem: string): string {
  if (problem.startsWith('It matches no tool')) return 'Dead: matches no tool'
  const [, stronger] = /^It never decides: “([^”]*)”/.exec(problem) ?? []
  if (stronger !== undefined) return `Never wins: ${stronger} does`
  return problem.replace(/^It /, '')
}
