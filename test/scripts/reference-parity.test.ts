import { existsSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** Rows that wait for their proof, by their first cell. */
const open: readonly string[] = []

interface Row {
  readonly feature: string
  readonly here: string
  readonly proof: string
}

const rows: readonly Row[] = readFileSync('docs/reference-parity.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|\s*(?:-+|Reference)\s*\|/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .map(([, feature = '', here = '', proof = '']) => ({ feature, here, proof }))

const isOpen = ({ proof }: Row) => proof.startsWith('open:')
const proofsOf = ({ proof }: Row) => [...proof.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)

/** The titles of the tests in a file, each with those of the suites around it. */
function titlesIn(file: string): Set<string> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const titles = new Set<string>()
  const visit = (node: ts.Node, around: readonly string[]) => {
    const call = titled(node, source)
    const inside = call ? [...around, call.title] : around
    if (call?.isTest) titles.add(inside.join(' › '))
    ts.forEachChild(node, (child) => visit(child, inside))
  }
  visit(source, [])
  return titles
}

/** `it('…', …)`, `test('…', …)`, `describe('…', …)` and their `.each(…)('…', …)`. */
function titled(node: ts.Node, source: ts.SourceFile): { readonly title: string; readonly isTest: boolean } | null {
  if (!ts.isCallExpression(node)) return null
  const [what] = /^(?:it|test|describe)\b/.exec(node.expression.getText(source)) ?? []
  const [title] = node.arguments
  return what !== undefined && title && ts.isStringLiteralLike(title) ? { title: title.text, isTest: what !== 'describe' } : null
}

const known = new Map<string, Set<string>>()
function isThere(proof: string): boolean {
  const [file = '', ...title] = proof.split(' › ')
  if (!existsSync(file)) return false
  const titles = known.get(file) ?? titlesIn(file)
  known.set(file, titles)
  return titles.has(title.join(' › '))
}

describe('docs/reference-parity.md', () => {
  it('says of every row what it is here', () => {
    expect(rows.length).toBeGreaterThan(100)
    expect(rows.filter(({ feature, here }) => feature === '' || here === '')).toEqual([])
  })

  it('names for every row a test that there is', () => {
    const proved = rows.filter((row) => !isOpen(row))
    expect(proved.filter((row) => proofsOf(row).length === 0).map(({ feature }) => feature)).toEqual([])
    expect(proved.flatMap(proofsOf).filter((proof) => !isThere(proof))).toEqual([])
  })

  it('leaves open only what is known to be', () => {
    expect(rows.filter(isOpen).map(({ feature }) => feature)).toEqual(open)
  })
})
